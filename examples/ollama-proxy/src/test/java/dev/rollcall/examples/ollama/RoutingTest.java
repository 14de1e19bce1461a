// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import static dev.rollcall.examples.ollama.ProxyFixture.CHAT;
import static dev.rollcall.examples.ollama.ProxyFixture.SOON;
import static dev.rollcall.examples.ollama.ProxyFixture.fixture;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.sdk.Registration;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which Ollama answers, and what is said when none does. */
final class RoutingTest {
  private static final ScriptedOllama.Script FINE = wire -> wire.whole(200, "{\"done\":true}");

  private ProxyFixture proxy;

  @BeforeEach
  void open() throws IOException {
    proxy = new ProxyFixture();
  }

  @AfterEach
  void close() throws Exception {
    proxy.close();
  }

  private String answeredBy(String model) throws Exception {
    HttpResponse<byte[]> answer = proxy.send("/api/chat", CHAT.replace("llama3.2", model));
    assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
    return answer.headers().firstValue("X-Rollcall-Instance").orElse("");
  }

  private static String text(HttpResponse<byte[]> answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }

  private static String route(HttpResponse<byte[]> answer) {
    return answer.headers().firstValue("X-Rollcall-Route").orElse("");
  }

  @Test
  void model_onOneOfThreeOnly_isFoundThere() throws Exception {
    proxy.ollama("a", "phi3", "phi3", FINE);
    proxy.ollama("b", "phi3, llama3.2:latest", "", FINE);
    proxy.ollama("c", "qwen3:4b", "", FINE);
    for (int i = 0; i < 5; i++) {
      assertThat(answeredBy("llama3.2")).isEqualTo("b");
      assertThat(answeredBy("registry.ollama.ai/library/LLaMa3.2:latest")).isEqualTo("b");
      assertThat(answeredBy("qwen3:4b")).isEqualTo("c");
    }
  }

  @Test
  void model_loadedSomewhere_isPreferred_alsoWhenThatMoves() throws Exception {
    ScriptedOllama a = new ScriptedOllama(FINE);
    proxy.keep(a);
    Registration first = proxy.list("a", a.address(), "llama3.2", "");
    proxy.ollama("b", "llama3.2", "llama3.2", FINE);
    for (int i = 0; i < 5; i++) {
      assertThat(answeredBy("llama3.2")).isEqualTo("b");
    }
    first.metadata(Map.of("models", "llama3.2,phi3", "loaded", "phi3"));
    await()
        .atMost(SOON)
        .until(() -> proxy.send("/api/chat", CHAT.replace("llama3.2", "phi3")).statusCode() == 200);
    assertThat(answeredBy("phi3")).isEqualTo("a");
  }

  @Test
  void model_thatNobodyHas_is404_inOllamasWords() throws Exception {
    proxy.ollama("a", "phi3", "", FINE);
    HttpResponse<byte[]> answer = proxy.send("/api/chat", CHAT);
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(text(answer)).isEqualTo("{\"error\":\"model 'llama3.2' not found\"}");
    HttpResponse<byte[]> openAi = proxy.send("/v1/chat/completions", CHAT);
    assertThat(openAi.statusCode()).isEqualTo(404);
    assertThat(text(openAi))
        .isEqualTo(
            "{\"error\":{\"message\":\"model 'llama3.2' not found\",\"type\":\"not_found_error\","
                + "\"param\":null,\"code\":null}}");
  }

  @Test
  void request_withoutAModel_orWithoutJson_is400() throws Exception {
    assertThat(text(proxy.send("/api/chat", "{}"))).isEqualTo("{\"error\":\"model is required\"}");
    assertThat(proxy.send("/api/chat", "{\"model\":").statusCode()).isEqualTo(400);
    assertThat(proxy.send("/api/blobs/sha256:1", "x").statusCode()).isEqualTo(501);
    assertThat(proxy.get("/nothing").statusCode()).isEqualTo(404);
  }

  @Test
  void busyOllama_anotherIsAsked_andAtLastItsWordsPass() throws Exception {
    String busy = new String(fixture("busy.json"), StandardCharsets.UTF_8);
    proxy.ollama("a", "llama3.2", "llama3.2", wire -> wire.whole(503, busy));
    HttpResponse<byte[]> alone = proxy.send("/api/chat", CHAT);
    assertThat(alone.statusCode()).isEqualTo(503);
    assertThat(alone.body()).isEqualTo(fixture("busy.json"));
    assertThat(alone.headers().firstValue("retry-after")).isPresent();
    proxy.ollama("b", "llama3.2", "", FINE);
    assertThat(answeredBy("llama3.2")).isEqualTo("b");
  }

