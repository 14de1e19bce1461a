// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.testing.RunningServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard's files, as a browser gets them. */
final class PagesTest {
  private static final Path FOLDER = Path.of("src/main/resources/dashboard");

  @TempDir static Path data;
  private static RunningServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeAll
  static void start() throws IOException {
    server = new RunningServer(data);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private HttpResponse<String> call(String method, String path, String... headers)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + server.httpPort() + path);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).method(method, BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  @Test
  void front_isThePage_andNothingFromElsewhere() throws Exception {
    HttpResponse<String> answer = call("GET", "/");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).contains("text/html;charset=utf-8");
    assertThat(answer.headers().firstValue("content-security-policy").orElse(""))
        .startsWith(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;")
        .contains("connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
        .doesNotContain("unsafe");
    assertThat(answer.headers().firstValue("x-content-type-options")).contains("nosniff");
    assertThat(answer.headers().firstValue("set-cookie")).isEmpty();
    assertThat(answer.body()).contains("/dashboard/app.js").doesNotContain("<style", "style=");
  }

  @Test
  void everyFile_isServed_andNoOther() throws Exception {
    Set<String> files;
    try (Stream<Path> all = Files.list(FOLDER)) {
      files = all.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    }
    files.removeAll(Set.of("files", "index.html"));
    assertThat(files).hasSizeGreaterThan(20);
    for (String file : files) {
      HttpResponse<String> answer = call("GET", "/dashboard/" + file);
      assertThat(answer.statusCode()).as(file).isEqualTo(200);
      assertThat(answer.body()).as(file).isEqualTo(Files.readString(FOLDER.resolve(file)));
    }
    for (String path : List.of("/dashboard/files", "/dashboard/", "/dashboard/..%2Ffiles")) {
      assertThat(call("GET", path).statusCode()).as(path).isIn(400, 404);
    }
  }

  @Test
  void copyThatIsStillTheOne_isNotSentAgain() throws Exception {
    String tag = call("GET", "/dashboard/app.js").headers().firstValue("etag").orElseThrow();
    HttpResponse<String> again = call("GET", "/dashboard/app.js", "If-None-Match", tag);
    assertThat(again.statusCode()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
    assertThat(again.headers().firstValue("cache-control")).contains("no-cache");
    HttpResponse<String> other = call("GET", "/dashboard/app.js", "If-None-Match", "\"other\"");
    assertThat(other.statusCode()).isEqualTo(200);
  }

  @Test
  void otherVerbs_areRefused() throws Exception {
    assertThat(call("POST", "/").statusCode()).isEqualTo(405);
    assertThat(call("POST", "/").headers().firstValue("allow")).contains("GET, HEAD");
    assertThat(call("HEAD", "/").statusCode()).isEqualTo(200);
  }

  @Test
  void scripts_makeNoMarkup() throws IOException {
    try (Stream<Path> all = Files.list(FOLDER)) {
      for (Path file : all.toList()) {
        List<String> lines = Files.readAllLines(file);
        assertThat(lines.size()).as(file.toString()).isLessThanOrEqualTo(350);
        assertThat(String.join("\n", lines))
            .as(file.toString())
            .doesNotContain(
                "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(")
            .doesNotContainPattern("https?://(?!www\\.w3\\.org|localhost)");
      }
    }
  }
}
