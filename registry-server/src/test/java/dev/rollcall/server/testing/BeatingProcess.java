// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import dev.rollcall.registry.v1.HealthCheck;
import dev.rollcall.registry.v1.KeepAliveRequest;
import dev.rollcall.registry.v1.KeepAliveResponse;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.TcpCheck;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A service in a process of its own, to be killed: listens on a port, registers, beats on a stream.
 * Registers as service killed-ID. Arguments: the registry's port, the ID, and "checked" for a TCP
 * health check.
 */
public final class BeatingProcess {
  private BeatingProcess() {}

  /** Runs until it is killed. */
  public static void main(String[] args) throws IOException, InterruptedException {
    ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    String secret = "the-secret-of-instance-" + args[1];
    Client client = new Client(Integer.parseInt(args[0]));
    RegisterRequest.Builder request =
        RunningServer.request("killed-" + args[1], args[1]).setLeaseId(secret);
    request.getInstanceBuilder().setAddress("127.0.0.1:" + listener.getLocalPort());
    if (args.length > 2) {
      request
          .getInstanceBuilder()
          .setHealthCheck(HealthCheck.newBuilder().setTcp(TcpCheck.getDefaultInstance()));
    }
    client.calls().register(request.build());
    BlockingQueue<KeepAliveResponse> answers = new LinkedBlockingQueue<>();
    StreamObserver<KeepAliveRequest> beats = client.streams().keepAlive(new Answers(answers));
    beats.onNext(KeepAliveRequest.newBuilder().addLeaseIds(secret).build());
    answers.take();
    System.out.println("beating");
    while (true) {
      listener.accept().close();
    }
  }

  /** Starts one and waits until it beats. */
  public static Process start(int registryPort, String... idAndMore) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xmx64m"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(BeatingProcess.class.getName());
    command.add(Integer.toString(registryPort));
    command.addAll(List.of(idAndMore));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    if (!"beating".equals(process.inputReader().readLine())) {
      process.destroyForcibly();
      throw new IOException("the service did not start");
    }
    return process;
  }

  private record Answers(BlockingQueue<KeepAliveResponse> queue)
      implements StreamObserver<KeepAliveResponse> {
    @Override
    public void onNext(KeepAliveResponse answer) {
      queue.add(answer);
    }

    @Override
    public void onError(Throwable end) {}

    @Override
    public void onCompleted() {}
  }
}
