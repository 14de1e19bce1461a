// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Answers that are those of all Ollamas together. Entries stay as each Ollama wrote them. */
final class Merged {
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final HttpClient http;

  Merged(HttpClient http) {
    this.http = http;
  }

  /** What is on anybody's disk; what several have is told once. */
  Optional<String> tags(List<Backend> backends) {
    return list(backends, "/api/tags", "models", "name").map(list -> "{\"models\":" + list + "}");
  }

  /** What is in anybody's memory; what two have loaded is there twice, since it is. */
  Optional<String> ps(List<Backend> backends) {
    return list(backends, "/api/ps", "models", "").map(list -> "{\"models\":" + list + "}");
  }

  /** The same as tags for OpenAI's clients. */
  Optional<String> models(List<Backend> backends) {
    return list(backends, "/v1/models", "data", "id")
        .map(list -> "{\"object\":\"list\",\"data\":" + list + "}");
  }

  /** The lowest: what every Ollama can do. */
  Optional<String> version(List<Backend> backends) {
    return answers(backends, "/api/version").stream()
        .map(answer -> answer.text("version"))
        .min(Comparator.comparing(Merged::comparable))
        .map(version -> "{\"version\":" + JsonText.quoted(version) + "}");
  }

  private static String comparable(String version) {
    return Stream.of(version.split("[^0-9]+", -1))
        .filter(part -> !part.isEmpty())
        .map(part -> "0".repeat(Math.max(0, 9 - part.length())) + part)
        .collect(Collectors.joining("."));
  }

  /** Empty: there are Ollamas, but none answered. */
  private Optional<String> list(
      List<Backend> backends, String path, String member, String uniqueBy) {
    List<JsonText> answers = answers(backends, path);
    if (answers.isEmpty() && !backends.isEmpty()) {
      return Optional.empty();
    }
    Map<String, String> entries = new LinkedHashMap<>();
    for (JsonText answer : answers) {
      JsonText array = answer.member(member);
      for (JsonText entry : array == null ? List.<JsonText>of() : array.elements()) {
        String key = uniqueBy.isEmpty() ? "" + entries.size() : entry.text(uniqueBy);
        entries.putIfAbsent(key, entry.raw());
      }
    }
    return Optional.of("[" + String.join(",", entries.values()) + "]");
  }

  /** All at once; who does not answer in time, or not with an object, is left out. */
  private List<JsonText> answers(List<Backend> backends, String path) {
    List<CompletableFuture<Optional<JsonText>>> asked = new ArrayList<>();
    for (Backend backend : backends) {
      asked.add(get(http, backend, path).exceptionally(failed -> Optional.empty()));
    }
    return asked.stream().map(CompletableFuture::join).flatMap(Optional::stream).toList();
  }

  /** One Ollama's answer; empty: it was no 200 with an object in it. */
  static CompletableFuture<Optional<JsonText>> get(HttpClient http, Backend backend, String path) {
    HttpRequest request = HttpRequest.newBuilder(backend.at(path)).timeout(PATIENCE).build();
    return http.sendAsync(request, BodyHandlers.ofByteArray()).thenApply(Merged::object);
  }

  private static Optional<JsonText> object(HttpResponse<byte[]> response) {
    if (response.statusCode() != 200) {
      return Optional.empty();
    }
    JsonText answer = JsonText.parse(response.body());
    return answer.isObject() ? Optional.of(answer) : Optional.empty();
  }
}
