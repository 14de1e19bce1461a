// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import dev.rollcall.examples.ollama.Dispatch.Outcome;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Says what each path of Ollama's API means when there are many Ollamas. */
final class Router implements Front.Handler {
  /** Where a model has to think, so that a place is needed. */
  private static final Set<String> WORK =
      Set.of(
          "/api/chat",
          "/api/generate",
          "/api/embed",
          "/api/embeddings",
          "/v1/chat/completions",
          "/v1/completions",
          "/v1/embeddings",
          "/v1/responses",
          "/v1/messages");

  private static final String MODELS = "/v1/models";
  private static final Map<String, String> JSON = Map.of("Content-Type", Words.JSON);
  private static final Map<String, String> TEXT =
      Map.of("Content-Type", "text/plain; charset=utf-8");

  private final Dispatch dispatch;
  private final Merged merged;
  private final Questions questions;

  Router(Dispatch dispatch, Merged merged, Questions questions) {
    this.dispatch = dispatch;
    this.merged = merged;
    this.questions = questions;
  }

  @Override
  public void handle(Exchange exchange) throws IOException {
    String path = exchange.path();
    boolean read = exchange.method().equals("GET") || exchange.method().equals("HEAD");
    var backends = dispatch.places().backends();
    if (path.equals("/") && read) {
      root(exchange);
    } else if (path.equals("/api/tags") && read) {
      together(exchange, merged.tags(backends));
    } else if (path.equals("/api/ps") && read) {
      together(exchange, merged.ps(backends));
    } else if (path.equals("/api/version") && read) {
      together(exchange, merged.version(backends));
    } else if (path.equals(MODELS) && read) {
      together(exchange, merged.models(backends));
    } else if (path.equals("/receive") && exchange.method().equals("POST")) {
      questions.answer(exchange);
    } else if (path.startsWith("/api/blobs/")) {
      fail(exchange, 501, "a proxy keeps no blobs; send them to the Ollama that is to have them");
    } else if (path.startsWith("/api/") || path.startsWith("/v1/")) {
      byModel(exchange);
    } else {
      exchange.answer(404, "404 page not found", TEXT);
    }
  }

  private void root(Exchange exchange) throws IOException {
    if (dispatch.places().backends().isEmpty()) {
      exchange.answer(503, "no Ollama is registered as service ollama", TEXT);
    } else {
      exchange.answer(200, "Ollama is running", TEXT);
    }
  }

  private static void together(Exchange exchange, Optional<String> answer) throws IOException {
    if (answer.isPresent()) {
      exchange.answer(200, answer.get(), JSON);
    } else {
      fail(exchange, 502, "no Ollama answered");
    }
  }

  private static void fail(Exchange exchange, int status, String message) throws IOException {
    exchange.answer(status, Words.error(exchange.path(), status, message), JSON);
  }

  private void byModel(Exchange exchange) throws IOException {
    String model;
    try {
      model = model(exchange);
    } catch (IllegalArgumentException e) {
      fail(exchange, 400, String.valueOf(e.getMessage()));
      return;
    }
    if (model.isEmpty()) {
      fail(exchange, 400, "model is required");
      return;
    }
    var ask =
        new Upstream.Ask(exchange.method(), exchange.uri(), exchange.headers(), exchange.body());
    boolean work = WORK.contains(exchange.path()) && exchange.method().equals("POST");
    Outcome outcome = dispatch.ask(model, ask, work, exchange);
    if (outcome instanceof Outcome.Begun begun) {
      try (begun) {
        pass(begun, exchange);
      }
    } else if (outcome instanceof Outcome.Failed failed) {
      exchange.begin(failed.status(), failed.headers(), failed.body().length);
      exchange.write(failed.body(), failed.body().length);
      exchange.end();
    } else {
      exchange.abort();
    }
  }

  private static String model(Exchange exchange) {
    if (exchange.path().startsWith(MODELS + "/")) {
      return exchange.path().substring(MODELS.length() + 1);
    }
    if (exchange.body().length == 0) {
      return "";
    }
    JsonText body = JsonText.parse(exchange.body());
    for (String name : new String[] {"model", "name", "source"}) {
      if (!body.text(name).isEmpty()) {
        return body.text(name);
      }
    }
    return "";
  }

  /** Byte by byte, as they come. */
  private static void pass(Outcome.Begun begun, Exchange exchange) throws IOException {
    Upstream.Reply reply = begun.reply();
    exchange.begin(reply.status(), new TreeMap<>(begun.headers()), reply.length());
    byte[] buffer = reply.buffer();
    for (int count = reply.read(buffer); count >= 0; count = reply.read(buffer)) {
      exchange.write(buffer, count);
    }
    exchange.end();
  }
}
