// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollcall.registry.v1.DrainRequest;
import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.InstanceStatus;
import dev.rollcall.registry.v1.KeepAliveRequest;
import dev.rollcall.registry.v1.KeepAliveResponse;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceBlockingStub;
import dev.rollcall.server.testing.RunningServer;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a lease's holder may do, over a real socket. */
final class LeaseEndpointTest {
  private static final String SECRET = "0123456789abcdefghijkl";

  @TempDir Path data;
  private RunningServer server;
  private RegistryServiceBlockingStub stub;

  @BeforeEach
  void start() throws IOException {
    server = new RunningServer(data);
    stub = server.stub();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void drain_hidesAnInstanceAndKeepsItListed() {
    stub.register(RunningServer.request("a", "x").setLeaseId(SECRET).build());
    var drain = DrainRequest.newBuilder().setLeaseId(SECRET).setReason("deploy").build();
    assertThat(stub.drain(drain).getRevision()).isEqualTo(2);
    assertThat(stub.drain(drain).getRevision()).isEqualTo(2);
    GetRequest.Builder get = GetRequest.newBuilder().setService("a");
    assertThat(stub.get(get.build()).getInstancesCount()).isZero();
    Instance listed = stub.get(get.setAllStatuses(true).build()).getInstances(0);
    assertThat(listed.getStatus()).isEqualTo(InstanceStatus.INSTANCE_STATUS_DRAINING);
    assertThatThrownBy(() -> stub.drain(DrainRequest.newBuilder().setLeaseId(SECRET + "x").build()))
        .hasMessage(
            "NOT_FOUND: lease_id: holds no such instance (expected: a registered one);"
                + " register again");
  }

  @Test
  void keepAlive_answersEachBeatAndEndsWithAGoodbye() throws Exception {
    stub.register(RunningServer.request("a", "x").setLeaseId(SECRET).build());
    var answers = new LinkedBlockingQueue<Object>();
    var beats =
        RegistryServiceGrpc.newStub(server.channel())
            .keepAlive(
                new StreamObserver<>() {
                  @Override
                  public void onNext(KeepAliveResponse answer) {
                    answers.add(answer);
                  }

                  @Override
                  public void onError(Throwable end) {
                    answers.add(end);
                  }

                  @Override
                  public void onCompleted() {
                    answers.add("completed");
                  }
                });
    beats.onNext(KeepAliveRequest.newBuilder().addLeaseIds(SECRET).addLeaseIds("gone").build());
    KeepAliveResponse first = (KeepAliveResponse) answers.poll(10, TimeUnit.SECONDS);
    assertThat(first.getNextIn().getSeconds()).isBetween(2L, 3L);
    assertThat(first.getUnknownLeaseIdsList()).containsExactly("gone");
    assertThat(first.getEpoch()).isNotEmpty();
    beats.onNext(KeepAliveRequest.getDefaultInstance());
    assertThat(answers.poll(10, TimeUnit.SECONDS)).isInstanceOf(KeepAliveResponse.class);
    beats.onCompleted();
    assertThat(answers.poll(10, TimeUnit.SECONDS)).isEqualTo("completed");
    assertThat(stub.get(GetRequest.newBuilder().setService("a").build()).getInstancesCount())
        .isOne();
  }
}