  @Test
  void modelThatWasRemoved_anotherIsAsked_andAtLastThe404Passes() throws Exception {
    String gone = "{\"error\":\"model \\\"llama3.2\\\" not found, try pulling it first\"}";
    proxy.ollama("a", "llama3.2", "llama3.2", wire -> wire.whole(404, gone));
    HttpResponse<byte[]> alone = proxy.send("/api/chat", CHAT);
    assertThat(alone.statusCode()).isEqualTo(404);
    assertThat(text(alone)).isEqualTo(gone);
    proxy.ollama("b", "llama3.2", "", FINE);
    assertThat(answeredBy("llama3.2")).isEqualTo("b");
  }

  @Test
  void deadOllama_anotherAnswers() throws Exception {
    proxy.ollama("a", "llama3.2", "llama3.2", FINE).close();
    HttpResponse<byte[]> alone = proxy.send("/api/chat", CHAT);
    assertThat(alone.statusCode()).isEqualTo(502);
    assertThat(text(alone)).isEqualTo("{\"error\":\"a did not answer: connection refused\"}");
    proxy.ollama("b", "llama3.2", "", FINE);
    for (int i = 0; i < 5; i++) {
      assertThat(answeredBy("llama3.2")).isEqualTo("b");
    }
  }

  @Test
  void ollamaThatDiesBeforeTheFirstByte_anotherAnswers() throws Exception {
    ScriptedOllama a =
        proxy.ollama(
            "a",
            "llama3.2",
            "llama3.2",
            wire -> {
              wire.begin("application/x-ndjson");
              wire.cut();
            });
    proxy.ollama("b", "llama3.2", "", FINE);
    assertThat(answeredBy("llama3.2")).isEqualTo("b");
    assertThat(a.asked).hasSize(1);
  }

  @Test
  void hangingBeforeTheFirstByte_isLeft_andAnotherAnswers() throws Exception {
    proxy.close();
    proxy = new ProxyFixture(Duration.ofMillis(300), 10);
    ScriptedOllama silent = proxy.ollama("a", "llama3.2", "llama3.2", ScriptedOllama.Wire::hang);
    proxy.ollama("b", "llama3.2", "", FINE);
    assertThat(answeredBy("llama3.2")).isEqualTo("b");
    assertThat(silent.left.await(5, TimeUnit.SECONDS)).isTrue();
    silent.then(
        wire -> {
          wire.begin("application/x-ndjson");
          wire.hang();
        });
    assertThat(answeredBy("llama3.2")).isEqualTo("b");
  }

  @Test
  void queue_isFirstComeFirstServed_hasAnEnd_andSaysWhenToTryAgain() throws Exception {
    proxy.close();
    proxy = new ProxyFixture(Duration.ofSeconds(20), 1);
    CountDownLatch thinking = new CountDownLatch(1);
    ScriptedOllama ollama =
        proxy.ollama(
            "a",
            "llama3.2",
            "llama3.2",
            wire -> {
              thinking.await();
              wire.whole(200, "{\"done\":true}");
            });
    var first = proxy.http.sendAsync(proxy.post("/api/chat", CHAT), BodyHandlers.ofByteArray());
    await().atMost(SOON).until(() -> ollama.asked.size() == 1);
    var second = proxy.http.sendAsync(proxy.post("/api/chat", CHAT), BodyHandlers.ofByteArray());
    await().atMost(SOON).until(() -> proxy.proxy.waiting() == 1);
    HttpResponse<byte[]> third = proxy.send("/api/chat", CHAT);
    assertThat(third.statusCode()).isEqualTo(503);
    assertThat(third.headers().firstValue("Retry-After")).hasValue("1");
    assertThat(third.body()).isEqualTo(fixture("busy.json"));
    // what needs no thinking does not wait
    assertThat(proxy.get("/").statusCode()).isEqualTo(200);
    thinking.countDown();
    assertThat(route(first.get(5, TimeUnit.SECONDS))).isEqualTo("loaded");
    assertThat(route(second.get(5, TimeUnit.SECONDS))).matches("loaded; queued=[0-9]+ms");
  }

