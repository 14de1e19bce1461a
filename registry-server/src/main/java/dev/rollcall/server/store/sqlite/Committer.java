// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.sqlite;

import dev.rollcall.server.store.Store.Append;
import dev.rollcall.server.store.Store.Failure;
import dev.rollcall.server.store.Store.Feed;
import dev.rollcall.server.store.StoreException;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes all that waits, of all namespaces, and puts it into one transaction, again and again: while
 * one flush is on its way to the disk, the next batch gathers, so the slower the disk, the larger
 * the batches. Nothing is told before COMMIT has returned.
 *
 * <p>An error never leaves a doubt behind. A full disk is undone and said. After any other error
 * the file is opened afresh and asked whether it holds the batch. Where that cannot be known, or a
 * flush failed (after which the file may read as if it held what the disk does not), the process
 * ends: the next start reads what is really there. It ends as well when the directory is not the
 * one any more that it took.
 *
 * <p>Runs on a thread of its own, which owns the connection.
 */
final class Committer implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Committer.class);

  private final Waiting waiting;
  private final SqliteSettings settings;
  private final DirectoryLock lock;
  private final Database.Connector connector;
  private final RandomGenerator random;
  private final Feed feed;
  private final Consumer<Throwable> fatal;
  private Database database;
  private boolean broken;
  private boolean full;

  Committer(
      Waiting waiting,
      SqliteSettings settings,
      DirectoryLock lock,
      Database.Connector connector,
      Database database,
      RandomGenerator random,
      Feed feed,
      Consumer<Throwable> fatal) {
    this.waiting = waiting;
    this.settings = settings;
    this.lock = lock;
    this.connector = connector;
    this.database = database;
    this.random = random;
    this.feed = feed;
    this.fatal = fatal;
  }

  @Override
  public void run() {
    try {
      for (Waiting.Batch batch = waiting.take(); batch != null; batch = waiting.take()) {
        commit(batch);
      }
    } catch (RuntimeException | Error e) {
      // without this thread nothing is ever answered again
      fatal.accept(e);
      throw e;
    }
  }

  private void commit(Waiting.Batch batch) {
    if (broken) {
      refuse(batch.appends(), Failure.UNAVAILABLE);
      return;
    }
    GroupCommit group = new GroupCommit(batch, settings, random);
    try {
      database.begin();
      group.writeTo(database.tables());
      database.commit();
    } catch (SQLException | RuntimeException e) {
      recover(batch, group, e);
      return;
    }
    if (!lock.held()) {
      // looked at last, so that nothing is acknowledged that went to a removed file
      gone(batch);
      return;
    }
    if (full) {
      full = false;
      log.info("{}: there is room again, changes are kept", settings.directory());
    }
    tell(group);
  }

  private void recover(Waiting.Batch batch, GroupCommit group, Exception error) {
    if (!lock.held()) {
      gone(batch);
      return;
    }
    if (Database.flushFailed(error)) {
      end(batch, error);
      return;
    }
    try {
      if (Database.full(error)) {
        full(batch);
        return;
      }
      log.error("{}: a batch of changes failed", settings.directory(), error);
      reopen();
      if (group.keptIn(database.tables())) {
        tell(group);
      } else if (group.absentFrom(database.tables())) {
        notKept(batch, Failure.UNAVAILABLE);
      } else {
        end(batch, error);
      }
    } catch (SQLException | StoreException e) {
      error.addSuppressed(e);
      end(batch, error);
    }
  }

  private void full(Waiting.Batch batch) throws SQLException {
    database.rollback();
    if (!full) {
      full = true;
      log.error("{}: no room on the disk, changes are refused", settings.directory());
    }
    notKept(batch, Failure.FULL);
  }

  private void reopen() throws SQLException {
    database.close();
    database = Database.open(connector);
  }

  private void notKept(Waiting.Batch batch, Failure why) {
    LeaseRows leases = batch.leases();
    if (leases != null) {
      waiting.giveBack(leases);
    }
    refuse(batch.appends(), why);
  }

  private void end(Waiting.Batch batch, Exception error) {
    stop(
        batch,
        new StoreException(
            "%s: cannot tell whether changes were kept (%s); look after the disk, then start again"
                .formatted(settings.directory(), error.getMessage()),
            error));
  }

  private void gone(Waiting.Batch batch) {
    stop(
        batch,
        new StoreException(
            "%s: was removed or replaced while this server used it; put it back, then start again"
                .formatted(settings.directory())));
  }

  private void stop(Waiting.Batch batch, StoreException why) {
    broken = true;
    refuse(batch.appends(), Failure.OUTCOME_UNKNOWN);
    fatal.accept(why);
  }

  private void tell(GroupCommit group) {
    group
        .commits()
        .forEach((namespace, commits) -> guarded(() -> feed.committed(namespace, commits)));
    refuse(group.conflicts(), Failure.CONFLICT);
    refuse(group.invalid(), Failure.UNAVAILABLE);
  }

  private void refuse(List<Append> appends, Failure why) {
    for (Append append : appends) {
      guarded(() -> feed.failed(append, why));
    }
  }

  private void guarded(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      log.error("{}: whoever follows the store failed", settings.directory(), e);
    }
  }

  /** Closes the connection; to be called when the committer has ended. */
  void close() {
    try {
      database.close();
    } catch (SQLException e) {
      log.warn("{}: closing failed, nothing is lost", settings.directory(), e);
    }
  }
}
