// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.registry.v1.HeartbeatRequest;
import dev.rollcall.registry.v1.HeartbeatResponse;
import dev.rollcall.sdk.Registries.Registry;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The heartbeat of a process: one KeepAlive stream for all its leases, at the pace that the
 * registry sets. A stream that leaves a beat unanswered is given up and the next registry tried. A
 * registry that has no such stream is sent unary heartbeats.
 *
 * <p>Runs on the session's loop.
 */
final class Beats {
  /** What a beat on a new stream, which may have to connect first, is given. */
  private static final Duration LONGEST_ANSWER = Duration.ofSeconds(1);

  private static final Duration SHORTEST = Duration.ofMillis(100);

  /** Clients that are told to move do not all come to the next registry at one moment. */
  private static final Duration MOVE_SPREAD = Duration.ofMillis(100);

  /** The registry's limit of leases in one message. */
  static final int MOST_LEASES = 1_000;

  private static final Logger log = LoggerFactory.getLogger(Beats.class);

  private final Loop loop;
  private final String namespace;
  private final Registries registries;
  private final Backoff backoff;
  private final Holder holder;
  private final KeepAliveStream.Listener heard = new Heard();

  private String epoch = "";
  private boolean unary;
  private Duration interval = LONGEST_ANSWER;
  private @Nullable KeepAliveStream stream;

  /** What a move leaves behind, until the new stream is answered. */
  private @Nullable KeepAliveStream leaving;

  /** When the next beat is due; means nothing while none is planned. */
  private long dueNanos;

  private boolean planned;

  /** There is something new to renew, and the unary beats under way do not name it. */
  private boolean unarySoon;

  private boolean stopped;
  private int unaryInFlight;
  private Loop.Timer next = Loop.Timer.NONE;
  private Loop.Timer patience = Loop.Timer.NONE;

  Beats(Loop loop, String namespace, Registries registries, Backoff backoff, Holder holder) {
    this.loop = loop;
    this.namespace = namespace;
    this.registries = registries;
    this.backoff = backoff;
    this.holder = holder;
    registries.join(new Moving());
  }

  /** Whose beats these are. */
  interface Holder {
    /** The secrets that are to be renewed. */
    List<String> secrets();

    /** The registry does not know these any more. */
    void unknown(Set<String> secrets);
  }

  /** Says that there is something new to renew: the stream learns of it soon. */
  void begin(String newEpoch, Duration newInterval) {
    epoch = newEpoch;
    interval = newInterval.compareTo(interval) < 0 ? newInterval : interval;
    in(SHORTEST);
  }

  /** Says goodbye: nothing is to be concluded from the silence that follows. */
  void stop() {
    loop.assertInside();
    stopped = true;
    next.cancel();
    leave();
  }

  private void leave() {
    patience.cancel();
    if (stream != null) {
      stream.goodbye();
      stream = null;
    }
    if (leaving != null) {
      leaving.goodbye();
      leaving = null;
    }
  }

  /**
   * Plans a beat, unless one is due before: what is new must not put off what is held, nor the
   * answer to an older beat what is new. Says whether it was planned.
   */
  private boolean in(Duration wait) {
    long due = loop.nanoTime() + wait.toNanos();
    if (stopped || (planned && dueNanos - due <= 0)) {
      return false;
    }
    next.cancel();
    planned = true;
    dueNanos = due;
    next = loop.schedule(wait, this::beat);
    return true;
  }

  private void beat() {
    next.cancel();
    planned = false;
    List<List<String>> chunks = chunks(holder.secrets());
    if (chunks.isEmpty()) {
      leave();
    } else if (unary) {
      heartbeat(chunks);
    } else {
      KeepAliveStream open = stream;
      if (open == null) {
        open = KeepAliveStream.open(loop, registries.current(), heard);
        stream = open;
        await(open, LONGEST_ANSWER);
      } else {
        await(open, patience());
      }
      open.beat(namespace, epoch, chunks);
    }
  }

  static List<List<String>> chunks(List<String> secrets) {
    List<List<String>> chunks = new ArrayList<>();
    for (int i = 0; i < secrets.size(); i += MOST_LEASES) {
      chunks.add(List.copyOf(secrets.subList(i, Math.min(i + MOST_LEASES, secrets.size()))));
    }
    return chunks;
  }

