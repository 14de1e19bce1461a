// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import dev.rollcall.server.grpc.ServerFacts;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.registry.Liveness;
import dev.rollcall.server.registry.Presence;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All servers over the same store, as this one knows them; alone, only itself. */
final class Replicas {
  private static final Logger log = LoggerFactory.getLogger(Replicas.class);
  private static final long LEAVE_WITHIN_MILLIS = 1_000;

  private final Supplier<String> address;
  private final String self;
  private final String secret;
  private volatile @Nullable Presence presence;

  /**
   * @param address where others reach this server; known once it listens
   */
  Replicas(Supplier<String> address, RandomGenerator random) {
    this.address = address;
    this.self = name(random);
    this.secret = name(random);
  }

  /** A name that no other run of any server has. */
  private static String name(RandomGenerator random) {
    byte[] name = new byte[16];
    random.nextBytes(name);
    return HexFormat.of().formatHex(name);
  }

  /** Names this run of this server. */
  String self() {
    return self;
  }

  /** From now on the others know of this one. */
  void join(Loop leaseLoop, Ledgers ledgers, Liveness liveness) {
    Presence among =
        new Presence(leaseLoop, ledgers, liveness.leases(), self, address.get(), secret);
    presence = among;
    liveness.join(among);
  }

  /** The others need not wait for the end of this server's own lease. */
  void leave() {
    Presence among = presence;
    if (among != null) {
      try {
        among.leave().get(LEAVE_WITHIN_MILLIS, TimeUnit.MILLISECONDS);
      } catch (ExecutionException | TimeoutException e) {
        log.debug("left without a word", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  List<ServerFacts.Replica> all() {
    Presence among = presence;
    return among == null
        ? List.of(new ServerFacts.Replica(address.get(), address.get()))
        : among.replicas().stream()
            .map(replica -> new ServerFacts.Replica(replica.id(), replica.address()))
            .toList();
  }

  /** Where one of them is reached; this one if it is not known. */
  String addressOf(String replica) {
    return all().stream()
        .filter(known -> known.id().equals(replica))
        .map(ServerFacts.Replica::address)
        .findFirst()
        .orElseGet(address);
  }
}
