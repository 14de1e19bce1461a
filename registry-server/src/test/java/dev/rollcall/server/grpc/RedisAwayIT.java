// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.GetResponse;
import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.GetStatusResponse;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.server.store.redis.RedisAddress;
import dev.rollcall.server.store.redis.RedisSettings;
import dev.rollcall.server.testing.RedisServer;
import dev.rollcall.server.testing.RunningServer;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What a server says of itself while its Redis is away, and afterwards. */
@Execution(ExecutionMode.CONCURRENT)
final class RedisAwayIT {
  private static final Duration SOON = Duration.ofSeconds(25);

  private static final List<String> WITHOUT_THE_SHOP =
      List.of(
          "namespace shop cannot be read: its revision is \"garbage\"",
          "1 record of namespace default cannot be read and is left out");

  @TempDir Path directory;
  private final HttpClient http = HttpClient.newHttpClient();

  private RunningServer open(RedisServer redis) throws IOException {
    return new RunningServer(
        directory,
        new RedisSettings(RedisAddress.parse(redis.url()), "", 0, 100_000, Duration.ofDays(7)));
  }

  private HttpResponse<String> readyz(RunningServer server, String query)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + server.httpPort() + "/readyz" + query);
    return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void redisIsAway_isSaidWithSinceWhen_andNoMoreWhenItIsBackThoughNobodyWrites() throws Exception {
    try (RedisServer redis = RedisServer.start(directory, "--appendonly", "yes");
        RunningServer server = open(redis)) {
      server.stub().register(RunningServer.request("hello", "a").build());
      assertThat(readyz(server, "").body()).isEqualTo("ok\n");
      redis.kill();
      assertThatThrownBy(() -> server.stub().register(RunningServer.request("hello", "b").build()))
          .isInstanceOf(StatusRuntimeException.class);
      HttpResponse<String> away = readyz(server, "");
      assertThat(away.statusCode()).isEqualTo(503);
      assertThat(away.body())
          .matches("the store is away since \\S+Z \\(\\d+ s\\); reads and watches go on\n");
      assertThat(readyz(server, "?exclude=store").body()).isEqualTo("ok\n");
      assertThat(status(server).getStoreUp()).isFalse();
      assertThat(status(server).getProblemsList())
          .singleElement()
          .asString()
          .matches("the store is away since \\S+Z \\(\\d+ s\\); reads and watches go on");
      assertThat(get(server, "").getInstancesList()).hasSize(1);
      redis.start();
      await().atMost(SOON).until(() -> readyz(server, "").statusCode() == 200);
      assertThat(status(server).getStoreUp()).isTrue();
      assertThat(status(server).getProblemsList()).isEmpty();
    }
  }

  @Test
  void namespaceThatMakesNoSense_isLeftOut_saidSo_andTheOthersAreServed() throws Exception {
    try (RedisServer redis = RedisServer.start(directory)) {
      try (RunningServer server = open(redis)) {
        server.stub().register(RunningServer.request("hello", "a").build());
        server.stub().register(inShop("b"));
      }
      try (var client = redis.client()) {
        String meta = client.keys("rollcall:*:shop:meta").iterator().next();
        String records = client.keys("rollcall:*:default:inst").iterator().next();
        client.hset(meta, "revision", "garbage");
        client.hset(records, "hello/c", "garbage");
        try (RunningServer server = open(redis)) {
          checkWithoutTheShop(server);
          client.hset(meta, "revision", "1");
          await().atMost(SOON).until(() -> get(server, "shop").getInstancesCount() == 1);
          server.stub().register(RunningServer.request("hello", "c").build());
          await().atMost(SOON).until(() -> readyz(server, "").body().equals("ok\n"));
          assertThat(status(server).getProblemsList()).isEmpty();
        }
      }
    }
  }

  private void checkWithoutTheShop(RunningServer server) throws Exception {
    assertThat(get(server, "").getInstancesList()).hasSize(1);
    // nothing is known of it, which is not the same as that there is nothing
    await().atMost(SOON).until(() -> get(server, "shop").getRecovering());
    assertThatThrownBy(() -> server.stub().register(inShop("c")))
        .hasMessageContaining("cannot be read");
    HttpResponse<String> answer = readyz(server, "");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("ok\n" + String.join("\n", WITHOUT_THE_SHOP) + "\n");
    assertThat(status(server).getProblemsList()).isEqualTo(WITHOUT_THE_SHOP);
  }

  private static GetStatusResponse status(RunningServer server) {
    return server.stub().getStatus(GetStatusRequest.getDefaultInstance());
  }

  private static RegisterRequest inShop(String id) {
    return RunningServer.request("hello", id).setNamespace("shop").build();
  }

  private static GetResponse get(RunningServer server, String namespace) {
    return server
        .stub()
        .get(GetRequest.newBuilder().setNamespace(namespace).setService("hello").build());
  }
}
