// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.sqlite;

import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.store.Epoch;
import dev.rollcall.server.store.EventLog;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.LeaseMemory;
import dev.rollcall.server.store.LeaseTick;
import dev.rollcall.server.store.Store;
import dev.rollcall.server.store.StoreException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The store of a single server: a SQLite file {@code rollcall.db} in a data directory of its own.
 *
 * <p>Any thread may append; one committer thread, made by the given factory when the feed is set,
 * does all the writing and calls the feed. Before that the connection belongs to whoever opens and
 * loads.
 */
public final class SqliteStore implements Store, LeaseMemory {
  private final SqliteSettings settings;
  private final Database.Connector connector;
  private final RandomGenerator random;
  private final ThreadFactory threads;
  private final Consumer<Throwable> fatal;
  private final Waiting waiting = new Waiting();
  private final DirectoryLock lock;
  private final Database database;
  private final EventReader events;

  private volatile @Nullable Running running;
  private boolean closed;

  private record Running(Committer committer, Thread thread, Feed feed) {}

  /**
   * Opens the store in a directory, which is made if missing.
   *
   * @param random for epochs and nonces; used by one thread at a time
   * @param fatal is told, on the committer's thread, when the store can no longer vouch for what it
   *     keeps; to end the process
   * @throws StoreException if the directory is in use, not writable, or holds something else
   */
  public static SqliteStore open(
      SqliteSettings settings,
      RandomGenerator random,
      ThreadFactory threads,
      Consumer<Throwable> fatal) {
    Path file = settings.directory().toAbsolutePath().resolve("rollcall.db");
    return open(settings, Database.connectorTo(file), random, threads, fatal);
  }

  static SqliteStore open(
      SqliteSettings settings,
      Database.Connector connector,
      RandomGenerator random,
      ThreadFactory threads,
      Consumer<Throwable> fatal) {
    Path file = settings.directory().resolve("rollcall.db");
    Schema.refuseForeign(file);
    DirectoryLock lock = DirectoryLock.take(settings.directory());
    try {
      NativeLibrary.load(settings.directory());
      Database database = Database.open(connector);
      if (settings.newEpoch()) {
        renew(database, random);
      }
      return new SqliteStore(settings, connector, random, threads, fatal, lock, database);
    } catch (SQLException e) {
      lock.close();
      throw unreadable(settings, e);
    } catch (StoreException e) {
      lock.close();
      throw e;
    }
  }

  private SqliteStore(
      SqliteSettings settings,
      Database.Connector connector,
      RandomGenerator random,
      ThreadFactory threads,
      Consumer<Throwable> fatal,
      DirectoryLock lock,
      Database database) {
    this.settings = settings;
    this.connector = connector;
    this.random = random;
    this.threads = threads;
    this.fatal = fatal;
    this.lock = lock;
    this.database = database;
    this.events = new EventReader(connector);
  }

  /** Past changes. */
  public EventLog events() {
    return events;
  }

  /** Begins a new lineage in every namespace; the numbers go on, so none means two things. */
  private static void renew(Database database, RandomGenerator random) throws SQLException {
    try {
      database.begin();
      for (Tables.Head head : database.tables().heads()) {
        database
            .tables()
            .move(
                head.number(),
                new Position(Epoch.draw(random), head.position().revision(), random.nextLong()));
      }
      database.commit();
    } catch (SQLException e) {
      database.close();
      throw e;
    }
  }

  private static StoreException unreadable(SqliteSettings settings, SQLException why) {
    return new StoreException(
        "%s cannot be read: %s (if the database is damaged, put a backup back and add --new-epoch)"
            .formatted(settings.directory(), why.getMessage()),
        why);
  }

  @Override
  public Kept load() {
    if (running != null) {
      throw new IllegalStateException("load after feed: the committer owns the connection");
    }
    try {
      return database.read();
    } catch (SQLException e) {
      throw unreadable(settings, e);
    } catch (StoreException e) {
      throw new StoreException(settings.directory() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public synchronized void feed(Feed feed) {
    if (running != null || closed) {
      throw new IllegalStateException("feed: a second time, or after close");
    }
    Committer committer =
        new Committer(waiting, settings, lock, connector, database, random, feed, fatal);
    Thread thread = threads.newThread(committer);
    running = new Running(committer, thread, feed);
    thread.start();
  }

  @Override
  public void append(Append append) {
    if (!waiting.add(append)) {
      Running now = running;
      if (now != null) {
        now.feed().failed(append, Failure.UNAVAILABLE);
      }
    }
  }

  @Override
  public Standing standing() {
    // all that was kept has been delivered, whether or not more can be kept now
    return Standing.CURRENT;
  }

  @Override
  public void remember(LeaseTick tick) {
    waiting.add(tick);
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    waiting.close();
    closeEvents();
    Running now = running;
    if (now == null) {
      closeQuietly();
    } else {
      joined(now.thread());
      now.committer().close();
    }
    lock.close();
  }

  private void closeEvents() {
    try {
      events.close();
    } catch (SQLException e) {
      throw unreadable(settings, e);
    }
  }

  private void closeQuietly() {
    try {
      database.close();
    } catch (SQLException e) {
      throw unreadable(settings, e);
    }
  }

  /** Waits to the end, even if interrupted: the directory must not be let go of before. */
  private static void joined(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
