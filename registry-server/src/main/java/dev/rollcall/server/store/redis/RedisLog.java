// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.store.EventLog;
import dev.rollcall.server.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Reads past changes from the logs in Redis, over a connection of its own. One reader at a time.
 */
final class RedisLog implements EventLog {
  private static final int STEP = 500;
  private static final int ANSWER_MILLIS = 2_000;

  private final Dialer dialer;
  private @Nullable Reader reader;
  private int shard;
  private boolean closed;

  RedisLog(Dialer dialer) {
    this.dialer = dialer;
  }

  @Override
  public synchronized List<Commit> newestFirst(Query query) {
    if (closed) {
      throw new StoreException("the store is closed");
    }
    try {
      return read(query);
    } catch (JedisException e) {
      hangUp();
      throw new StoreException("Redis cannot be read: " + Reader.reason(e), e);
    }
  }

  private List<Commit> read(Query query) {
    Keys keys = Keys.of(query.namespace());
    Reader open = open(keys.shard());
    Object epoch = open.fields(keys.meta(), "epoch").get(0);
    List<Commit> found = new ArrayList<>();
    long before = query.beforeRevision();
    while (epoch != null && before > 1 && found.size() < query.most()) {
      long from = before == Long.MAX_VALUE ? before : before - 1;
      List<Entry> page = open.backward(keys.log(), from, STEP);
      for (Entry entry : page) {
        Commit commit = commit(entry, Keys.text(epoch));
        if (commit != null && matches(query, commit) && found.size() < query.most()) {
          found.add(commit);
        }
        before = entry.revision();
      }
      if (page.size() < STEP) {
        break;
      }
    }
    return found;
  }

  private static @Nullable Commit commit(Entry entry, String epoch) {
    try {
      return entry.change() == null ? null : entry.commit(epoch);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static boolean matches(Query query, Commit commit) {
    InstanceKey key = commit.change().key();
    Cause cause = commit.change().cause();
    long millis = cause.time().toEpochMilli();
    return (query.service().isEmpty() || query.service().equals(key.service()))
        && (query.id().isEmpty() || query.id().equals(key.id()))
        && (query.causes().isEmpty() || query.causes().contains(cause.kind()))
        && millis >= query.sinceMillis()
        && millis < query.untilMillis();
  }

  private Reader open(int wanted) {
    Reader known = reader;
    if (known != null && (dialer.oneServer() || shard == wanted)) {
      return known;
    }
    hangUp();
    Reader fresh = new Reader(dialer.dial(dialer.masterOf(wanted), ANSWER_MILLIS));
    reader = fresh;
    shard = wanted;
    return fresh;
  }

  private void hangUp() {
    Reader known = reader;
    if (known != null) {
      known.close();
    }
    reader = null;
  }

  synchronized void close() {
    closed = true;
    hangUp();
  }
}
