// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollcall.config.v1.Change;
import dev.rollcall.config.v1.ConfigServiceGrpc;
import dev.rollcall.config.v1.ConfigServiceGrpc.ConfigServiceBlockingStub;
import dev.rollcall.config.v1.DeleteRequest;
import dev.rollcall.config.v1.GetRequest;
import dev.rollcall.config.v1.HistoryRequest;
import dev.rollcall.config.v1.HistoryResponse;
import dev.rollcall.config.v1.ListRequest;
import dev.rollcall.config.v1.ListResponse;
import dev.rollcall.config.v1.PutRequest;
import dev.rollcall.config.v1.PutResponse;
import dev.rollcall.config.v1.Setting;
import dev.rollcall.config.v1.Version;
import dev.rollcall.config.v1.WatchRequest;
import dev.rollcall.config.v1.WatchResponse;
import dev.rollcall.server.testing.RunningServer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Configuration over a real port and a real store: the embedded one here. */
class ConfigEndpointTest {
  @TempDir Path data;
  private RunningServer server;
  private ConfigServiceBlockingStub stub;

  /** Starts a server over the store under test. */
  RunningServer open() throws IOException {
    return new RunningServer(data);
  }

  @BeforeEach
  final void start() throws IOException {
    server = open();
    stub = stub();
  }

  @AfterEach
  final void stop() {
    server.close();
  }

