// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.LeaseTable;
import dev.rollcall.server.store.RecordingFeed;
import dev.rollcall.server.store.Samples;
import dev.rollcall.server.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One of several stores over the same Redis, as a server would use it, with what came back. */
final class Replica implements AutoCloseable {
  final RedisStore store;
  final RecordingFeed feed;
  final Kept kept;

  private Replica(RedisStore store) {
    this.store = store;
    this.kept = store.load();
    this.feed = new RecordingFeed(kept);
    store.feed(feed);
  }

  static Replica open(String url, Loop clock, long seed) {
    return open(settings(url, ""), clock, seed);
  }

  static Replica open(RedisSettings settings, Loop clock, long seed) {
    return new Replica(
        RedisStore.open(settings, clock, Instant::now, new Random(seed), Thread::new));
  }

  static RedisSettings settings(String url, String password) {
    return new RedisSettings(RedisAddress.parse(url), password, 0, 100_000, Duration.ofDays(7));
  }

  /** Hands a change over, decided on what came back so far. */
  Store.Append append(String namespace, Change change) {
    Registration before = find(namespace, change.key());
    long expected = before == null ? 0 : before.revision();
    Store.Append append =
        Samples.append(feed.view(namespace).position(), namespace, expected, change);
    store.append(append);
    return append;
  }

  /** The same, and waits until it is kept. */
  Commit commit(String namespace, Change change) {
    RecordingFeed.Answer answer = feed.answer(append(namespace, change));
    assertThat(answer.failure()).as("failure of %s", change).isNull();
    return answer.commit();
  }

  Catalog view(String namespace) {
    return feed.view(namespace);
  }

  Registration find(String namespace, InstanceKey key) {
    return view(namespace).find(key);
  }

  LeaseTable.Renewed renew(String namespace, InstanceKey key)
      throws ExecutionException, InterruptedException, TimeoutException {
    return store
        .leases()
        .renew(
            namespace,
            view(namespace).position().epoch(),
            List.of(new LeaseTable.Beat(key, Duration.ofSeconds(10))))
        .get(10, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    store.close();
  }
}
