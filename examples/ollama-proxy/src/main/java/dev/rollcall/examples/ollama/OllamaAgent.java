// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import dev.rollcall.sdk.HealthCheck;
import dev.rollcall.sdk.Registration;
import dev.rollcall.sdk.RegistrationBuilder;
import dev.rollcall.sdk.Rollcall;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists Ollamas that cannot list themselves, with the models that they have. The registry probes
 * them; this looks every second what they have, and tells the registry when that changed.
 *
 * <p>The id is made of the address alone and the secret is this process's own. So where two of
 * these are told of one Ollama, one of them holds its place in the registry; the other is refused,
 * changes nothing, and takes the place when it becomes free.
 */
final class OllamaAgent implements AutoCloseable {
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final String DEFAULT_PORT = ":11434";
  private static final Logger log = LoggerFactory.getLogger(OllamaAgent.class);

  private final Rollcall rollcall;
  private final HttpClient http;
  private final ScheduledThreadPoolExecutor clock =
      new ScheduledThreadPoolExecutor(1, OllamaAgent::thread);

  OllamaAgent(Rollcall rollcall, HttpClient http) {
    this.rollcall = rollcall;
    this.http = http;
  }

  /**
   * The addresses in a list such as {@code gpu-1, http://gpu-2:11434/}.
   *
   * @throws IllegalArgumentException when one of them is none
   */
  static List<String> hosts(String list) {
    return Stream.of(list.split(",", -1))
        .map(String::strip)
        .filter(one -> !one.isEmpty())
        .map(OllamaAgent::address)
        .distinct()
        .toList();
  }

  private static String address(String given) {
    String host = given.replaceFirst("^http://", "").replaceFirst("/$", "");
    String address = host.matches(".*:[0-9]+") ? host : host + DEFAULT_PORT;
    URI uri = URI.create("http://" + address);
    if (uri.getHost() == null || uri.getPort() < 1 || !uri.getPath().isEmpty()) {
      throw new IllegalArgumentException(
          "--ollama-hosts: '" + given + "' (expected: host, host:port or http://host:port)");
    }
    return address;
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "ollama-agent");
    thread.setDaemon(true);
    return thread;
  }

  /** Begins to look after these. */
  void follow(List<String> addresses) {
    for (String address : addresses) {
      var listed = new Listed(address);
      var unused = clock.scheduleWithFixedDelay(listed, 0, LOOK.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** One Ollama. On the clock's thread. */
  private final class Listed implements Runnable {
    private final Backend backend;
    private @Nullable Registration registration;
    private @Nullable Models told;

    Listed(String address) {
      String id = address.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._-]+", "-");
      backend = new Backend(id, address, new Models(Set.of(), Set.of()));
    }

    /** While it does not answer, what was told stays: the registry knows better if it lives. */
    @Override
    public void run() {
      try {
        Set<String> pulled = names("/api/tags");
        Set<String> loaded = names("/api/ps");
        Models now = new Models(pulled, loaded);
        if (!now.equals(told)) {
          told = now;
          tell(now);
        }
      } catch (RuntimeException e) {
        log.debug("{} does not answer", backend.address(), e);
      }
    }

    private Set<String> names(String path) {
      Optional<JsonText> answer = Merged.get(http, backend, path).join();
      JsonText models = answer.map(text -> text.member("models")).orElse(null);
      if (models == null) {
        throw new IllegalStateException(path + " is not Ollama's");
      }
      return models.elements().stream()
          .map(model -> Models.whole(model.text("name")))
          .collect(Collectors.toSet());
    }

    private void tell(Models now) {
      log.info("{} has {}, loaded {}", backend.address(), now.pulled(), now.loaded());
      Registration known = registration;
      if (known != null) {
        known.metadata(now.labels());
        return;
      }
      RegistrationBuilder builder =
          rollcall
              .register("ollama", backend.address())
              .id(backend.id())
              .healthCheck(HealthCheck.http("/api/version", "").every(Duration.ofSeconds(1)));
      for (Map.Entry<String, String> label : now.labels().entrySet()) {
        builder.metadata(label.getKey(), label.getValue());
      }
      registration = builder.start();
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
