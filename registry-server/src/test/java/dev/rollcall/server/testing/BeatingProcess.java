// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import com.google.protobuf.Duration;
import dev.rollcall.registry.v1.HealthCheck;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.KeepAliveRequest;
import dev.rollcall.registry.v1.KeepAliveResponse;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.TcpCheck;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A program in a process of its own, to be stopped and killed: listens, registers, and beats on a
 * stream as the registry asks for it. Arguments: the registry's port, its ID, and any of "checked"
 * for TCP health checks, "ttl=SECONDS", and "SERVICE=COUNT" for so many instances of a service,
 * each with a port of its own. Without a service it is the one instance ID of service killed-ID.
 */
public final class BeatingProcess {
  private final Client client;
  private final String secret;
  private final List<RegisterRequest> instances = new ArrayList<>();

  private BeatingProcess(int registryPort, String id) {
    client = new Client(registryPort);
    secret = "the-secret-of-instance-" + id;
  }

  /** Runs until it is killed. */
  public static void main(String[] args) throws IOException, InterruptedException {
    String id = args[1];
    BeatingProcess process = new BeatingProcess(Integer.parseInt(args[0]), id);
    List<String> more = List.of(args).subList(2, args.length);
    boolean checked = more.contains("checked");
    int ttl = 10;
    for (String word : more) {
      String[] pair = word.split("=", 2);
      if (pair[0].equals("ttl")) {
        ttl = Integer.parseInt(pair[1]);
      } else if (pair.length == 2) {
        for (int i = 0; i < Integer.parseInt(pair[1]); i++) {
          process.listen(pair[0], id + "-" + i, ttl, checked);
        }
      }
    }
    if (process.instances.isEmpty()) {
      process.listen("killed-" + id, id, ttl, checked);
    }
    process.beat();
  }

  private void listen(String service, String id, int ttl, boolean checked) throws IOException {
    ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread accepting = new Thread(() -> accept(listener));
    // a process that cannot register ends
    accepting.setDaemon(true);
    accepting.start();
    RegisterRequest.Builder request = RunningServer.request(service, id).setLeaseId(secret);
    Instance.Builder instance = request.getInstanceBuilder();
    instance.setAddress("127.0.0.1:" + listener.getLocalPort());
    instance.setLeaseTtl(Duration.newBuilder().setSeconds(ttl));
    if (checked) {
      instance.setHealthCheck(HealthCheck.newBuilder().setTcp(TcpCheck.getDefaultInstance()));
    }
    instances.add(request.build());
  }

  private static void accept(ServerSocket listener) {
    try {
      while (true) {
        listener.accept().close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void beat() throws InterruptedException {
    register();
    BlockingQueue<KeepAliveResponse> answers = new LinkedBlockingQueue<>();
    StreamObserver<KeepAliveRequest> beats = client.streams().keepAlive(new Answers(answers));
    beats.onNext(KeepAliveRequest.newBuilder().addLeaseIds(secret).build());
    KeepAliveResponse answer = answers.take();
    System.out.println("beating");
    while (true) {
      if (answer.getUnknownLeaseIdsCount() > 0) {
        System.out.println("unknown");
        register();
      }
      Duration nextIn = answer.getNextIn();
      TimeUnit.NANOSECONDS.sleep(nextIn.getSeconds() * 1_000_000_000L + nextIn.getNanos());
      beats.onNext(KeepAliveRequest.getDefaultInstance());
      answer = answers.take();
    }
  }

  private void register() {
    instances.forEach(instance -> client.calls().register(instance));
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

  /** Sends one a signal by name. */
  public static void signal(Process process, String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
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
