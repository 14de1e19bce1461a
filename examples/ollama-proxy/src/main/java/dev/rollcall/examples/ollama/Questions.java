// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import dev.rollcall.examples.ollama.Dispatch.Outcome;
import dev.rollcall.sdk.Receiver;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Messages by name: each is a question to a model, its answer is the model's, word by word. */
final class Questions extends Receiver {
  private final Dispatch dispatch;
  private final String model;

  /**
   * With a model.
   *
   * @param model empty: one that is loaded, else one that is there
   */
  Questions(Dispatch dispatch, String model) {
    this.dispatch = dispatch;
    this.model = model;
  }

  @Override
  protected String receive(String from, String message) {
    StringBuilder answer = new StringBuilder();
    receive(from, message, answer::append);
    return answer.toString();
  }

  @Override
  protected void receive(String from, String message, Consumer<String> out) {
    Context context = Context.current();
    ask(
        message,
        out,
        new Gone() {
          @Override
          public boolean isGone() {
            return context.isCancelled();
          }

          @Override
          public void onGone(Runnable task) {
            context.addListener(now -> task.run(), Runnable::run);
          }
        });
  }

  /** The same over HTTP: {"from","message"} in, {"message"} out. */
  void answer(Exchange exchange) throws IOException {
    StringBuilder answer = new StringBuilder();
    try {
      String message = JsonText.parse(exchange.body()).text("message");
      ask(message, answer::append, exchange);
      exchange.answer(
          200,
          "{\"message\":" + JsonText.quoted(answer.toString()) + "}",
          Map.of("Content-Type", Words.JSON));
    } catch (IllegalArgumentException e) {
      refuse(exchange, 400, String.valueOf(e.getMessage()));
    } catch (StatusRuntimeException e) {
      refuse(exchange, http(e.getStatus()), String.valueOf(e.getStatus().getDescription()));
    }
  }

  private static void refuse(Exchange exchange, int status, String message) throws IOException {
    exchange.answer(
        status, Words.error(exchange.path(), status, message), Map.of("Content-Type", Words.JSON));
  }

  private void ask(String message, Consumer<String> out, Gone caller) {
    String chosen = model.isEmpty() ? anyModel() : model;
    String body =
        "{\"model\":%s,\"messages\":[{\"role\":\"user\",\"content\":%s}],\"stream\":true}"
            .formatted(JsonText.quoted(chosen), JsonText.quoted(message));
    var question =
        new Upstream.Ask(
            "POST",
            "/api/chat",
            List.of(Map.entry("Content-Type", "application/json")),
            body.getBytes(StandardCharsets.UTF_8));
    Outcome outcome = dispatch.ask(chosen, question, true, caller);
    if (outcome instanceof Outcome.Begun begun) {
      try (begun) {
        words(begun.reply(), out);
      } catch (IOException e) {
        throw caller.isGone()
            ? Status.CANCELLED.asRuntimeException()
            : Status.ABORTED
                .withDescription("the answer broke off: " + e.getMessage())
                .asRuntimeException();
      }
    } else if (outcome instanceof Outcome.Failed failed) {
      throw grpc(failed.status()).withDescription(error(failed.body())).asRuntimeException();
    } else {
      throw Status.CANCELLED.asRuntimeException();
    }
  }

  private String anyModel() {
    List<Backend> backends = dispatch.places().backends();
    return backends.stream()
        .flatMap(one -> one.models().loaded().stream().sorted())
        .findFirst()
        .or(
            () ->
                backends.stream()
                    .flatMap(one -> one.models().pulled().stream().sorted())
                    .findFirst())
        .orElseThrow(
            () ->
                Status.UNAVAILABLE
                    .withDescription("no Ollama with a model is registered as service ollama")
                    .asRuntimeException());
  }

  /** One JSON object in each line. */
  private static void words(Upstream.Reply reply, Consumer<String> out) throws IOException {
    if (reply.status() != 200) {
      throw grpc(reply.status())
          .withDescription("Ollama said " + reply.status())
          .asRuntimeException();
    }
    var line = new ByteArrayOutputStream();
    byte[] buffer = reply.buffer();
    for (int count = reply.read(buffer); count >= 0; count = reply.read(buffer)) {
      for (int i = 0; i < count; i++) {
        if (buffer[i] == '\n') {
          word(line.toByteArray(), out);
          line.reset();
        } else {
          line.write(buffer[i]);
        }
      }
    }
    word(line.toByteArray(), out);
  }

  private static void word(byte[] line, Consumer<String> out) {
    if (line.length == 0) {
      return;
    }
    JsonText chunk = JsonText.parse(line);
    if (chunk.member("error") != null) {
      throw Status.ABORTED.withDescription(chunk.text("error")).asRuntimeException();
    }
    JsonText message = chunk.member("message");
    String word = message == null ? "" : message.text("content");
    if (!word.isEmpty()) {
      out.accept(word);
    }
  }

  private static String error(byte[] body) {
    try {
      return JsonText.parse(body).text("error");
    } catch (IllegalArgumentException e) {
      return "Ollama refused it";
    }
  }

  private static Status grpc(int status) {
    return switch (status) {
      case 400 -> Status.INVALID_ARGUMENT;
      case 404 -> Status.NOT_FOUND;
      case 502, 503 -> Status.UNAVAILABLE;
      default -> Status.UNKNOWN;
    };
  }

  private static int http(Status status) {
    return switch (status.getCode()) {
      case INVALID_ARGUMENT -> 400;
      case NOT_FOUND -> 404;
      case UNAVAILABLE -> 503;
      default -> 500;
    };
  }
}
