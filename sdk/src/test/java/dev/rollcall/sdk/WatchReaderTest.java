// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static dev.rollcall.sdk.Messages.at;
import static dev.rollcall.sdk.Messages.down;
import static dev.rollcall.sdk.Messages.snapshot;
import static dev.rollcall.sdk.Messages.up;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.sdk.WatchReader.Breach;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class WatchReaderTest {
  private static final WatchResponse AB =
      snapshot("e", 5).addChanges(up("a")).addChanges(up("b")).build();

  static Stream<Arguments> snapshots() {
    return Stream.of(
        arguments("a snapshot", List.of(AB), "[a, b]", 5L, true),
        arguments("an empty snapshot", List.of(snapshot("e", 5).build()), "[]", 5L, true),
        arguments(
            "half a snapshot shows nothing",
            List.of(snapshot("e", 5).setMore(true).addChanges(up("a")).build()),
            "[]",
            -1L,
            false),
        arguments(
            "half a newer snapshot leaves the old state",
            List.of(AB, snapshot("e", 9).setMore(true).addChanges(up("c")).build()),
            "[a, b]",
            5L,
            true),
        arguments(
            "parts make one snapshot",
            List.of(
                snapshot("e", 9).setMore(true).addChanges(up("a")).build(),
                snapshot("e", 9).setMore(true).addChanges(up("c")).build(),
                snapshot("e", 9).build()),
            "[a, c]",
            9L,
            true));
  }

  static Stream<Arguments> startingOver() {
    return Stream.of(
        arguments(
            "a snapshot that starts over forgets its first parts",
            List.of(
                snapshot("e", 8).setMore(true).addChanges(up("a")).build(),
                snapshot("e", 9).addChanges(up("c")).build()),
            "[c]",
            9L,
            true),
        arguments(
            "a snapshot instead of the rest of a catch-up forgets its first parts",
            List.of(
                AB,
                at("e", 9).setMore(true).addChanges(up("z")).build(),
                snapshot("e", 9).setMore(true).addChanges(up("a")).build(),
                snapshot("e", 9).addChanges(up("c")).build()),
            "[a, c]",
            9L,
            true),
        arguments(
            "a newer snapshot instead of the rest of a catch-up",
            List.of(
                AB,
                at("e", 9).setMore(true).addChanges(up("z")).build(),
                snapshot("e", 12).addChanges(up("c")).build()),
            "[c]",
            12L,
            true));
  }

  static Stream<Arguments> changes() {
    return Stream.of(
        arguments(
            "changes",
            List.of(AB, at("e", 7).addChanges(down("a")).addChanges(up("c")).build()),
            "[b, c]",
            7L,
            true),
        arguments(
            "changes in parts wait for the last one",
            List.of(AB, at("e", 7).setMore(true).addChanges(down("a")).build()),
            "[a, b]",
            5L,
            true),
        arguments(
            "a bookmark moves the position", List.of(AB, at("e", 8).build()), "[a, b]", 8L, true),
        arguments(
            "removing what is not known changes nothing",
            List.of(AB, at("e", 6).addChanges(down("z")).build()),
            "[a, b]",
            6L,
            true));
  }

  static Stream<Arguments> histories() {
    return Stream.of(
        arguments(
            "another epoch's snapshot is the reset",
            List.of(AB, snapshot("f", 1).addChanges(up("c")).build()),
            "[c]",
            1L,
            true),
        arguments(
            "the first write gives a namespace its epoch",
            List.of(snapshot("", 0).build(), at("e", 1).addChanges(up("a")).build()),
            "[a]",
            1L,
            true),
        arguments(
            "told to keep what it has",
            List.of(AB, at("f", 1).setRecovering(true).build()),
            "[a, b]",
            5L,
            true),
        arguments(
            "recovering: the union of old and new, not a position to resume from",
            List.of(AB, snapshot("f", 1).setRecovering(true).addChanges(up("c")).build()),
            "[a, b, c]",
            1L,
            false),
        arguments(
            "recovered: what nobody registered again is gone",
            List.of(
                AB,
                snapshot("f", 1).setRecovering(true).addChanges(up("c")).build(),
                at("f", 2).setRecovering(true).addChanges(up("a")).build(),
                at("f", 2).build()),
            "[a, c]",
            2L,
            true));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"snapshots", "startingOver", "changes", "histories"})
  void read_story_endsWith(
      String name, List<WatchResponse> story, String ids, long revision, boolean resumable) {
    Held held = read(story).held();
    assertThat(held.service("product").entries().keySet()).hasToString(ids);
    assertThat(held.position().revision()).isEqualTo(revision);
    assertThat(held.resumable()).isEqualTo(resumable);
  }

  static Stream<Arguments> breaches() {
    return Stream.of(
        arguments("changes first", List.of(at("e", 1).addChanges(up("a")).build())),
        arguments("revision falls", List.of(AB, at("e", 4).build())),
        arguments("epoch changes without a snapshot", List.of(AB, at("f", 6).build())),
        arguments(
            "changes of another revision between parts",
            List.of(AB, at("e", 9).setMore(true).build(), at("e", 10).build())),
        arguments(
            "changes between a snapshot's parts",
            List.of(snapshot("e", 9).setMore(true).build(), at("e", 9).build())));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("breaches")
  void read_breach_isRefused(String name, List<WatchResponse> story) {
    assertThatThrownBy(() -> read(story)).isInstanceOf(Breach.class);
  }

  @Test
  void read_unchangedService_isTheSameObject() {
    WatchReader before = read(List.of(AB));
    WatchReader after = before.read(AB.toBuilder().setRevision(9).build());
    assertThat(after.held().service("product")).isSameAs(before.held().service("product"));
  }

  private static WatchReader read(List<WatchResponse> story) {
    WatchReader reader = WatchReader.holding(Held.NOTHING);
    for (WatchResponse message : story) {
      reader = reader.read(message);
    }
    return reader;
  }
}
