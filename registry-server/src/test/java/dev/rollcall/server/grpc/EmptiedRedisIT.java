// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.GetResponse;
import dev.rollcall.registry.v1.HeartbeatRequest;
import dev.rollcall.registry.v1.ListRequest;
import dev.rollcall.registry.v1.RegisterResponse;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.server.store.redis.RedisAddress;
import dev.rollcall.server.store.redis.RedisSettings;
import dev.rollcall.server.testing.RedisServer;
import dev.rollcall.server.testing.RunningServer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import redis.clients.jedis.Protocol.Command;

/** A server that starts alone over a Redis that is empty, or was emptied, does not know which. */
@Execution(ExecutionMode.CONCURRENT)
final class EmptiedRedisIT {
  @TempDir Path directory;
  private RedisServer redis;
  private RunningServer server;

  @BeforeEach
  void start() throws IOException {
    redis = RedisServer.start(directory);
    server = open();
  }

  @AfterEach
  void stop() {
    server.close();
    redis.close();
  }

  private RunningServer open() throws IOException {
    return new RunningServer(
        directory,
        new RedisSettings(RedisAddress.parse(redis.url()), "", 0, 100_000, Duration.ofDays(7)));
  }

  private GetResponse get(String service) {
    return server.stub().get(GetRequest.newBuilder().setService(service).build());
  }

  private Iterator<WatchResponse> watch(String epoch, long revision) {
    return server
        .stub()
        .watch(
            WatchRequest.newBuilder()
                .addServices("hello")
                .setEpoch(epoch)
                .setAfterRevision(revision)
                .setNonce(1)
                .build());
  }

  /** A moment after the start nobody has come who knew of anything. */
  private void awaitBelief() {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> !server.stub().list(ListRequest.getDefaultInstance()).getRecovering());
  }

  @Test
  void emptied_isToldToWhoeverAsks_andTakesNothingAway() throws IOException {
    RegisterResponse registered =
        server.stub().register(RunningServer.request("hello", "a").build());
    server.close();
    redis.ask(Command.FLUSHALL);
    server = open();
    WatchResponse first = watch(registered.getEpoch(), registered.getRevision()).next();
    assertThat(first.getRecovering()).isTrue();
    assertThat(first.getSnapshot()).isFalse();
    assertThat(first.getEpoch()).isEqualTo(registered.getEpoch());
    assertThat(get("hello").getRecovering()).isTrue();
    WatchResponse anonymous = watch("", 0).next();
    assertThat(anonymous.getSnapshot() && anonymous.getRecovering()).isTrue();
    // whoever still lives is told so before that is over
    HeartbeatRequest beat =
        HeartbeatRequest.newBuilder().addLeaseIds(registered.getLeaseId()).build();
    await()
        .ignoreException(StatusRuntimeException.class)
        .atMost(Duration.ofSeconds(20))
        .until(() -> server.stub().heartbeat(beat).getUnknownLeaseIdsCount() == 1);
    server
        .stub()
        .register(RunningServer.request("hello", "a").setLeaseId(registered.getLeaseId()).build());
    assertThat(get("hello").getRecovering()).isTrue();
    assertThat(get("other").getRecovering()).isTrue();
  }

  @Test
  void newAndNobodyKnewMore_isBelievedAfterAMoment() throws IOException {
    Iterator<WatchResponse> messages = watch("", 0);
    assertThat(messages.next().getRecovering()).isTrue();
    server.stub().register(RunningServer.request("hello", "a").build());
    assertThat(messages.next().getChangesCount()).isEqualTo(1);
    WatchResponse over = messages.next();
    assertThat(over.getRecovering()).isFalse();
    awaitBelief();
    assertThatThrownBy(() -> get("other"))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND));
  }

  /** Its namespaces are older than any doubt. */
  @Test
  void heldForLong_isBelievedAtOnce() throws IOException {
    server.stub().register(RunningServer.request("hello", "a").build());
    server.close();
    try (var client = redis.client()) {
      for (String meta : client.keys("rollcall:*:meta")) {
        client.hset(meta, "born", "1000");
      }
    }
    server = open();
    assertThat(get("hello").getRecovering()).isFalse();
    assertThat(watch("other", 1).next().getRecovering()).isFalse();
  }
}