  @Test
  void queue_callerLeaves_givesItsPlaceUp() throws Exception {
    CountDownLatch thinking = new CountDownLatch(1);
    ScriptedOllama ollama =
        proxy.ollama(
            "a",
            "llama3.2",
            "",
            wire -> {
              thinking.await();
              wire.whole(200, "{}");
            });
    var first = proxy.http.sendAsync(proxy.post("/api/chat", CHAT), BodyHandlers.ofByteArray());
    await().atMost(SOON).until(() -> ollama.asked.size() == 1);
    var second = proxy.http.sendAsync(proxy.post("/api/chat", CHAT), BodyHandlers.ofByteArray());
    await().atMost(SOON).until(() -> proxy.proxy.waiting() == 1);
    second.cancel(true);
    await().atMost(SOON).until(() -> proxy.proxy.waiting() == 0);
    thinking.countDown();
    assertThat(first.get(5, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    assertThat(ollama.asked).hasSize(1);
  }

  @Test
  void lists_areThoseOfAllTogether() throws Exception {
    assertThat(proxy.get("/").statusCode()).isEqualTo(503);
    assertThat(proxy.get("/api/tags").body()).isEqualTo("{\"models\":[]}");
    ScriptedOllama a = proxy.ollama("a", "x", "", FINE);
    a.gets.put(
        "/api/tags", "{\"models\":[{\"name\":\"x\",\"size\":1.50, \"new\":[ ]},{\"name\":\"y\"}]}");
    a.gets.put("/api/ps", "{\"models\":[{\"name\":\"x\"}]}");
    a.gets.put("/api/version", "{\"version\":\"0.12.3\"}");
    a.gets.put("/v1/models", "{\"object\":\"list\",\"data\":[{\"id\":\"x\"}]}");
    ScriptedOllama b = proxy.ollama("b", "x", "", FINE);
    b.gets.put("/api/tags", "{\"models\":[{\"name\":\"x\"},{\"name\":\"z\"}]}");
    b.gets.put("/api/ps", "{\"models\":[{\"name\":\"x\"}]}");
    b.gets.put("/api/version", "{\"version\":\"0.9.10\"}");
    b.gets.put("/v1/models", "{\"object\":\"list\",\"data\":[{\"id\":\"z\"}]}");
    assertThat(proxy.get("/api/tags").body())
        .isEqualTo(
            "{\"models\":[{\"name\":\"x\",\"size\":1.50, \"new\":[ ]},{\"name\":\"y\"},{\"name\":\"z\"}]}");
    assertThat(proxy.get("/api/ps").body())
        .isEqualTo("{\"models\":[{\"name\":\"x\"},{\"name\":\"x\"}]}");
    assertThat(proxy.get("/api/version").body()).isEqualTo("{\"version\":\"0.9.10\"}");
    assertThat(proxy.get("/v1/models").body())
        .isEqualTo("{\"object\":\"list\",\"data\":[{\"id\":\"x\"},{\"id\":\"z\"}]}");
    assertThat(proxy.get("/").body()).isEqualTo("Ollama is running");
    var head = HttpRequest.newBuilder(proxy.at("/")).method("HEAD", BodyPublishers.noBody());
    HttpResponse<String> answer = proxy.http.send(head.build(), BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void receive_asksAModel_andGivesItsWords() throws Exception {
    byte[] body = fixture("chat-stream.ndjson");
    ScriptedOllama ollama =
        proxy.ollama(
            "a",
            "llama3.2",
            "",
            wire -> {
              wire.begin("application/x-ndjson");
              wire.cutAnywhere(body, new java.util.Random(3));
            });
    HttpResponse<byte[]> answer =
        proxy.send("/receive", "{\"from\":\"me\",\"message\":\"why \\\"blue\\\"?\"}");
    assertThat(text(answer)).isEqualTo("{\"message\":\"The sky \u2014 blau, 青い\"}");
    assertThat(JsonText.parse(ollama.asked.get(0).getBytes(StandardCharsets.UTF_8)).text("model"))
        .isEqualTo("llama3.2:latest");
    ollama.then(
        wire -> {
          wire.begin("application/x-ndjson");
          wire.cutAnywhere(fixture("chat-error-midway.ndjson"), new java.util.Random(3));
        });
    HttpResponse<byte[]> error = proxy.send("/receive", "{\"message\":\"why?\"}");
    assertThat(error.statusCode()).isEqualTo(500);
    assertThat(text(error)).contains("an error was encountered while running the model");
  }
}
