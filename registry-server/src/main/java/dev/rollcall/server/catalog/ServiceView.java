// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

import java.util.SortedMap;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * All listed instances of one service, ordered by id.
 *
 * @param usable how many of them callers may use
 * @param revision of the last change of any of them
 * @param usableRevision of the last change that a reader of the usable view can see
 */
public record ServiceView(
    String name,
    PSortedMap<String, Registration> instances,
    Counts counts,
    int usable,
    long revision,
    long usableRevision) {

  /** Of which nothing is known. */
  public static ServiceView empty(String name) {
    return new ServiceView(name, TreePMap.empty(), Counts.NONE, 0, 0, 0);
  }

  /** Of exactly these instances, by id. */
  static ServiceView of(String name, SortedMap<String, Registration> instances) {
    Counts counts = Counts.NONE;
    int usable = 0;
    long revision = 0;
    long usableRevision = 0;
    for (Registration record : instances.values()) {
      counts = counts.plus(record.status());
      revision = Math.max(revision, record.revision());
      if (record.usable()) {
        usable++;
        usableRevision = Math.max(usableRevision, record.revision());
      }
    }
    return new ServiceView(
        name, TreePMap.fromSortedMap(instances), counts, usable, revision, usableRevision);
  }

  /** The revision of the last change that a reader of the view can see. */
  public long revision(View view) {
    return view == View.ALL ? revision : usableRevision;
  }

  ServiceView with(Registration now, long at) {
    Registration before = instances.get(now.instance().id());
    ServiceView rest = before == null ? this : without(before, at);
    return new ServiceView(
        name,
        instances.plus(now.instance().id(), now),
        rest.counts.plus(now.status()),
        rest.usable + (now.usable() ? 1 : 0),
        at,
        now.usable() ? at : rest.usableRevision);
  }

  ServiceView without(Registration before, long at) {
    return new ServiceView(
        name,
        instances.minus(before.instance().id()),
        counts.minus(before.status()),
        usable - (before.usable() ? 1 : 0),
        at,
        before.usable() ? at : usableRevision);
  }
}
