// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

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
