// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import static dev.rollcall.examples.ollama.ProxyFixture.CHAT;
import static dev.rollcall.examples.ollama.ProxyFixture.fixture;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What an Ollama answers is what the caller gets, to the byte, and it stops when nobody listens.
 */
final class PassThroughTest {
  private static final String NDJSON = "application/x-ndjson";

  private ProxyFixture proxy;

  @BeforeEach
  void open() throws IOException {
    proxy = new ProxyFixture();
  }

  @AfterEach
  void close() throws Exception {
    proxy.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"chat-stream.ndjson", "chat-error-midway.ndjson"})
  void streamed_isIdentical_howeverItIsCut(String name) throws Exception {
    byte[] body = fixture(name);
    ScriptedOllama ollama = proxy.ollama("a", "llama3.2", "", wire -> {});
    for (int seed = 0; seed < 25; seed++) {
      Random random = new Random(seed);
      ollama.then(
          wire -> {
            wire.begin(NDJSON);
            wire.cutAnywhere(body, random);
          });
      HttpResponse<byte[]> answer = proxy.send("/api/chat", CHAT);
      assertThat(answer.body()).as("seed " + seed).isEqualTo(body);
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("content-type")).hasValue(NDJSON);
      assertThat(answer.headers().firstValue("X-Rollcall-Instance")).hasValue("a");
      assertThat(answer.headers().firstValue("X-Rollcall-Route")).hasValue("pulled");
    }
    assertThat(ollama.asked).containsOnly(CHAT);
    assertThat(ollama.heads.get(0)).startsWith("POST /api/chat HTTP/1.1").doesNotContain("Upgrade");
  }

  @Test
  void whole_isIdentical_withItsLength() throws Exception {
    String body = new String(fixture("chat-whole.json"), StandardCharsets.UTF_8);
    ScriptedOllama ollama = proxy.ollama("a", "", "llama3.2", wire -> wire.whole(200, body));
    String asked = CHAT.replace("{\"model\"", "{\"stream\":false,\"model\"");
    HttpResponse<byte[]> answer = proxy.send("/api/chat", asked);
    assertThat(answer.body()).isEqualTo(fixture("chat-whole.json"));
    assertThat(answer.headers().firstValueAsLong("content-length")).hasValue(body.length());
    assertThat(answer.headers().firstValue("X-Rollcall-Route")).hasValue("loaded");
    assertThat(ollama.asked).containsExactly(asked);
  }

  @Test
  void eventsOfOpenAisApi_areIdentical() throws Exception {
    byte[] body = fixture("v1-chat.sse");
    proxy.ollama(
        "a",
        "llama3.2",
        "",
        wire -> {
          wire.begin("text/event-stream");
          wire.cutAnywhere(body, new Random(1));
        });
    HttpResponse<byte[]> answer = proxy.send("/v1/chat/completions?x=1", CHAT);
    assertThat(answer.body()).isEqualTo(body);
    assertThat(answer.headers().firstValue("content-type")).hasValue("text/event-stream");
  }

  @Test
  void streamed_comesAsItIsMade_notWhenItIsDone() throws Exception {
    byte[] body = fixture("chat-stream.ndjson");
    CountDownLatch read = new CountDownLatch(1);
    proxy.ollama(
        "a",
        "llama3.2",
        "",
        wire -> {
          wire.begin(NDJSON);
          wire.chunk(Arrays.copyOf(body, 10));
          read.await();
          wire.chunk(Arrays.copyOfRange(body, 10, body.length));
          wire.end();
        });
    var answer = proxy.http.send(proxy.post("/api/chat", CHAT), BodyHandlers.ofInputStream());
    try (InputStream in = answer.body()) {
      assertThat(in.readNBytes(10)).isEqualTo(Arrays.copyOf(body, 10));
      read.countDown();
      assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(body, 10, body.length));
    }
  }

  @Test
  void answerThatIsCutOff_isNotMadeWhole_andNotAskedForElsewhere() throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    ScriptedOllama.Script half =
        wire -> {
          wire.begin(NDJSON);
          wire.chunk("{\"half".getBytes(StandardCharsets.UTF_8));
          // a reset would take with it what was not read yet
          read.await();
          wire.raw("5\r\nab");
          wire.cut();
        };
    ScriptedOllama a = proxy.ollama("a", "llama3.2", "llama3.2", half);
    ScriptedOllama b = proxy.ollama("b", "llama3.2", "", half);
    var answer = proxy.http.send(proxy.post("/api/chat", CHAT), BodyHandlers.ofInputStream());
    try (InputStream in = answer.body()) {
      assertThat(in.read()).isEqualTo('{');
      read.countDown();
      assertThatThrownBy(in::readAllBytes).isInstanceOf(IOException.class);
    }
    assertThat(a.asked).hasSize(1);
    assertThat(b.asked).isEmpty();
  }

  @Test
  void callerLeavesBeforeTheFirstByte_ollamaStops() throws Exception {
    ScriptedOllama ollama = proxy.ollama("a", "llama3.2", "", ScriptedOllama.Wire::hang);
    var asking = proxy.http.sendAsync(proxy.post("/api/chat", CHAT), BodyHandlers.ofByteArray());
    org.awaitility.Awaitility.await()
        .atMost(ProxyFixture.SOON)
        .until(() -> !ollama.asked.isEmpty());
    asking.cancel(true);
    assertThat(ollama.left.await(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void callerLeavesInTheMiddle_ollamaStops() throws Exception {
    ScriptedOllama ollama =
        proxy.ollama(
            "a",
            "llama3.2",
            "",
            wire -> {
              wire.begin(NDJSON);
              wire.chunk("{\"one\":1}\n".getBytes(StandardCharsets.UTF_8));
              wire.hang();
            });
    var answer = proxy.http.send(proxy.post("/api/chat", CHAT), BodyHandlers.ofInputStream());
    assertThat(answer.body().read()).isEqualTo('{');
    answer.body().close();
    assertThat(ollama.left.await(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void silenceInTheMiddle_breaksTheAnswerOff() throws Exception {
    proxy.close();
    proxy = new ProxyFixture(Duration.ofMillis(300), 10);
    ScriptedOllama ollama =
        proxy.ollama(
            "a",
            "llama3.2",
            "",
            wire -> {
              wire.begin(NDJSON);
              wire.chunk("{\"one\":1}\n".getBytes(StandardCharsets.UTF_8));
              wire.hang();
            });
    assertThatThrownBy(() -> proxy.send("/api/chat", CHAT)).isInstanceOf(IOException.class);
    assertThat(ollama.left.await(5, TimeUnit.SECONDS)).isTrue();
  }
}
