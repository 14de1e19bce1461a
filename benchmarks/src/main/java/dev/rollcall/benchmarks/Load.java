// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.benchmarks;

import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.HeartbeatRequest;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceBlockingStub;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The same work on two servers, in turn, round by round; prints one JSON line for each kind of work
 * with the medians, their ratio, and the servers' CPU for each call.
 *
 * <p>Arguments: NAME:PORT:PID of the one server and of the other, seconds of a round, rounds, and
 * the kinds of work (none: all).
 */
public final class Load {
  private static final int CALLERS = 64;

  /**
   * Until then a JVM spends more on compiling than on calls, the more so the more there is to it.
   */
  private static final int WARM_UP_SECONDS = 30;

  private static final double TICKS_A_SECOND = 100.0;

  private Load() {}

  /** One server under load. */
  private record Target(String name, int port, long pid) {
    static Target of(String text) {
      String[] parts = text.split(":", -1);
      return new Target(parts[0], Integer.parseInt(parts[1]), Long.parseLong(parts[2]));
    }
  }

  /** One call of one caller; the number makes calls differ. */
  private interface Work {
    void call(RegistryServiceBlockingStub stub, int caller, int number);
  }

  /** What a round came to. */
  private record Round(double callsASecond, double cpuMicros) {}

  /** Runs all kinds of work. */
  public static void main(String[] args) throws IOException, InterruptedException {
    List<Target> targets = List.of(Target.of(args[0]), Target.of(args[1]));
    int seconds = Integer.parseInt(args[2]);
    int rounds = Integer.parseInt(args[3]);
    for (Target target : targets) {
      fill(target, "ten", 10);
      fill(target, "thousand", 1_000);
    }
    Map<String, Work> works = new LinkedHashMap<>();
    works.put("register", Load::register);
    works.put("heartbeat", Load::heartbeat);
    works.put("get-10", (stub, caller, number) -> get(stub, "ten"));
    works.put("get-1000", (stub, caller, number) -> get(stub, "thousand"));
    if (args.length > 4) {
      works.keySet().retainAll(Arrays.asList(args).subList(4, args.length));
    }
    for (Map.Entry<String, Work> work : works.entrySet()) {
      compare(work.getKey(), work.getValue(), targets, seconds, rounds);
    }
  }

  private static void compare(String name, Work work, List<Target> targets, int seconds, int rounds)
      throws IOException, InterruptedException {
    List<List<Round>> results = List.of(new ArrayList<>(), new ArrayList<>());
    for (Target target : targets) {
      var unused = run(target, work, Math.max(seconds, WARM_UP_SECONDS));
    }
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < targets.size(); i++) {
        results.get(i).add(run(targets.get(i), work, seconds));
      }
    }
    double one = median(results.get(0).stream().mapToDouble(Round::callsASecond).toArray());
    double other = median(results.get(1).stream().mapToDouble(Round::callsASecond).toArray());
    System.out.printf(
        Locale.ROOT,
        "{\"work\":\"%s\",\"callers\":%d,\"%s\":{\"calls_per_s\":%.0f,\"cpu_us\":%.1f},"
            + "\"%s\":{\"calls_per_s\":%.0f,\"cpu_us\":%.1f},\"ratio\":%.2f}%n",
        name,
        CALLERS,
        targets.get(0).name(),
        one,
        median(results.get(0).stream().mapToDouble(Round::cpuMicros).toArray()),
        targets.get(1).name(),
        other,
        median(results.get(1).stream().mapToDouble(Round::cpuMicros).toArray()),
        one / other);
  }

  private static Round run(Target target, Work work, int seconds)
      throws IOException, InterruptedException {
    ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    LongAdder calls = new LongAdder();
    double cpuBefore = cpuSeconds(target.pid());
    long start = System.nanoTime();
    long end = start + TimeUnit.SECONDS.toNanos(seconds);
    for (int caller = 0; caller < CALLERS; caller++) {
      int number = caller;
      callers.execute(() -> call(target, work, number, end, calls));
    }
    callers.shutdown();
    if (!callers.awaitTermination(seconds + 60L, TimeUnit.SECONDS)) {
      throw new IOException("callers hang");
    }
    double took = (System.nanoTime() - start) / 1e9;
    double cpu = cpuSeconds(target.pid()) - cpuBefore;
    return new Round(calls.sum() / took, cpu * 1e6 / calls.sum());
  }

  /** A connection for each caller, as in life. */
  private static void call(Target target, Work work, int caller, long end, LongAdder calls) {
    ManagedChannel channel = channel(target);
    try {
      RegistryServiceBlockingStub stub = RegistryServiceGrpc.newBlockingStub(channel);
      for (int number = 0; System.nanoTime() < end; number++) {
        work.call(stub, caller, number);
        calls.increment();
      }
    } finally {
      channel.shutdownNow();
    }
  }

  private static void register(RegistryServiceBlockingStub stub, int caller, int number) {
    var unused = stub.register(request("bench", "i" + caller, caller, "v" + number));
  }

  private static void heartbeat(RegistryServiceBlockingStub stub, int caller, int number) {
    var unused = stub.heartbeat(HeartbeatRequest.newBuilder().addLeaseIds(secret(caller)).build());
  }

  private static void get(RegistryServiceBlockingStub stub, String service) {
    var unused = stub.get(GetRequest.newBuilder().setService(service).build());
  }

  private static void fill(Target target, String service, int instances) {
    ManagedChannel channel = channel(target);
    RegistryServiceBlockingStub stub = RegistryServiceGrpc.newBlockingStub(channel);
    for (int i = 0; i < instances; i++) {
      var unused = stub.register(request(service, "i" + i, i, "1"));
    }
    channel.shutdownNow();
  }

  private static RegisterRequest request(String service, String id, int caller, String version) {
    Instance.Builder instance =
        Instance.newBuilder()
            .setService(service)
            .setId(id)
            .setAddress("127.0.0.1:50051")
            .setVersion(version)
            .putMetadata("team", "checkout");
    instance.getLeaseTtlBuilder().setSeconds(3_600);
    return RegisterRequest.newBuilder().setInstance(instance).setLeaseId(secret(caller)).build();
  }

  private static String secret(int caller) {
    return "the-secret-of-caller-number-" + caller;
  }

  private static ManagedChannel channel(Target target) {
    return Grpc.newChannelBuilder("127.0.0.1:" + target.port(), InsecureChannelCredentials.create())
        .build();
  }

  /** User and system time of a process, by Linux' accounting. */
  private static double cpuSeconds(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_A_SECOND;
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }
}
