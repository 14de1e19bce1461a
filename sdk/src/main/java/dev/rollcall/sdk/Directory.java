// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.registry.v1.InstanceRef;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.sdk.SetFiles.Saved;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows all names that this process asked for on one watch stream, and keeps what it heard.
 *
 * <p>A set that was once known is never replaced because of an error: while the registry is away
 * the last one stays. A new name reopens the stream with the larger set; until its snapshot is
 * complete the old state goes on.
 *
 * <p>Runs on the session's loop, but for {@link #staleFor()}.
 */
final class Directory {
  /** How long callers of a name that was never known wait before they are told why. */
  static final Duration FIRST_ANSWER = Duration.ofSeconds(5);

  /** The registry's limit of names in one watch; beyond it all services are followed. */
  private static final int MOST_NAMES = 256;

  private static final long LIVE = Long.MIN_VALUE;

  private static final Logger log = LoggerFactory.getLogger(Directory.class);

  private final Loop loop;
  private final String namespace;
  private final WatchStream.Source source;
  private final Backoff backoff;
  private final Pulse pulse;

  private final Map<String, List<Follower>> followers = new TreeMap<>();

  private final LastKnown lastKnown;

  /** Names whose followers go on with what is remembered. */
  private final Set<String> recalled = new HashSet<>();

  private Set<String> asked = Set.of();
  private Set<String> known = Set.of();
  private WatchReader reader = WatchReader.holding(Held.NOTHING);
  private InstanceRef label = InstanceRef.getDefaultInstance();

  private @Nullable WatchStream<WatchRequest, WatchResponse> stream;
  private String address = "";
  private String trouble = "";
  private Loop.Timer nextAttempt = Loop.Timer.NONE;
  private Loop.Timer firstAnswer = Loop.Timer.NONE;
  private boolean openingSoon;

  /** Streams that ended since the registry was heard last. */
  private int failures;

  /** Since when nothing is heard; {@link #LIVE} while all is well. Written on the loop. */
  private volatile long deafSinceNanos;

  Directory(Loop loop, String namespace, WatchStream.Source source, Backoff backoff) {
    this.loop = loop;
    this.namespace = namespace;
    this.source = source;
    this.backoff = backoff;
    this.lastKnown = new LastKnown(loop);
    this.pulse = new Pulse(loop, source, this::ended);
    this.deafSinceNanos = LIVE;
  }

  /** Who wants to know about a service. Told on the loop. */
  interface Follower {
    void changed(ServiceSet now);

    /** Nothing is known of the service yet, and this is why. */
    void unreachable(String why);
  }

  void follow(String service, Follower follower) {
    loop.assertInside();
    followers.computeIfAbsent(service, name -> new ArrayList<>()).add(follower);
    if (known.contains(service)) {
      follower.changed(reader.held().service(service));
    } else if (!trouble.isEmpty()) {
      recall(service, List.of(follower));
    }
    if (!asked.contains(service)) {
      openSoon();
    }
  }

  void unfollow(String service, Follower follower) {
    loop.assertInside();
    List<Follower> left = followers.get(service);
    if (left == null || !left.remove(follower)) {
      // closed twice, say once by its client and once by its user
      return;
    }
    if (left.isEmpty()) {
      followers.remove(service);
      recalled.remove(service);
    }
    if (followers.isEmpty()) {
      close();
      deafSinceNanos = LIVE;
    }
  }

  /** In whose name this process watches; empty: nobody's yet. */
  InstanceRef label() {
    loop.assertInside();
    return label;
  }

  /** Says in whose name this process watches, for the dependency graph. The first name stays. */
  void label(InstanceRef watcher) {
    loop.assertInside();
    if (label.getId().isEmpty()) {
      label = watcher;
      if (stream != null) {
        openSoon();
      }
    }
  }

  /** How long nothing was heard of what is followed; zero while the stream is live. Any thread. */
  Duration staleFor() {
    long since = deafSinceNanos;
    return since == LIVE ? Duration.ZERO : Duration.ofNanos(loop.nanoTime() - since);
  }

  LastKnown lastKnown() {
    return lastKnown;
  }

  Pulse pulse() {
    return pulse;
  }

  void close() {
    loop.assertInside();
    closeStream();
    nextAttempt.cancel();
    asked = Set.of();
    known = Set.of();
    reader = WatchReader.holding(reader.held().unplaced());
  }

  private void closeStream() {
    pulse.closed();
    firstAnswer.cancel();
    if (stream != null) {
      stream.cancel();
      stream = null;
    }
  }

  /** Several names asked for in one go make one stream. */
  private void openSoon() {
    if (!openingSoon) {
      openingSoon = true;
      loop.execute(this::open);
    }
  }

  private void open() {
    openingSoon = false;
    closeStream();
    nextAttempt.cancel();
    if (followers.isEmpty()) {
      return;
    }
    if (deafSinceNanos == LIVE) {
      deafSinceNanos = loop.nanoTime();
    }
    Held held = reader.held();
    Set<String> names = Set.copyOf(followers.keySet());
    boolean resume = names.equals(asked) && held.resumable();
    reader = WatchReader.holding(resume ? held : held.unplaced());
    asked = names;
    stream = new WatchStream<>(loop, new Heard());
    firstAnswer = loop.schedule(FIRST_ANSWER, this::unanswered);
    address = source.open(request(names, reader.held()), stream);
    pulse.opened();
  }

