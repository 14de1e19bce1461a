// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.rollcall.examples.web.Flags;
import dev.rollcall.examples.web.Program;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Not an Ollama: a stand-in that speaks its API where none runs. It has models in name only, and
 * answers each question by repeating it, in the framing of the real one: a JSON object a line, one
 * word in each.
 *
 * <p>Flags: {@code --port}, {@code --name}, {@code --models a,b}, {@code --delay} (milliseconds
 * before each word).
 */
public final class StandIn implements AutoCloseable {
  private static final String NDJSON = "application/x-ndjson";

  static {
    // or the JDK's server holds each first line back for 40 ms
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final HttpServer server;
  private final String name;
  private final Set<String> models = new ConcurrentSkipListSet<>();
  private final Set<String> loaded = new ConcurrentSkipListSet<>();
  private final long delayNanos;

  /** Listens on loopback. */
  StandIn(InetSocketAddress address, String name, List<String> models, long delayMillis)
      throws IOException {
    this.name = name;
    models.forEach(model -> this.models.add(Models.whole(model)));
    delayNanos = delayMillis * 1_000_000;
    server = HttpServer.create(address, 0);
    server.setExecutor(
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "stand-in");
              thread.setDaemon(true);
              return thread;
            }));
    server.createContext("/", this::handle);
    server.start();
  }

  /** Runs until it is killed. */
  public static void main(String[] args) {
    Program.main(args, Set.of("listen", "port", "name", "models", "delay"), StandIn::run);
  }

  private static void run(Flags flags) throws IOException {
    String listen = flags.text("listen", "127.0.0.1");
    int port = flags.port("port", 11_434);
    String name = flags.text("name", "stand-in");
    List<String> models = List.of(flags.text("models", "llama3.2").split(",", -1));
    int delay = flags.number("delay", 20, 0, 60_000);
    var standIn =
        Program.listen(
            "port",
            port,
            () -> new StandIn(new InetSocketAddress(listen, port), name, models, delay));
    System.out.println(
        "ollama-stand-in ready http="
            + standIn.address()
            + " name="
            + name
            + " models="
            + String.join(",", standIn.models)
            + " (a stand-in: it speaks Ollama's API and has no model)");
  }

  String address() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** Takes a model from memory, or with {@code delete} from disk. */
  void drop(String model, boolean delete) {
    loaded.remove(Models.whole(model));
    if (delete) {
      models.remove(Models.whole(model));
    }
  }

  /** Has a model in memory. */
  void load(String model) {
    models.add(Models.whole(model));
    loaded.add(Models.whole(model));
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      switch (exchange.getRequestURI().getPath()) {
        case "/" -> answer(exchange, 200, "text/plain; charset=utf-8", "Ollama is running");
        case "/api/version" -> json(exchange, 200, "{\"version\":\"0.0.0-stand-in\"}");
        case "/api/tags" -> json(exchange, 200, list(models, this::tag));
        case "/api/ps" -> json(exchange, 200, list(loaded, this::running));
        case "/api/chat" -> think(exchange, JsonText.parse(body), true);
        case "/api/generate" -> think(exchange, JsonText.parse(body), false);
        case "/api/show" -> show(exchange, JsonText.parse(body));
        default -> answer(exchange, 404, "text/plain", "404 page not found");
      }
    } catch (IllegalArgumentException e) {
      json(exchange, 400, "{\"error\":" + JsonText.quoted(String.valueOf(e.getMessage())) + "}");
    }
  }

  private static String list(Set<String> names, java.util.function.Function<String, String> entry) {
    return new TreeSet<>(names)
        .stream().map(entry).collect(Collectors.joining(",", "{\"models\":[", "]}"));
  }

  private String tag(String model) {
    return ("{\"name\":%1$s,\"model\":%1$s,\"modified_at\":\"2026-01-01T00:00:00Z\",\"size\":1,"
            + "\"digest\":\"%2$064x\",%3$s}")
        .formatted(JsonText.quoted(model), model.hashCode() & 0xffffffffL, details());
  }

  private String running(String model) {
    return ("{\"name\":%1$s,\"model\":%1$s,\"size\":1,\"digest\":\"%2$064x\",%3$s,"
            + "\"expires_at\":\"2099-01-01T00:00:00Z\",\"size_vram\":0,\"context_length\":4096}")
        .formatted(JsonText.quoted(model), model.hashCode() & 0xffffffffL, details());
  }

  private String details() {
    return "\"details\":{\"parent_model\":\"\",\"format\":\"stand-in\",\"family\":\"stand-in\","
        + "\"families\":[\"stand-in\"],\"parameter_size\":\"0\",\"quantization_level\":\"\"}";
  }

  private void show(HttpExchange exchange, JsonText asked) throws IOException {
    String model = asked.text("model").isEmpty() ? asked.text("name") : asked.text("model");
    if (models.contains(Models.whole(model))) {
      json(exchange, 200, "{" + details() + ",\"capabilities\":[\"completion\"]}");
    } else {
      json(exchange, 404, "{\"error\":" + JsonText.quoted(Words.noModel(model)) + "}");
    }
  }

  private void think(HttpExchange exchange, JsonText asked, boolean chat) throws IOException {
    String model = asked.text("model");
    if (!models.contains(Models.whole(model))) {
      json(exchange, 404, "{\"error\":" + JsonText.quoted(Words.noModel(model)) + "}");
      return;
    }
    loaded.add(Models.whole(model));
    String answer =
        "Stand-in %s (no real model) heard: %s"
            .formatted(name, chat ? last(asked) : asked.text("prompt"));
    JsonText stream = asked.member("stream");
    if (stream != null && stream.isFalse()) {
      pause();
      json(exchange, 200, chunk(model, answer, true, chat));
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", NDJSON);
    exchange.sendResponseHeaders(200, 0);
    OutputStream out = exchange.getResponseBody();
    for (String word : answer.split("(?<= )", -1)) {
      pause();
      line(out, chunk(model, word, false, chat));
    }
    line(out, chunk(model, "", true, chat));
  }

  private static String last(JsonText asked) {
    JsonText messages = asked.member("messages");
    List<JsonText> all = messages == null ? List.of() : messages.elements();
    return all.isEmpty() ? "" : all.get(all.size() - 1).text("content");
  }

  private static String chunk(String model, String text, boolean done, boolean chat) {
    String content =
        chat
            ? "\"message\":{\"role\":\"assistant\",\"content\":" + JsonText.quoted(text) + "}"
            : "\"response\":" + JsonText.quoted(text);
    String end =
        done
            ? ",\"done_reason\":\"stop\",\"done\":true,\"total_duration\":1000000,"
                + "\"load_duration\":1000,\"prompt_eval_count\":1,\"prompt_eval_duration\":1000,"
                + "\"eval_count\":1,\"eval_duration\":1000}"
            : ",\"done\":false}";
    return "{\"model\":%s,\"created_at\":\"%s\",%s%s"
        .formatted(JsonText.quoted(model), Instant.now(), content, end);
  }

  private void pause() {
    LockSupport.parkNanos(delayNanos);
  }

  private static void line(OutputStream out, String json) throws IOException {
    out.write((json + "\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private static void json(HttpExchange exchange, int status, String json) throws IOException {
    answer(exchange, status, Words.JSON, json);
  }

  private static void answer(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head ? -1 : bytes.length);
    if (!head) {
      exchange.getResponseBody().write(bytes);
    }
  }

  /** Gone at once. */
  @Override
  public void close() {
    server.stop(0);
  }
}