  private ConfigServiceBlockingStub stub() {
    return ConfigServiceGrpc.newBlockingStub(server.channel())
        .withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  private PutResponse put(String key, String value) {
    return stub.put(PutRequest.newBuilder().setKey(key).setValue(value).build());
  }

  private static PutRequest putAt(String key, String value, long expected) {
    return PutRequest.newBuilder()
        .setKey(key)
        .setValue(value)
        .setExpectedRevision(expected)
        .build();
  }

  private String get(String key) {
    return stub.get(GetRequest.newBuilder().setKey(key).build()).getSetting().getValue();
  }

  private static void refused(Runnable call, Status.Code code, String text) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class, e -> assertThat(e.getStatus().getCode()).isEqualTo(code))
        .hasMessageContaining(text);
  }

  @Test
  void put_thenGet_isTheValueWithWhoAndWhen() {
    PutResponse put = put("order/max-items", "7");
    assertThat(put.getRevision()).isEqualTo(1);
    Setting setting =
        stub.get(GetRequest.newBuilder().setKey("order/max-items").build()).getSetting();
    assertThat(setting).isEqualTo(put.getSetting());
    assertThat(setting.getValue()).isEqualTo("7");
    assertThat(setting.getChangedBy()).startsWith("127.0.0.1");
    assertThat(setting.getChangedAt().getSeconds()).isPositive();
  }

  @Test
  void put_sameValueAgain_changesNothing() {
    assertThat(put("a", "1")).isEqualTo(put("a", "1"));
    assertThat(put("a", "2").getRevision()).isEqualTo(2);
  }

  @Test
  void put_expectedRevision_isComparedAndSet() {
    long first = stub.put(putAt("a", "1", 0)).getSetting().getRevision();
    refused(() -> stub.put(putAt("a", "2", 0)), Status.Code.ABORTED, "is at revision 1");
    refused(() -> stub.put(putAt("a", "2", 9)), Status.Code.ABORTED, "expected_revision: 9");
    assertThat(stub.put(putAt("a", "2", first)).getSetting().getRevision()).isEqualTo(2);
    assertThat(get("a")).isEqualTo("2");
  }

  @Test
  void delete_takesAwayAndSaysSo() {
    put("a", "1");
    assertThat(stub.delete(DeleteRequest.newBuilder().setKey("a").build()).getRevision())
        .isEqualTo(2);
    refused(() -> get("a"), Status.Code.NOT_FOUND, "no key a");
    refused(
        () -> stub.delete(DeleteRequest.newBuilder().setKey("a").build()),
        Status.Code.NOT_FOUND,
        "no key a");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/a", "a/", "a//b", "a/../b", "a b", "ä", "a/./b"})
  void put_badKey_namesItAndTheForm(String key) {
    refused(() -> put(key, "1"), Status.Code.INVALID_ARGUMENT, "key: \"");
    assertThat(stub.list(ListRequest.getDefaultInstance()).getSettingsCount()).isZero();
  }

  @Test
  void put_tooLarge_isRefused() {
    refused(
        () -> put("a", "x".repeat((512 << 10) + 1)),
        Status.Code.INVALID_ARGUMENT,
        "524289 bytes (expected: at most 524288 bytes)");
    refused(() -> put("a/" + "b".repeat(128).repeat(5), "1"), Status.Code.INVALID_ARGUMENT, "key");
  }

  @Test
  void put_beyondTheNamespacesLimit_isRefused() {
    String large = "x".repeat(512 << 10);
    for (int i = 0; i < 127; i++) {
      put("k" + i, large);
    }
    refused(() -> put("a", large), Status.Code.RESOURCE_EXHAUSTED, "would take");
    assertThat(put("k0", "small").getSetting().getValue()).isEqualTo("small");
    assertThat(put("a", large).getSetting().getKey()).isEqualTo("a");
  }

  @Test
  void namespaces_areApart_alsoFromServices() {
    put("a", "1");
    stub.put(PutRequest.newBuilder().setNamespace("shop").setKey("a").setValue("2").build());
    assertThat(get("a")).isEqualTo("1");
    server.stub().register(RunningServer.request("s", "i").build());
    assertThat(put("a", "3").getRevision()).isEqualTo(2);
    refused(
        () -> stub.list(ListRequest.newBuilder().setNamespace("config:x").build()),
        Status.Code.INVALID_ARGUMENT,
        "namespace");
  }

  @Test
  void list_pagesInOrderBelowAPrefix() {
    for (int i = 0; i < 250; i++) {
      put("a/k" + i, "v" + i);
    }
    put("b/x", "1");
    put("a0", "1");
    List<String> keys = new ArrayList<>();
    String token = "";
    do {
      ListResponse page =
          stub.list(ListRequest.newBuilder().setPrefix("a/").setPageToken(token).build());
      page.getSettingsList().forEach(setting -> keys.add(setting.getKey()));
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    assertThat(keys).hasSize(250).isSorted().allMatch(key -> key.startsWith("a/"));
  }

  @Test
  void history_keepsTwentyVersions_alsoOfADeletedKey() {
    for (int i = 0; i < 30; i++) {
      put("a", "v" + i);
    }
    put("b", "1");
    stub.delete(DeleteRequest.newBuilder().setKey("a").build());
    HistoryResponse history = stub.history(HistoryRequest.newBuilder().setKey("a").build());
    assertThat(history.getVersionsList()).hasSize(20);
    assertThat(history.getVersions(0).getDeleted()).isTrue();
    assertThat(history.getVersionsList().subList(1, 20))
        .extracting(version -> version.getSetting().getValue())
        .startsWith("v29", "v28")
        .endsWith("v11");
    Version restored = history.getVersions(5);
    put("a", restored.getSetting().getValue());
    assertThat(get("a")).isEqualTo("v25");
    refused(
        () -> stub.history(HistoryRequest.newBuilder().setKey("none").build()),
        Status.Code.NOT_FOUND,
        "no key none");
  }

  @Test
  void restart_keepsEverything() throws IOException {
    put("a", "1");
    put("a", "2");
    put("b", "x");
    String epoch = put("b", "y").getEpoch();
    server.close();
    server = open();
    stub = stub();
    assertThat(get("a")).isEqualTo("2");
    assertThat(stub.history(HistoryRequest.newBuilder().setKey("a").build()).getVersionsCount())
        .isEqualTo(2);
    PutResponse next = put("c", "z");
    assertThat(next.getRevision()).isEqualTo(5);
    assertThat(next.getEpoch()).isEqualTo(epoch);
  }

  @Test
  void racingWriters_exactlyOneWinsEachRevision() throws Exception {
    put("counter", "0");
    ExecutorService writers = Executors.newFixedThreadPool(8);
    List<Future<Integer>> wins = new ArrayList<>();
    for (int writer = 0; writer < 8; writer++) {
      Callable<Integer> count =
          () -> {
            ConfigServiceBlockingStub own = stub();
            int won = 0;
            while (won < 25) {
              Setting now = own.get(GetRequest.newBuilder().setKey("counter").build()).getSetting();
              try {
                String next = Integer.toString(Integer.parseInt(now.getValue()) + 1);
                own.put(putAt("counter", next, now.getRevision()));
                won++;
              } catch (StatusRuntimeException e) {
                assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.ABORTED);
              }
            }
            return won;
          };
      wins.add(writers.submit(count));
    }
    for (Future<Integer> won : wins) {
      assertThat(won.get()).isEqualTo(25);
    }
    writers.shutdown();
    // no increment was lost, and none was counted twice
    assertThat(get("counter")).isEqualTo("200");
  }

  private static void fold(Map<String, String> held, WatchResponse message) {
    for (Change change : message.getChangesList()) {
      if (change.hasUpsert()) {
        held.put(change.getUpsert().getKey(), change.getUpsert().getValue());
      } else {
        held.remove(change.getRemoved());
      }
    }
  }

  @Test
  void watch_folded_isWhatListSays() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 300; i++) {
      put("a/k" + i, "first");
      put("b/k" + i, "first");
    }
    Iterator<WatchResponse> watch = stub.watch(WatchRequest.newBuilder().setPrefix("a/").build());
    for (int i = 0; i < 400; i++) {
      String key = (random.nextBoolean() ? "a/k" : "b/k") + random.nextInt(300);
      if (random.nextInt(4) == 0) {
        try {
          stub.delete(DeleteRequest.newBuilder().setKey(key).build());
        } catch (StatusRuntimeException e) {
          assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        }
      } else {
        put(key, "v" + random.nextInt());
      }
    }
    long last = put("a/last", "done").getRevision();
    Map<String, String> held = new TreeMap<>();
    WatchResponse message;
    do {
      message = watch.next();
      fold(held, message);
    } while (message.getRevision() < last || message.getMore());
    Map<String, String> listed = new TreeMap<>();
    ListRequest all = ListRequest.newBuilder().setPrefix("a/").setPageSize(1_000).build();
    stub.list(all).getSettingsList().forEach(s -> listed.put(s.getKey(), s.getValue()));
    assertThat(held).as("seed %d", seed).isEqualTo(listed);
  }

  @Test
  void watch_resumed_bringsOnlyWhatWasMissed() {
    put("a/x", "1");
    WatchResponse first = stub.watch(WatchRequest.newBuilder().setPrefix("a/").build()).next();
    assertThat(first.getSnapshot()).isTrue();
    put("b/y", "1");
    put("a/x", "2");
    WatchResponse next =
        stub.watch(
                WatchRequest.newBuilder()
                    .setPrefix("a/")
                    .setEpoch(first.getEpoch())
                    .setAfterRevision(first.getRevision())
                    .setNonce(first.getNonce())
                    .build())
            .next();
    assertThat(next.getSnapshot()).isFalse();
    assertThat(next.getChangesList())
        .singleElement()
        .satisfies(change -> assertThat(change.getUpsert().getValue()).isEqualTo("2"));
    assertThat(next.getChanges(0).getCaller()).startsWith("127.0.0.1");
  }
}