  /** Moves the stream to the registry that is in use by now; what is known stays. */
  void reopen() {
    loop.assertInside();
    if (stream != null) {
      openSoon();
    }
  }

  /** A stream that continues may have nothing to say; one that begins has. */
  private void unanswered() {
    if (!known.containsAll(asked)) {
      inTrouble("cannot be reached: it did not answer within " + FIRST_ANSWER.toSeconds() + " s");
    }
  }

  private WatchRequest request(Set<String> names, Held held) {
    WatchRequest.Builder request = WatchRequest.newBuilder().setNamespace(namespace);
    if (!label.getId().isEmpty()) {
      request.setWatcher(label);
    }
    if (names.size() <= MOST_NAMES) {
      request.addAllServices(names.stream().sorted().toList());
    }
    if (held.position().known()) {
      Held.Position at = held.position();
      request.setEpoch(at.epoch()).setAfterRevision(at.revision()).setNonce(at.nonce());
    }
    return request.build();
  }

  private void ended(Status status) {
    closeStream();
    source.failed(status);
    if (deafSinceNanos == LIVE) {
      deafSinceNanos = loop.nanoTime();
    }
    failures++;
    if (failures >= source.count()) {
      inTrouble("cannot be reached: " + Advice.why(status));
    }
    nextAttempt = loop.schedule(backoff.next(), this::open);
  }

  private void inTrouble(String why) {
    String now = "registry at " + address + " " + why;
    if (trouble.isEmpty()) {
      log.warn("{}; going on with what is known, and trying again", now);
    }
    trouble = now;
    followers.forEach(
        (name, all) -> {
          if (!known.contains(name) && !recalled.contains(name)) {
            recall(name, List.copyOf(all));
          }
        });
  }

  /**
   * A registry that is away: what was known when the name was followed before is better than no.
   */
  private void recall(String name, List<Follower> all) {
    lastKnown.find(name, last -> recalled(name, all, last));
  }

  private void recalled(String name, List<Follower> all, Optional<Saved> last) {
    if (known.contains(name) || trouble.isEmpty() || !followers.containsKey(name)) {
      return;
    }
    if (last.isEmpty()) {
      all.forEach(follower -> follower.unreachable(trouble));
      return;
    }
    recalled.add(name);
    long trueAtNanos = loop.nanoTime() - last.get().age().toNanos();
    if (deafSinceNanos == LIVE || trueAtNanos - deafSinceNanos < 0) {
      deafSinceNanos = trueAtNanos;
    }
    all.forEach(follower -> follower.changed(last.get().set()));
  }

  /** What the open stream says. */
  private final class Heard implements WatchStream.Listener<WatchResponse> {
    @Override
    public void message(WatchResponse message) {
      heard();
      Held before = reader.held();
      try {
        reader = reader.read(message);
      } catch (WatchReader.Breach e) {
        log.warn(
            "the registry at {} broke its contract: {}; starting over", address, e.getMessage());
        reader = WatchReader.holding(before.unplaced());
        ended(Status.INTERNAL.withDescription(e.getMessage()));
        return;
      }
      tell(before, message.getRecovering());
    }

    @Override
    public void ended(Status status) {
      Directory.this.ended(status);
    }
  }

  private void heard() {
    firstAnswer.cancel();
    pulse.heard();
    source.heard();
    backoff.reset();
    failures = 0;
    deafSinceNanos = LIVE;
    if (!trouble.isEmpty()) {
      log.info("registry at {} answers again", address);
      trouble = "";
    }
  }

  /** A set that did not change is the same object: comparing contents would cost each message. */
  @SuppressWarnings("ReferenceEquality")
  private void tell(Held before, boolean recovering) {
    Held now = reader.held();
    if (!now.position().known()) {
      return;
    }
    Set<String> knownBefore = known;
    known = recovering ? surelyKnown(now) : asked;
    lastKnown.confirm(recovering ? Set.of() : known);
    recalled.removeAll(known);
    Map<String, List<Follower>> copy = new HashMap<>();
    followers.forEach((name, all) -> copy.put(name, List.copyOf(all)));
    copy.forEach(
        (name, all) -> {
          boolean changed = now.service(name) != before.service(name);
          if (known.contains(name) && (changed || !knownBefore.contains(name))) {
            lastKnown.keep(name, now.service(name));
            all.forEach(follower -> follower.changed(now.service(name)));
          }
        });
    if (!known.containsAll(asked)) {
      inTrouble("is recovering, and does not list any instance yet");
    }
  }

  /** While the registry is recovering, a name without instances was only lost. */
  private Set<String> surelyKnown(Held now) {
    return asked.stream()
        .filter(name -> known.contains(name) || !now.service(name).entries().isEmpty())
        .collect(Collectors.toUnmodifiableSet());
  }
}
