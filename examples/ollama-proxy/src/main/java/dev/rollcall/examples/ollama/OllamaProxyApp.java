// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import dev.rollcall.examples.web.Flags;
import dev.rollcall.examples.web.Program;
import dev.rollcall.sdk.Registration;
import dev.rollcall.sdk.Rollcall;
import dev.rollcall.sdk.RollcallException;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The proxy as a program. Flags, or the environment's variables of the same name: {@code
 * --ollama-hosts} (Ollamas to list in the registry, as others reach them), {@code --listen}, {@code
 * --http-port}, {@code --grpc-port}, {@code --model} (of messages by name), {@code --parallel} (as
 * OLLAMA_NUM_PARALLEL), {@code --queue}, {@code --queue-seconds}, {@code --first-byte-seconds},
 * {@code --silence-seconds}.
 */
public final class OllamaProxyApp {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int HOUR = 3_600;
  private static final Logger log = LoggerFactory.getLogger(OllamaProxyApp.class);

  private OllamaProxyApp() {}

  /** Runs until SIGTERM. */
  public static void main(String[] args) {
    Program.main(
        args,
        Set.of(
            "ollama-hosts",
            "listen",
            "http-port",
            "grpc-port",
            "model",
            "parallel",
            "queue",
            "queue-seconds",
            "first-byte-seconds",
            "silence-seconds"),
        OllamaProxyApp::run);
  }

  private static void run(Flags flags) throws IOException {
    var settings =
        new OllamaProxy.Settings(
            flags.text("listen", "127.0.0.1"),
            flags.port("http-port", 11_435),
            flags.port("grpc-port", 11_436),
            OllamaAgent.hosts(flags.text("ollama-hosts", "")),
            flags.text("model", ""),
            flags.number("parallel", 1, 1, 1_000),
            flags.number("queue", 512, 0, 100_000),
            Duration.ofSeconds(flags.number("queue-seconds", 60, 1, HOUR)),
            Duration.ofSeconds(flags.number("first-byte-seconds", 300, 1, HOUR)),
            Duration.ofSeconds(flags.number("silence-seconds", 300, 1, HOUR)));
    try (Rollcall rollcall = Rollcall.connect();
        OllamaProxy proxy = new OllamaProxy(settings, rollcall)) {
      awaitUsable(proxy.register(rollcall));
      System.out.println(
          "ollama-proxy ready http="
              + settings.listen()
              + ":"
              + proxy.httpPort()
              + " grpc=127.0.0.1:"
              + proxy.grpcPort()
              + " ollamas="
              + proxy.backends().size());
      rollcall.awaitShutdown();
    }
  }

  /** Ready means that it has an Ollama, unless there is none yet: it starts all the same. */
  private static void awaitUsable(Registration registration) {
    try {
      registration.awaitUsable(PATIENCE);
    } catch (RollcallException e) {
      log.warn("ready without an Ollama: {}", e.getMessage());
    }
  }
}
