// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.sdk.SetFiles.Saved;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The last known sets of services, also of those that nobody follows now: while no registry answers
 * they are better than nothing. In memory, and on disk where there is a place for them.
 *
 * <p>Runs on the session's loop; files are read and written on a thread of their own.
 */
final class LastKnown {
  /** Several changes within this time are one write. */
  static final Duration WRITE_AFTER = Duration.ofSeconds(1);

  /** What did not change is confirmed that often, so files show how old they are. */
  static final Duration CONFIRM_AFTER = Duration.ofMinutes(1);

  private static final int MOST_NAMES = 1_000;

  private final Loop loop;
  private final Callbacks disk = new Callbacks("rollcall-disk");

  /** The one that was used longest ago goes first. */
  private final LinkedHashMap<String, ServiceSet> sets = new LinkedHashMap<>(16, 0.75f, true);

  private @Nullable SetFiles files;
  private final Map<String, ServiceSet> unwritten = new LinkedHashMap<>();

  /** Names that were looked for on disk, and are not there. */
  private final Set<String> missing = new HashSet<>();

  private Set<String> heard = Set.of();
  private Loop.Timer write = Loop.Timer.NONE;
  private boolean confirming;

  LastKnown(Loop loop) {
    this.loop = loop;
  }

  /** From now on also on disk. A second place is ignored. */
  void alsoIn(SetFiles place) {
    loop.assertInside();
    if (files == null) {
      files = place;
      missing.clear();
    }
  }

  void keep(String service, ServiceSet now) {
    sets.put(service, now);
    if (sets.size() > MOST_NAMES) {
      sets.remove(sets.keySet().iterator().next());
    }
    if (files != null) {
      missing.remove(service);
      if (unwritten.isEmpty()) {
        write = loop.schedule(WRITE_AFTER, this::write);
      }
      unwritten.put(service, now);
    }
  }

  /** Says that the registry was heard, and all that is kept of these is true now. */
  void confirm(Set<String> services) {
    heard = services;
    if (files != null && !confirming) {
      confirming = true;
      loop.schedule(CONFIRM_AFTER, this::confirmOnDisk);
    }
  }

  private void confirmOnDisk() {
    confirming = false;
    SetFiles place = files;
    Set<String> services = heard;
    if (place != null) {
      disk.execute(() -> place.confirm(services));
    }
  }

  private void write() {
    write.cancel();
    SetFiles place = files;
    Map<String, ServiceSet> changed = Map.copyOf(unwritten);
    unwritten.clear();
    if (place != null) {
      disk.execute(() -> changed.forEach(place::save));
    }
  }

  /** Finds what is known of a service: at once, or, where that is on disk, as the loop's task. */
  void find(String service, Consumer<Optional<Saved>> then) {
    ServiceSet known = sets.get(service);
    SetFiles place = files;
    if (known != null) {
      then.accept(Optional.of(new Saved(known, Duration.ZERO)));
    } else if (place == null || missing.contains(service)) {
      then.accept(Optional.empty());
    } else {
      disk.execute(
          () -> {
            Optional<Saved> saved = place.load(service);
            loop.execute(() -> then.accept(found(service, saved)));
          });
    }
  }

  private Optional<Saved> found(String service, Optional<Saved> saved) {
    if (saved.isEmpty()) {
      missing.add(service);
    }
    return saved;
  }

  /** Writes what is not written yet, and ends. */
  void close() {
    if (!unwritten.isEmpty()) {
      write();
    }
    disk.close();
  }
}