  /** A second or a third of the interval, whichever is shorter. */
  private Duration patience() {
    Duration third = interval.dividedBy(3);
    Duration shorter = third.compareTo(LONGEST_ANSWER) < 0 ? third : LONGEST_ANSWER;
    return shorter.compareTo(SHORTEST) < 0 ? SHORTEST : shorter;
  }

  private void await(KeepAliveStream open, Duration time) {
    if (!open.awaitsAnswer()) {
      patience.cancel();
      patience = loop.schedule(time, () -> giveUp(open, time));
    }
  }

  private void giveUp(KeepAliveStream silent, Duration time) {
    silent.goodbye();
    String why = "no answer to a beat within " + time.toMillis() + " ms";
    lost(silent, Status.DEADLINE_EXCEEDED.withDescription(why));
  }

  /** Only in use or not yet left matters; what an older stream says was said to someone else. */
  @SuppressWarnings("ReferenceEquality")
  private void lost(KeepAliveStream from, Status why) {
    if (from == leaving) {
      leaving = null;
    }
    if (from != stream) {
      return;
    }
    stream = null;
    patience.cancel();
    if (why.getCode() == Status.Code.UNIMPLEMENTED) {
      log.info("the registry at {} knows no KeepAlive: unary heartbeats", from.registry.address());
      unary = true;
      beat();
      return;
    }
    log.debug("the beats to {} ended: {}", from.registry.address(), why);
    registries.failed(from.registry, why);
    in(backoff.next());
  }

  private void heartbeat(List<List<String>> chunks) {
    if (unaryInFlight > 0) {
      unarySoon = true;
      return;
    }
    unarySoon = false;
    Registry registry = registries.current();
    unaryInFlight = chunks.size();
    for (List<String> secrets : chunks) {
      HeartbeatRequest request =
          HeartbeatRequest.newBuilder()
              .setNamespace(namespace)
              .addAllLeaseIds(secrets)
              .setEpoch(epoch)
              .build();
      var reply =
          new Reply<HeartbeatResponse>(
              loop,
              answer -> {
                unaryInFlight--;
                registries.answered(registry);
                take(Renewal.of(answer));
                if (unaryInFlight == 0 && unarySoon) {
                  beat();
                }
              },
              why -> {
                unaryInFlight--;
                log.debug("a heartbeat to {} failed: {}", registry.address(), why);
                registries.failed(registry, why);
                in(backoff.next());
              });
      registry.stub(LONGEST_ANSWER).heartbeat(request, reply);
    }
  }

  private void take(Renewal renewal) {
    backoff.reset();
    if (!renewal.recovering()) {
      epoch = renewal.epoch();
    }
    Duration nextIn = renewal.nextIn().compareTo(SHORTEST) < 0 ? SHORTEST : renewal.nextIn();
    if (in(nextIn)) {
      interval = nextIn;
    }
    holder.unknown(renewal.unknown());
  }

  /** Leaves the stream when another registry is to be used, or finds out whether it is to be. */
  private final class Moving implements Registries.Guest {
    @Override
    public void heard(Registry registry) {}

    @Override
    public void suspect(Registry registry) {
      if (stream != null && stream.registry.equals(registry)) {
        in(Duration.ZERO);
      }
    }

    /** The old stream stays until the new one is answered: no beat is late because of a move. */
    @Override
    public void moved() {
      KeepAliveStream old = stream;
      if (old == null || old.registry.equals(registries.current())) {
        return;
      }
      if (leaving != null) {
        leaving.goodbye();
      }
      leaving = old;
      stream = null;
      patience.cancel();
      in(backoff.jittered(MOVE_SPREAD));
    }
  }

  /** What the streams say. */
  @SuppressWarnings("ReferenceEquality")
  private final class Heard implements KeepAliveStream.Listener {
    @Override
    public void answered(KeepAliveStream from, Renewal renewal) {
      if (from != stream) {
        return;
      }
      registries.answered(from.registry);
      if (!from.awaitsAnswer()) {
        patience.cancel();
      }
      if (leaving != null) {
        leaving.goodbye();
        leaving = null;
      }
      take(renewal);
      if (renewal.move()) {
        registries.leave(from.registry);
      }
    }

    @Override
    public void ended(KeepAliveStream from, Status status) {
      lost(from, status);
    }
  }
}
