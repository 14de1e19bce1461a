// SPDX-License-Identifier: Apache-2.0
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Starts the services of compose.yaml as processes. A service's name with a port, as it stands in
 * an environment, becomes 127.0.0.1 with a port that is free here; everything else stays.
 */
public final class Compose {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final List<String> IN_ORDER =
      List.of(
          "redis",
          "registry-1",
          "registry-2",
          "product",
          "order",
          "ollama-stand-in",
          "ollama-proxy");
  private static final Map<String, String> PROGRAMS =
      Map.of(
          "registry", "registry-server/target/rollcall/bin/rollcall",
          "product", "examples/product/target/product/bin/product",
          "order", "examples/order/target/order/bin/order",
          "ollama-stand-in", "examples/ollama-proxy/target/ollama-proxy/bin/ollama-stand-in",
          "ollama-proxy", "examples/ollama-proxy/target/ollama-proxy/bin/ollama-proxy");

  private final Map<String, Map<String, Object>> services = new LinkedHashMap<>();
  private final Map<String, Integer> ports = new HashMap<>();
  private final Map<String, Process> running =
      Collections.synchronizedMap(new LinkedHashMap<>());
  private final Path work;

  private Compose(Path work) {
    this.work = work;
  }

  public static void main(String[] args) throws Exception {
    Compose compose = new Compose(Files.createTempDirectory("rollcall-compose"));
    Thread stop = new Thread(compose::stopAll);
    Runtime.getRuntime().addShutdownHook(stop);
    compose.read(Path.of("compose.yaml"));
    compose.everyServiceStarts();
    compose.everybodyIsFound("first");
    compose.theSettingHolds();
    compose.aQuestionIsAnswered();
    compose.registriesAreReplaced();
    compose.everybodyIsFound("still");
    compose.scaledDown();
    compose.stopAll();
    compose.forget();
    System.out.println("compose: ok");
  }

  // ---- the file ----

  private void read(Path file) throws IOException {
    Object document =
        new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
    map(map(document).get("services"))
        .forEach((name, service) -> services.put(name, merged(map(service))));
    for (String name : IN_ORDER) {
      check(services.containsKey(name), "compose.yaml has no service " + name);
      check(!services.get(name).containsKey("container_name"), name + " has a fixed name");
    }
    for (String name : services.keySet()) {
      Object profiles = services.get(name).get("profiles");
      check(IN_ORDER.contains(name) || profiles != null, name + " is not started here");
    }
  }

