// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static dev.rollcall.sdk.Messages.at;
import static dev.rollcall.sdk.Messages.snapshot;
import static dev.rollcall.sdk.Messages.up;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.registry.v1.InstanceRef;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class DirectoryTest {
  private final FakeLoop loop = new FakeLoop();
  private final Opened opened = new Opened();
  private final Directory directory =
      new Directory(loop, "default", opened, Backoff.standard(new Random(7)));
  private final Told told = new Told();

  private static final class Opened implements WatchStream.Source {
    final List<WatchRequest> requests = new ArrayList<>();
    final List<WatchStream<WatchRequest, WatchResponse>> streams = new ArrayList<>();
    final List<Consumer<Status>> asked = new ArrayList<>();
    int registries = 1;

    @Override
    public String open(WatchRequest request, WatchStream<WatchRequest, WatchResponse> stream) {
      requests.add(request);
      streams.add(stream);
      return "there:7070";
    }

    @Override
    public void failed(Status status) {}

    @Override
    public void ask(Consumer<Status> answer) {
      asked.add(answer);
    }

    @Override
    public void heard() {}

    @Override
    public int count() {
      return registries;
    }

    void answer(Status status) {
      List.copyOf(asked).forEach(one -> one.accept(status));
      asked.clear();
    }

    WatchStream<WatchRequest, WatchResponse> last() {
      return streams.get(streams.size() - 1);
    }

    WatchRequest request() {
      return requests.get(requests.size() - 1);
    }
  }

  private static final class Told implements Directory.Follower {
    final List<String> sets = new ArrayList<>();
    final List<String> troubles = new ArrayList<>();

    @Override
    public void changed(ServiceSet now) {
      sets.add(now.entries().keySet().toString());
    }

    @Override
    public void unreachable(String why) {
      troubles.add(why);
    }
  }

  private void followProduct() {
    directory.follow("product", told);
    loop.run();
    opened.last().onNext(snapshot("e", 5).addChanges(up("a")).build());
    loop.run();
  }

  @Test
  void follow_severalNames_oneStream() {
    directory.follow("product", told);
    directory.follow("order", told);
    loop.run();
    assertThat(opened.requests).hasSize(1);
    assertThat(opened.request().getServicesList()).containsExactly("order", "product");
  }

  @Test
  void follow_newName_keepsOldStateUntilTheSnapshotIsComplete() {
    followProduct();
    directory.follow("order", new Told());
    loop.run();
    assertThat(opened.request().getEpoch()).isEmpty();
    var late = new Told();
    directory.follow("product", late);
    assertThat(late.sets).containsExactly("[a]");
    opened.last().onNext(snapshot("e", 6).addChanges(up("a")).addChanges(up("b")).build());
    loop.run();
    assertThat(told.sets).containsExactly("[a]", "[a, b]");
  }

  @Test
  void ended_sameNames_resumesAndKeepsTheSet() {
    followProduct();
    opened.last().onError(Status.UNAVAILABLE.asException());
    loop.run();
    loop.pass(Duration.ofSeconds(1));
    assertThat(opened.requests).hasSizeGreaterThan(1);
    assertThat(opened.request().getEpoch()).isEqualTo("e");
    assertThat(opened.request().getAfterRevision()).isEqualTo(5);
    assertThat(told.sets).containsExactly("[a]");
    assertThat(told.troubles).isEmpty();
    assertThat(directory.staleFor()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void silence_for30Seconds_opensAgain() {
    followProduct();
    loop.pass(Pulse.SILENCE.minusMillis(1));
    assertThat(opened.requests).hasSize(1);
    loop.pass(Duration.ofSeconds(3));
    assertThat(opened.requests).hasSize(2);
  }

  @Test
  void unanswered_firstWatch_saysWhy() {
    directory.follow("product", told);
    loop.pass(Directory.FIRST_ANSWER);
    assertThat(told.troubles).singleElement().asString().contains("there:7070");
    assertThat(told.sets).isEmpty();
  }

  @Test
  void refused_byEachRegistry_saysWhyOnlyThen() {
    opened.registries = 2;
    directory.follow("product", told);
    loop.run();
    opened.last().onError(Status.UNAVAILABLE.asException());
    loop.run();
    assertThat(told.troubles).isEmpty();
    loop.pass(Duration.ofSeconds(1));
    opened.last().onError(Status.UNAVAILABLE.asException());
    loop.run();
    assertThat(told.troubles).singleElement().asString().contains("there:7070");
  }

  @Test
  void resumed_nothingMissed_isNoTrouble() {
    opened.registries = 2;
    followProduct();
    opened.last().onError(Status.UNAVAILABLE.asException());
    loop.pass(Duration.ofSeconds(1));
    opened.answer(Status.OK);
    loop.pass(Pulse.SILENCE.minusSeconds(2));
    assertThat(opened.requests).hasSize(2);
    assertThat(told.troubles).isEmpty();
    var late = new Told();
    directory.follow("order", late);
    assertThat(late.troubles).isEmpty();
  }

  @Test
  void opened_registryDoesNotLive_isLeftAsSoonAsThatIsKnown() {
    followProduct();
    directory.reopen();
    loop.run();
    opened.answer(Status.DEADLINE_EXCEEDED);
    loop.pass(Duration.ofMillis(100));
    assertThat(opened.requests).hasSize(3);
    assertThat(opened.request().getAfterRevision()).isEqualTo(5);
    assertThat(told.sets).containsExactly("[a]");
  }

  @Test
  void quiet_severalRegistries_isAskedWhetherItLives() {
    opened.registries = 2;
    followProduct();
    opened.answer(Status.OK);
    loop.pass(Pulse.QUIET.minusMillis(1));
    assertThat(opened.asked).isEmpty();
    loop.pass(Duration.ofMillis(1));
    assertThat(opened.asked).hasSize(1);
    opened.answer(Status.DEADLINE_EXCEEDED);
    loop.pass(Duration.ofMillis(100));
    assertThat(opened.requests).hasSize(2);
  }

  @Test
  void suspected_butAlive_keepsItsStream() {
    followProduct();
    opened.answer(Status.OK);
    directory.pulse().check();
    directory.pulse().check();
    assertThat(opened.asked).hasSize(1);
    opened.answer(Status.UNIMPLEMENTED);
    loop.pass(Duration.ofSeconds(5));
    assertThat(opened.requests).hasSize(1);
  }

  @Test
  void breach_startsOverWithASnapshot() {
    followProduct();
    opened.last().onNext(Messages.at("e", 4).build());
    loop.pass(Duration.ofSeconds(1));
    assertThat(opened.request().getEpoch()).isEmpty();
    assertThat(told.sets).containsExactly("[a]");
  }

  @Test
  void label_afterTheStreamIsOpen_isSentByResuming() {
    followProduct();
    directory.label(InstanceRef.newBuilder().setService("order").setId("o1").build());
    loop.run();
    assertThat(opened.requests).hasSize(2);
    assertThat(opened.request().getWatcher().getId()).isEqualTo("o1");
    assertThat(opened.request().getAfterRevision()).isEqualTo(5);
  }

  @Test
  void follow_afterIdle_registryAway_goesOnWithTheLastKnownSet() {
    followProduct();
    directory.unfollow("product", told);
    var again = new Told();
    directory.follow("product", again);
    loop.run();
    assertThat(again.sets).isEmpty();
    for (int i = 0; i < 2; i++) {
      opened.last().onError(Status.UNAVAILABLE.asException());
      loop.pass(Duration.ofSeconds(1));
    }
    assertThat(again.sets).containsExactly("[a]");
    assertThat(again.troubles).isEmpty();
    var late = new Told();
    directory.follow("product", late);
    assertThat(late.sets).containsExactly("[a]");
    opened.last().onNext(snapshot("f", 1).addChanges(up("b")).build());
    loop.run();
    assertThat(again.sets).containsExactly("[a]", "[b]");
    assertThat(late.sets).containsExactly("[a]", "[b]");
  }

  @Test
  void recovering_noInstanceListed_goesOnWithTheLastKnownSet() {
    followProduct();
    directory.unfollow("product", told);
    var again = new Told();
    directory.follow("product", again);
    directory.follow("order", again);
    loop.run();
    opened.last().onNext(snapshot("f", 0).setRecovering(true).build());
    loop.run();
    assertThat(again.sets).containsExactly("[a]");
    assertThat(again.troubles).singleElement().asString().contains("is recovering");
    opened.last().onNext(at("f", 1).setRecovering(true).addChanges(up("b")).build());
    loop.run();
    assertThat(again.sets).containsExactly("[a]", "[a, b]");
    opened.last().onNext(at("f", 1).build());
    loop.run();
    assertThat(again.sets).containsExactlyInAnyOrder("[a]", "[a, b]", "[]", "[b]");
  }

  @Test
  void unfollow_lastName_endsTheStream() {
    followProduct();
    directory.unfollow("product", told);
    directory.unfollow("product", told);
    loop.pass(Duration.ofMinutes(5));
    assertThat(opened.requests).hasSize(1);
    assertThat(directory.staleFor()).isZero();
  }
}
