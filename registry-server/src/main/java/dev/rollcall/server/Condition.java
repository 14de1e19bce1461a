// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import dev.rollcall.server.http.Readiness;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.ledger.StoreTrouble;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** How this server is: starting, well, without its store, stopping. From any thread. */
final class Condition implements Readiness {
  private final List<Ledgers> all;
  private final InstantSource wallClock;
  private final Supplier<List<String>> unreadable;
  private volatile String stage = "starting";

  /**
   * @param all whose store it is
   * @param unreadable what of the store cannot be read, a line for each
   */
  Condition(List<Ledgers> all, InstantSource wallClock, Supplier<List<String>> unreadable) {
    this.all = all;
    this.wallClock = wallClock;
    this.unreadable = unreadable;
  }

  /** Calls are served from now on. */
  void ready() {
    stage = "";
  }

  /** Calls should go elsewhere from now on. */
  void stopping() {
    stage = "stopping";
  }

  /** Whether the store takes writes, as far as is known. */
  boolean storeUp() {
    return all.stream().allMatch(ledgers -> ledgers.storeTrouble().isEmpty());
  }

  /** What does not work as it should, one matter a line. */
  List<String> problems() {
    List<String> problems = new ArrayList<>(reasons(true));
    problems.addAll(notes());
    return problems;
  }

  @Override
  public List<String> reasons(boolean store) {
    List<String> reasons = new ArrayList<>();
    if (!stage.isEmpty()) {
      reasons.add(stage);
    }
    if (store) {
      all.stream()
          .flatMap(ledgers -> ledgers.storeTrouble().stream())
          .findFirst()
          .ifPresent(trouble -> reasons.add(text(trouble)));
    }
    return reasons;
  }

  private String text(StoreTrouble trouble) {
    Duration age = trouble.age();
    return String.format(
        Locale.ROOT,
        "%s since %s (%d s); reads and watches go on",
        trouble.what(),
        wallClock.instant().minus(age).truncatedTo(ChronoUnit.SECONDS),
        age.toSeconds());
  }

  @Override
  public List<String> notes() {
    return unreadable.get();
  }
}
