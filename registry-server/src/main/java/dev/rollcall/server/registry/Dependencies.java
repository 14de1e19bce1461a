// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.ServiceView;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Who requires whom, who watches whom, what is unmet, and what goes round in circles. Pure. */
public final class Dependencies {
  private Dependencies() {}

  /**
   * One service calls another.
   *
   * @param from the calling service; empty: watchers without a label
   * @param declared instances of it that say so
   * @param watching streams that follow the other service for it now
   * @param unmet declared, and nobody is there to be called
   */
  public record Edge(String from, String to, int declared, int watching, boolean unmet) {}

  /** All edges in order, and a ring of services for each cycle of declared ones. */
  public record Graph(List<Edge> edges, List<List<String>> cycles) {}

  /** A pair of services. */
  public record Pair(String from, String to) implements Comparable<Pair> {
    @Override
    public int compareTo(Pair other) {
      int first = from.compareTo(other.from);
      return first != 0 ? first : to.compareTo(other.to);
    }
  }

  /**
   * The graph of a namespace.
   *
   * @param watching how many streams follow whom for whom
   */
  public static Graph graph(Catalog catalog, Map<Pair, Integer> watching) {
    SortedMap<Pair, Integer> declared = declared(catalog);
    SortedSet<Pair> pairs = new TreeSet<>(declared.keySet());
    pairs.addAll(watching.keySet());
    List<Edge> edges = new ArrayList<>(pairs.size());
    for (Pair pair : pairs) {
      int saidBy = declared.getOrDefault(pair, 0);
      ServiceView called = catalog.service(pair.to());
      boolean nobody = called == null || called.usable() == 0;
      edges.add(
          new Edge(
              pair.from(),
              pair.to(),
              saidBy,
              watching.getOrDefault(pair, 0),
              saidBy > 0 && nobody));
    }
    return new Graph(edges, cycles(declared.keySet()));
  }

  private static SortedMap<Pair, Integer> declared(Catalog catalog) {
    SortedMap<Pair, Integer> declared = new TreeMap<>();
    for (ServiceView service : catalog.services().values()) {
      for (Registration registration : service.instances().values()) {
        for (String required : new TreeSet<>(registration.instance().requires())) {
          declared.merge(new Pair(service.name(), required), 1, Integer::sum);
        }
      }
    }
    return declared;
  }

  /**
   * One ring for each service that can reach itself, unless it is part of an earlier ring: found by
   * a breadth-first search for the shortest way home, so a ring names no service twice.
   */
  private static List<List<String>> cycles(Set<Pair> edges) {
    Map<String, List<String>> next = new TreeMap<>();
    edges.forEach(edge -> next.computeIfAbsent(edge.from(), f -> new ArrayList<>()).add(edge.to()));
    List<List<String>> cycles = new ArrayList<>();
    Set<String> told = new HashSet<>();
    for (String start : next.keySet()) {
      List<String> ring = told.contains(start) ? List.of() : wayHome(start, next);
      if (!ring.isEmpty()) {
        told.addAll(ring);
        cycles.add(ring);
      }
    }
    return cycles;
  }

  private static List<String> wayHome(String start, Map<String, List<String>> next) {
    Map<String, String> cameFrom = new HashMap<>();
    Deque<String> open = new ArrayDeque<>(List.of(start));
    while (!open.isEmpty()) {
      String at = open.removeFirst();
      for (String to : next.getOrDefault(at, List.of())) {
        if (to.equals(start)) {
          return ring(start, at, cameFrom);
        }
        if (!cameFrom.containsKey(to)) {
          cameFrom.put(to, at);
          open.addLast(to);
        }
      }
    }
    return List.of();
  }

  private static List<String> ring(String start, String last, Map<String, String> cameFrom) {
    ArrayDeque<String> ring = new ArrayDeque<>();
    for (String at = last; !at.equals(start); at = cameFrom.getOrDefault(at, start)) {
      ring.addFirst(at);
    }
    ring.addFirst(start);
    return List.copyOf(ring);
  }
}