  /** With what a {@code <<} brings; what stands beside it wins. */
  private static Map<String, Object> merged(Map<String, Object> map) {
    Map<String, Object> merged = new LinkedHashMap<>();
    if (map.get("<<") != null) {
      merged.putAll(merged(map(map.get("<<"))));
    }
    map.forEach((key, value) -> merged.put(key, value instanceof Map ? merged(map(value)) : value));
    merged.remove("<<");
    return merged;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  // ---- processes ----

  private void everyServiceStarts() throws Exception {
    for (String name : IN_ORDER) {
      Object after = services.get(name).getOrDefault("depends_on", Map.of());
      for (var dependency : map(after).entrySet()) {
        check(running.containsKey(dependency.getKey()), name + " waits for what comes later");
        check(
            dependency.getValue().equals(Map.of("condition", "service_healthy")),
            name + " does not wait until " + dependency.getKey() + " is healthy");
      }
      start(name, name);
    }
    start("product", "product, the second");
    start("product", "product, the third");
  }

  private void start(String service, String as) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command(service));
    builder.environment().keySet().removeIf(name -> name.startsWith("ROLLCALL_"));
    Object environment = services.get(service).getOrDefault("environment", Map.of());
    for (var variable : map(environment).entrySet()) {
      builder.environment().put(variable.getKey(), local(String.valueOf(variable.getValue())));
    }
    mounted(service, builder.environment());
    if (service.startsWith("registry")) {
      builder.environment().put("ROLLCALL_GRPC_PORT", port(service, 7070));
      builder.environment().put("ROLLCALL_HTTP_PORT", port(service, 7071));
    } else if (service.equals("order")) {
      builder.environment().put("HTTP_PORT", port(service, 7080));
    } else if (service.equals("ollama-stand-in")) {
      builder.environment().put("PORT", port(service, 11434));
    } else if (service.equals("ollama-proxy")) {
      builder.environment().put("HTTP_PORT", port(service, 11435));
      builder.environment().put("GRPC_PORT", "0");
    } else {
      builder.environment().putAll(Map.of("GRPC_PORT", "0", "HTTP_PORT", "0"));
      builder.environment().putAll(Map.of("NAME", as, "STOCK", "1000000"));
    }
    Path log = work.resolve(as + ".log");
    builder.redirectErrorStream(true).redirectOutput(log.toFile());
    Process process = builder.start();
    running.put(as, process);
    String ready = service.equals("redis") ? "Ready to accept" : " ready ";
    await(as + " does not become ready; see " + log, () -> process.isAlive() && has(log, ready));
    System.out.println("started " + as);
  }

  /** A file of this folder is where it is, not where a container would see it. */
  private void mounted(String service, Map<String, String> environment) {
    for (Object volume : (List<?>) services.get(service).getOrDefault("volumes", List.of())) {
      String[] parts = volume.toString().split(":");
      if (parts[0].startsWith("./")) {
        check(Files.exists(Path.of(parts[0])), parts[0] + " is not there");
        environment.replaceAll((name, value) -> value.equals(parts[1]) ? parts[0] : value);
      }
    }
  }

  private List<String> command(String service) throws IOException {
    if (service.equals("redis")) {
      List<String> command = new ArrayList<>();
      for (Object word : (List<?>) services.get(service).get("command")) {
        command.add(word.toString());
      }
      String port = port("redis", 6379);
      command.addAll(List.of("--port", port, "--bind", "127.0.0.1", "--dir", work.toString()));
      return command;
    }
    String program = PROGRAMS.get(service.replaceAll("-[0-9]+$", ""));
    return service.startsWith("registry") ? List.of(program, "server") : List.of(program);
  }

  /** As it is reached on this machine; what listens everywhere in a container stays at home here. */
  private String local(String value) throws IOException {
    // ${NAME:-value}: the value, as where nobody set the name
    String local = value.replaceAll("\\$\\{\\w+:-([^}]*)}", "$1").replace("0.0.0.0", "127.0.0.1");
    for (String name : services.keySet()) {
      for (int port : new int[] {6379, 7070, 11434}) {
        if (local.contains(name + ":" + port)) {
          local = local.replace(name + ":" + port, "127.0.0.1:" + port(name, port));
        }
      }
    }
    return local;
  }

  private String port(String service, int inside) throws IOException {
    String key = service + ":" + inside;
    if (!ports.containsKey(key)) {
      try (ServerSocket free = new ServerSocket(0)) {
        ports.put(key, free.getLocalPort());
      }
    }
    return String.valueOf(ports.get(key));
  }

  /** SIGTERM, and exit code 0. */
  private void stop(String name) throws InterruptedException {
    Process process = running.remove(name);
    process.destroy();
    check(process.waitFor(40, TimeUnit.SECONDS), name + " does not stop");
    // the examples end as the JVM does after a signal
    check(List.of(0, 143).contains(process.exitValue()), name + ": " + process.exitValue());
  }

  private void stopAll() {
    List<Process> last = new ArrayList<>(running.values());
    running.clear();
    for (int i = last.size() - 1; i >= 0; i--) {
      last.get(i).destroy();
      try {
        if (!last.get(i).waitFor(15, TimeUnit.SECONDS)) {
          last.get(i).destroyForcibly().waitFor();
        }
      } catch (InterruptedException e) {
        last.get(i).destroyForcibly();
      }
    }
  }

  /** The logs stay only where something went wrong. */
  private void forget() throws IOException {
    try (var files = Files.walk(work)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }

  // ---- what must hold ----

  private void everybodyIsFound(String when) throws Exception {
    List<String> sellers = new ArrayList<>();
    await(
        when + " not every warehouse sells",
        () -> {
          String answer = buy(when + "-" + sellers.size());
          sellers.add(answer.replaceAll("(?s).*\"warehouse\":\"([^\"]*)\".*", "$1"));
          return sellers.stream().distinct().count() == 3;
        });
    System.out.println(when + " three warehouses sell: " + sellers.stream().distinct().toList());
  }

  private void theSettingHolds() throws Exception {
    await("more than the seeded setting allows is sold", () -> !buy("x&quantity=11").contains("receipt"));
    check(buy("y&quantity=10").contains("receipt"), "not even what the setting allows is sold");
    System.out.println("order/max-items is what examples/settings.yaml says: " + buy("z&quantity=11"));
  }

  private void aQuestionIsAnswered() throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + ports.get("ollama-proxy:11435") + "/api/generate");
    String question = "{\"model\":\"llama3.2\",\"prompt\":\"why?\",\"stream\":false}";
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .timeout(Duration.ofSeconds(20))
            .POST(HttpRequest.BodyPublishers.ofString(question))
            .build();
    String answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
    check(answer.contains("heard: why?"), "ollama-proxy: " + answer);
    System.out.println("ollama-proxy found the stand-in by its model: " + answer.strip());
  }

  private void registriesAreReplaced() throws Exception {
    int failed = 0;
    int bought = 0;
    for (String registry : List.of("registry-1", "registry-2")) {
      Thread replace =
          new Thread(
              () -> {
                try {
                  stop(registry);
                  start(registry, registry);
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      replace.start();
      while (replace.isAlive()) {
        failed += buy("replace-" + bought++).contains("\"receipt\":\"") ? 0 : 1;
      }
      check(running.containsKey(registry), registry + " did not come back");
    }
    check(failed == 0, failed + " of " + bought + " purchases failed");
    System.out.println("both registries were replaced: " + bought + " purchases, 0 failed");
  }

  private void scaledDown() throws Exception {
    stop("product, the second");
    stop("product, the third");
    for (int i = 0; i < 20; i++) {
      String answer = buy("alone-" + i);
      check(answer.contains("\"receipt\":\"") && !answer.contains("the "), answer);
    }
    System.out.println("two warehouses left: 20 purchases, 0 failed");
  }

  private String buy(String request) {
    URI uri =
        URI.create(
            "http://127.0.0.1:" + ports.get("order:7080") + "/purchase/1?request_id=" + request);
    try {
      return HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build(),
              BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      return "no answer: " + e;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean has(Path log, String text) {
    try {
      return Files.readString(log).contains(text);
    } catch (IOException e) {
      return false;
    }
  }

  private static void await(String otherwise, BooleanSupplier condition) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      check(System.nanoTime() < deadline, otherwise);
      Thread.sleep(50);
    }
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      System.err.println("compose: " + otherwise);
      System.exit(1);
    }
  }
}
