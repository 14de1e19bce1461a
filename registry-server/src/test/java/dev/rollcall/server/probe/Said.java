// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Status;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Notes what a prober says; follows it with records if it is told how. */
final class Said implements Prober.Verdicts {
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final AtomicInteger renewals = new AtomicInteger();
  private Records records = (status, revision) -> {};
  private Status status = Status.SERVING;

  /** Hears of the record that a verdict makes. */
  interface Records {
    void changed(Status status, long revision);
  }

  void follow(Records with) {
    records = with;
  }

  List<String> lines() {
    return lines;
  }

  int renewals() {
    return renewals.get();
  }

  Status status() {
    return status;
  }

  @Override
  public void serving(String namespace, InstanceKey key, long revision, String text) {
    said("serving", key, revision, text);
    turn(Status.SERVING, revision);
  }

  @Override
  public void failing(String namespace, InstanceKey key, long revision, String text) {
    said("failing", key, revision, text);
    turn(Status.NOT_SERVING, revision);
  }

  @Override
  public void passed(String namespace, InstanceKey key, LeaseKey lease) {
    renewals.incrementAndGet();
  }

  @Override
  public void giveUp(String namespace, InstanceKey key, long revision, Duration notServing) {
    lines.add("give up %s @%d after %s".formatted(key, revision, notServing));
  }

  private void said(String what, InstanceKey key, long revision, String text) {
    lines.add("%s %s @%d: %s".formatted(what, key, revision, text));
  }

  private void turn(Status now, long revision) {
    status = now;
    records.changed(now, revision + 1);
  }
}
