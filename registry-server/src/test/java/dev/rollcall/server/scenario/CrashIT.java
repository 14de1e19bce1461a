// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.GetStatusResponse;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.History;
import dev.rollcall.server.testing.RunningServer;
import dev.rollcall.server.testing.ServerProcess;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server dies at random moments while clients write. */
final class CrashIT {
  private static final int ROUNDS = 20;
  private static final int WRITERS = 8;
  private static final int IDS_OF_A_WRITER = 5;

  @TempDir Path data;

  private final History history = new History();

  @Test
  void killedUnderWriteLoad_losesNothingThatItAcknowledged() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String epoch = "";
    for (int round = 0; round <= ROUNDS; round++) {
      try (ServerProcess server = ServerProcess.start(data);
          Client client = new Client(server.grpcPort())) {
        GetStatusResponse status = client.calls().getStatus(GetStatusRequest.getDefaultInstance());
        if (round > 0) {
          assertThat(status.getEpoch()).as("seed %d, round %d", seed, round).isEqualTo(epoch);
          history.checkKept(listed(client));
          history.checkRevisions(status.getRevision());
        }
        write(server, random);
        epoch = client.calls().getStatus(GetStatusRequest.getDefaultInstance()).getEpoch();
        writeUntilKilled(server, random);
      }
    }
    assertThat(history.size()).isGreaterThan(ROUNDS * WRITERS);
  }

  private void write(ServerProcess server, Random random) {
    try (Client client = new Client(server.grpcPort())) {
      history.acknowledged(client.calls().register(request(0, random)));
    }
  }

  /** Writes from many clients until the server is killed in the middle of it. */
  private void writeUntilKilled(ServerProcess server, Random random) throws InterruptedException {
    ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
    AtomicBoolean killed = new AtomicBoolean();
    CountDownLatch untilTheKill = new CountDownLatch(WRITERS + random.nextInt(400));
    for (int writer = 0; writer < WRITERS; writer++) {
      int number = writer;
      Random own = new Random(random.nextLong());
      writers.execute(() -> writeOn(server, number, own, killed, untilTheKill));
    }
    assertThat(untilTheKill.await(20, TimeUnit.SECONDS)).isTrue();
    server.kill();
    killed.set(true);
    writers.shutdown();
    assertThat(writers.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
  }

  private void writeOn(
      ServerProcess server,
      int writer,
      Random random,
      AtomicBoolean killed,
      CountDownLatch untilTheKill) {
    try (Client client = new Client(server.grpcPort())) {
      while (!killed.get()) {
        history.acknowledged(client.calls().register(request(writer, random)));
        untilTheKill.countDown();
      }
    } catch (StatusRuntimeException e) {
      // the kill: what became of this write is unknown, and nothing is claimed about it
      untilTheKill.countDown();
    }
  }

  /** Each writer has ids of its own, so the newest acknowledged state of each is known. */
  private static RegisterRequest request(int writer, Random random) {
    String id = "i" + writer + "-" + random.nextInt(IDS_OF_A_WRITER);
    RegisterRequest.Builder request = RunningServer.request("s", id);
    request.setLeaseId("the-secret-of-writer-number-" + writer);
    request.getInstanceBuilder().putMetadata("n", Long.toString(random.nextLong()));
    return request.build();
  }

  private static List<Instance> listed(Client client) {
    return client.calls().get(GetRequest.newBuilder().setService("s").build()).getInstancesList();
  }
}
