// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import dev.rollcall.server.store.Epoch;
import dev.rollcall.server.store.Kept;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * How a server that starts reads a namespace. It has seen nothing before, so it cannot tell whether
 * Redis lost something: where Redis was restarted and no server that lived through it vouches for
 * what is there, a new epoch begins. And it waits for a recovery that is under way, rather than
 * serve the half of it.
 */
final class Arrival {
  private static final Logger log = LoggerFactory.getLogger(Arrival.class);
  private static final long LOOK_EVERY_MILLIS = 100;

  private final Pages pages;
  private final RandomGenerator random;
  private final CountDownLatch closed;

  Arrival(Pages pages, RandomGenerator random, CountDownLatch closed) {
    this.pages = pages;
    this.random = random;
    this.closed = closed;
  }

  /** How a start goes, over all servers of Redis and all their namespaces. */
  static final class Progress {
    private int looksForWitnesses = 20;
    private int looksForTheEnd = 300;
    private boolean newborn = true;

    /** Whether nothing was found that is older than a recovery may take. */
    boolean newborn() {
      return newborn;
    }
  }

  /** Reads namespaces, but for those that were never written to. */
  List<Kept.Namespace> load(List<String> namespaces, Progress progress) {
    progress.newborn &= pages.newborn(namespaces);
    List<String> doubtful = pages.doubtful(namespaces);
    while (!doubtful.isEmpty() && progress.looksForWitnesses > 0) {
      progress.looksForWitnesses--;
      rest();
      doubtful = pages.doubtful(doubtful);
    }
    doubtful.forEach(namespace -> unlessItMakesNoSense(namespace, () -> found(namespace)));
    List<String> recovering = pages.recovering(namespaces);
    while (!recovering.isEmpty() && progress.looksForTheEnd > 0) {
      progress.looksForTheEnd--;
      rest();
      recovering = pages.recovering(recovering);
    }
    List<Kept.Namespace> all = new ArrayList<>();
    for (String namespace : namespaces) {
      unlessItMakesNoSense(
          namespace,
          () -> {
            Kept.Namespace kept = pages.load(namespace);
            if (kept != null) {
              all.add(kept);
            }
          });
    }
    return all;
  }

  /** What cannot be read keeps nothing else from being served. */
  private void unlessItMakesNoSense(String namespace, Runnable read) {
    try {
      read.run();
    } catch (IllegalArgumentException | JedisDataException e) {
      if (!Pages.makesNoSense(e)) {
        throw e;
      }
      pages.unreadable(namespace, e);
    }
  }

  private void found(String namespace) {
    Keys keys = Keys.of(namespace);
    Object known = pages.reader().fields(keys.meta(), "epoch").get(0);
    if (known == null) {
      return;
    }
    String fresh = Epoch.draw(random);
    List<Object> answer =
        pages
            .reader()
            .run(
                new Call(
                    Script.FOUND,
                    List.of(keys.meta(), keys.log(), Keys.names(keys.shard())),
                    List.of(
                        (byte[]) known,
                        Keys.bytes(fresh),
                        Entry.nonce(random.nextLong()),
                        Keys.bytes(0),
                        Keys.bytes(namespace))));
    if (!Keys.text(answer.get(0)).equals("OK")) {
      // another server that starts was first
      return;
    }
    log.warn(
        "{}: Redis was restarted and nobody vouches for what it holds; begun epoch {}",
        namespace,
        fresh);
    pages
        .reader()
        .run(
            new Call(
                Script.ADOPT,
                List.of(keys.meta()),
                List.of(Keys.bytes(fresh), Keys.bytes("recovered"))));
  }

  private void rest() {
    try {
      if (closed.await(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS)) {
        log.debug("closed while starting");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
