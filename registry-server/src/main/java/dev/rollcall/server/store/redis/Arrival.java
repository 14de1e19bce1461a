// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import dev.rollcall.server.store.Epoch;
import dev.rollcall.server.store.Kept;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a server that starts reads a namespace. It has seen nothing before, so it cannot tell whether
 * Redis lost something: where Redis was restarted and no server that lived through it vouches for
 * what is there, a new epoch begins. And it waits for a recovery that is under way, rather than
 * serve the half of it.
 */
final class Arrival {
  private static final Logger log = LoggerFactory.getLogger(Arrival.class);
  private static final long LOOK_EVERY_MILLIS = 100;
  private static final int LOOKS_FOR_A_WITNESS = 20;
  private static final int LOOKS_FOR_THE_END = 300;

  private final Pages pages;
  private final RandomGenerator random;
  private final CountDownLatch closed;

  Arrival(Pages pages, RandomGenerator random, CountDownLatch closed) {
    this.pages = pages;
    this.random = random;
    this.closed = closed;
  }

  /** Reads a namespace; null: there is none. */
  Kept.@Nullable Namespace load(String namespace) {
    for (int i = 0; i < LOOKS_FOR_A_WITNESS && !pages.vouched(namespace); i++) {
      rest();
    }
    if (!pages.vouched(namespace)) {
      found(namespace);
    }
    for (int i = 0; i < LOOKS_FOR_THE_END && recovering(namespace); i++) {
      rest();
    }
    return pages.load(namespace);
  }

  private boolean recovering(String namespace) {
    return pages.reader().fields(Keys.of(namespace).meta(), "recovering").get(0) != null;
  }

  private void found(String namespace) {
    Keys keys = Keys.of(namespace);
    Object known = pages.reader().fields(keys.meta(), "epoch").get(0);
    if (known == null) {
      return;
    }
    String fresh = Epoch.draw(random);
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
