// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import dev.rollcall.examples.web.Program;
import dev.rollcall.sdk.HealthCheck;
import dev.rollcall.sdk.Registration;
import dev.rollcall.sdk.Rollcall;
import dev.rollcall.sdk.ServiceWatch;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The proxy with its ports open: HTTP for Ollama's clients, gRPC for messages by name. */
final class OllamaProxy implements AutoCloseable {
  private final Upstream upstream;
  private final Places places;
  private final OllamaAgent agent;
  private final Front front;
  private final HealthStatusManager health = new HealthStatusManager();
  private final Server grpc;

  /** Null until it is open. Guarded by this. */
  private @Nullable ServiceWatch watch;

  /**
   * How it is set up.
   *
   * @param hosts Ollamas to list in the registry
   * @param model of messages by name; empty: any
   * @param parallel questions that an Ollama answers at a time of one model
   * @param queue questions that may wait
   * @param patience of those that wait
   * @param firstByte that an Ollama may take to begin
   * @param silence within an answer
   */
  record Settings(
      String listen,
      int httpPort,
      int grpcPort,
      List<String> hosts,
      String model,
      int parallel,
      int queue,
      Duration patience,
      Duration firstByte,
      Duration silence) {}

  OllamaProxy(Settings settings, Rollcall rollcall) throws IOException {
    upstream = new Upstream(settings.firstByte(), settings.silence());
    places = new Places(settings.parallel(), settings.queue(), settings.patience());
    agent = new OllamaAgent(rollcall, upstream.http());
    var dispatch = new Dispatch(places, upstream);
    var questions = new Questions(dispatch, settings.model());
    var router = new Router(dispatch, new Merged(upstream.http()), questions);
    front =
        Program.listen(
            "http-port",
            settings.httpPort(),
            () -> Front.open(settings.listen(), settings.httpPort(), router));
    Server described =
        ServerBuilder.forPort(settings.grpcPort())
            .addService(questions)
            .addService(health.getHealthService())
            .addService(ProtoReflectionServiceV1.newInstance())
            .build();
    grpc = Program.listen("grpc-port", settings.grpcPort(), described::start);
    health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.NOT_SERVING);
    ServiceWatch opened = rollcall.watch("ollama", event -> changed());
    synchronized (this) {
      watch = opened;
      changed();
    }
    agent.follow(settings.hosts());
  }

  /** Whoever listed them: only what the watch shows is used. */
  private synchronized void changed() {
    ServiceWatch now = watch;
    List<Backend> backends = now == null ? List.of() : Backend.of(now.instances());
    places.show(backends);
    health.setStatus(
        HealthStatusManager.SERVICE_NAME_ALL_SERVICES,
        backends.isEmpty() ? ServingStatus.NOT_SERVING : ServingStatus.SERVING);
  }

  /** Lists the proxy itself; it may be called while there is an Ollama behind it. */
  Registration register(Rollcall rollcall) {
    return rollcall
        .register("ollama-proxy", grpc)
        .endpoint("http", front.port())
        .health(health)
        .healthCheck(HealthCheck.grpc().every(Duration.ofSeconds(1)))
        .requires("ollama")
        .start();
  }

  int httpPort() {
    return front.port();
  }

  int grpcPort() {
    return grpc.getPort();
  }

  List<Backend> backends() {
    return places.backends();
  }

  /** How many questions wait for a place. */
  int waiting() {
    return places.waiting();
  }

  @Override
  public void close() {
    ServiceWatch open;
    synchronized (this) {
      open = watch;
    }
    if (open != null) {
      open.close();
    }
    agent.close();
    front.close();
    grpc.shutdown();
    upstream.close();
  }
}
