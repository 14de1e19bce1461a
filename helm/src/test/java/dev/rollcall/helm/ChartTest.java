// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.helm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The chart as Helm renders it, checked against the models of the Kubernetes API. */
final class ChartTest {
  private static final String MATRIX = "dev.rollcall.helm.Chart#matrix";

  private static Cluster cluster;

  @BeforeAll
  static void open() throws IOException {
    cluster = Cluster.open();
  }

  @AfterAll
  static void close() {
    cluster.close();
  }

  @BeforeEach
  void empty() {
    cluster.clear();
  }

  private static Manifest one(List<Manifest> manifests, String kind, String name) {
    return manifests.stream()
        .filter(each -> each.kind().equals(kind) && each.name().equals(name))
        .reduce(
            (first, second) -> {
              throw new AssertionError(first + " is there twice");
            })
        .orElseThrow(() -> new AssertionError("no " + kind + " " + name + " in " + manifests));
  }

  private static List<String> names(List<Manifest> manifests) {
    return manifests.stream().map(Manifest::toString).toList();
  }

  @Test
  void lint_hasNothingToSay() {
    assertThat(Chart.lint().isFailed()).as("%s", Chart.lint().getMessages()).isFalse();
    assertThat(Chart.lint().getMessages()).noneMatch(line -> line.matches(".*(WARNING|ERROR).*"));
  }

  @ParameterizedTest
  @MethodSource(MATRIX)
  void manifests_areWhatTheApiKnows(String values) throws IOException {
    List<Manifest> manifests = Chart.with(values);
    for (Manifest manifest : manifests) {
      assertThatCode(manifest::validate).as("%s: %s", values, manifest).doesNotThrowAnyException();
    }
    assertThat(names(manifests)).doesNotHaveDuplicates();
  }

  @Test
  void manifests_withAnUnknownField_areRefused() {
    for (String kind : List.of("Deployment", "Service", "NetworkPolicy", "PodDisruptionBudget")) {
      Manifest manifest =
          Chart.with("defaults.yaml").stream()
              .filter(each -> each.kind().equals(kind))
              .findFirst()
              .orElseThrow();
      manifest.json().getAsJsonObject("spec").addProperty("replica", 1);
      assertThatThrownBy(manifest::validate).as(kind).hasMessageContaining("replica");
    }
  }

  @ParameterizedTest
  @MethodSource(MATRIX)
  void pods_keepToTheRestrictedStandard(String values) {
    for (Manifest workload : Chart.with(values)) {
      if (!workload.runsPods()) {
        continue;
      }
      JsonObject pod = workload.podSpec();
      assertThat(pod.get("automountServiceAccountToken").getAsBoolean()).isFalse();
      assertThat(pod.get("enableServiceLinks").getAsBoolean()).isFalse();
      JsonObject security = pod.getAsJsonObject("securityContext");
      assertThat(security.get("runAsNonRoot").getAsBoolean()).isTrue();
      assertThat(security.get("runAsUser").getAsInt()).isPositive();
      assertThat(security.getAsJsonObject("seccompProfile").get("type").getAsString())
          .isEqualTo("RuntimeDefault");
      for (JsonObject container : workload.containers()) {
        assertThat(container.getAsJsonObject("securityContext").toString())
            .as("%s of %s", container.get("name"), workload)
            .contains(
                "\"allowPrivilegeEscalation\":false",
                "\"readOnlyRootFilesystem\":true",
                "\"drop\":[\"ALL\"]");
      }
    }
  }

  @ParameterizedTest
  @MethodSource(MATRIX)
  void mounts_haveTheirVolumes(String values) {
    for (Manifest workload : Chart.with(values)) {
      if (!workload.runsPods()) {
        continue;
      }
      Set<String> volumes = new HashSet<>();
      workload.podSpec().getAsJsonArray("volumes").forEach(each -> volumes.add(nameOf(each)));
      if (workload.json().getAsJsonObject("spec").has("volumeClaimTemplates")) {
        for (JsonElement claim : workload.at("spec", "volumeClaimTemplates").getAsJsonArray()) {
          volumes.add(nameOf(claim.getAsJsonObject().get("metadata")));
        }
      }
      for (JsonObject container : workload.containers()) {
        if (container.has("volumeMounts")) {
          for (JsonElement mount : container.getAsJsonArray("volumeMounts")) {
            assertThat(volumes).as("%s", workload).contains(nameOf(mount));
          }
        }
      }
    }
  }

  private static String nameOf(JsonElement element) {
    return element.getAsJsonObject().get("name").getAsString();
  }

  @ParameterizedTest
  @MethodSource(MATRIX)
  void selectors_findPods(String values) {
    List<Manifest> manifests = Chart.with(values);
    List<JsonObject> pods =
        manifests.stream().filter(Manifest::runsPods).map(Manifest::podLabels).toList();
    for (Manifest manifest : manifests) {
      JsonElement selector =
          switch (manifest.kind()) {
            case "Service" -> manifest.at("spec", "selector");
            case "NetworkPolicy" -> manifest.at("spec", "podSelector", "matchLabels");
            case "Deployment", "StatefulSet", "PodDisruptionBudget" ->
                manifest.at("spec", "selector", "matchLabels");
            default -> new JsonObject();
          };
      assertThat(pods)
          .as("%s", manifest)
          .anyMatch(labels -> labels.entrySet().containsAll(selector.getAsJsonObject().entrySet()));
    }
  }

  @ParameterizedTest
  @MethodSource(MATRIX)
  void environment_namesFlagsOfTheServer(String values) throws IOException {
    String readme = Files.readString(Path.of("..", "README.md"));
    for (Manifest workload : Chart.with(values)) {
      for (JsonObject container :
          workload.runsPods() ? workload.containers() : List.<JsonObject>of()) {
        if (container.has("env")) {
          for (JsonElement variable : container.getAsJsonArray("env")) {
            assertThat(nameOf(variable))
                .satisfiesAnyOf(
                    name -> assertThat(name).doesNotStartWith("ROLLCALL_"),
                    name -> assertThat(readme).contains("`" + name + "`"));
          }
        }
      }
    }
  }

  @Test
  void exampleOfAClient_isWhatTheApiKnowsAndSaysWhereItIs() throws IOException {
    Path file = Path.of("..", "examples", "kubernetes", "product.yaml");
    Manifest client = Manifest.all(Files.readString(file)).get(0);
    assertThatCode(client::validate).doesNotThrowAnyException();
    assertThat(client.containers().get(0).get("env").toString())
        .contains("ROLLCALL_ADDR", "status.podIP", "ROLLCALL_ZONE", "app.kubernetes.io/version");
  }

  @Test
  void defaults_areTwoReplicasOverALabelledRedis() {
    List<Manifest> manifests = Chart.with("defaults.yaml");
    Manifest registry = one(manifests, "Deployment", "demo-rollcall");
    assertThat(registry.at("spec", "replicas").getAsInt()).isEqualTo(2);
    assertThat(registry.at("spec", "strategy", "rollingUpdate", "maxUnavailable").getAsInt())
        .isZero();
    JsonObject container = registry.podSpec().getAsJsonArray("containers").get(0).getAsJsonObject();
    assertThat(container.get("image").getAsString()).startsWith("rollcall:");
    assertThat(container.get("livenessProbe").toString()).contains("/livez");
    assertThat(container.get("readinessProbe").toString()).contains("/readyz");
    assertThat(container.get("env").toString())
        .contains("redis://demo-rollcall-redis:6379", "/run/secrets/rollcall/redis-password");
    Manifest redis = one(manifests, "StatefulSet", "demo-rollcall-redis");
    assertThat(redis.podLabels().get("app.kubernetes.io/component").getAsString())
        .isEqualTo("redis-first-try");
    assertThat(names(manifests))
        .contains(
            "PodDisruptionBudget demo-rollcall",
            "Service demo-rollcall",
            "Service demo-rollcall-headless",
            "NetworkPolicy demo-rollcall",
            "NetworkPolicy demo-rollcall-redis",
            "Secret demo-rollcall-redis",
            "Pod demo-rollcall-test");
  }

  @Test
  void password_isMadeOnceAndStaysOverAnUpgrade() {
    String first = password();
    assertThat(first).hasSizeGreaterThan(40).isNotEqualTo(password());
    cluster.put("shop", "demo-rollcall-redis", "redis-password", "a2VwdA==");
    assertThat(password()).isEqualTo("a2VwdA==");
  }

  private static String password() {
    return one(Chart.with("defaults.yaml"), "Secret", "demo-rollcall-redis")
        .at("data", "redis-password")
        .getAsString();
  }

  @Test
  void services_sayWhichProtocolTheySpeak() {
    List<Manifest> manifests = Chart.with("defaults.yaml");
    for (String name : List.of("demo-rollcall", "demo-rollcall-headless")) {
      assertThat(one(manifests, "Service", name).at("spec", "ports").toString())
          .contains("\"appProtocol\":\"kubernetes.io/h2c\"", "\"appProtocol\":\"http\"");
    }
  }

  @Test
  void embedded_isOneReplicaWithAVolume() {
    List<Manifest> manifests = Chart.with("embedded.yaml");
    Manifest registry = one(manifests, "StatefulSet", "demo-rollcall");
    assertThat(registry.at("spec", "replicas").getAsInt()).isEqualTo(1);
    assertThat(registry.at("spec", "volumeClaimTemplates").getAsJsonArray()).hasSize(1);
    assertThat(names(manifests)).noneMatch(name -> name.matches(".*redis|(Deployment|Pod.*Bud).*"));
  }

  @Test
  void externalRedis_takesThePasswordFromItsSecretAndMakesNone() {
    List<Manifest> manifests = Chart.with("external-redis.yaml");
    assertThat(names(manifests)).noneMatch(name -> name.startsWith("Secret"));
    assertThat(one(manifests, "Deployment", "demo-rollcall").podSpec().get("volumes").toString())
        .contains("\"secretName\":\"redis-of-ours\"", "\"key\":\"password\"");
    assertThat(one(manifests, "NetworkPolicy", "demo-rollcall").at("spec", "egress").toString())
        .contains("{\"port\":26379},{\"port\":26380},{\"port\":6379}", "10.9.0.0/16");
  }

  @Test
  void everything_isRendered() {
    List<Manifest> manifests = Chart.with("everything.yaml");
    Manifest registry = one(manifests, "Deployment", "demo-directory");
    assertThat(registry.json().getAsJsonObject("spec").has("replicas")).isFalse();
    assertThat(registry.containers().get(2).get("image").getAsString())
        .startsWith("registry.example.com:5000/rollcall@sha256:");
    assertThat(names(manifests))
        .contains(
            "HorizontalPodAutoscaler demo-directory",
            "ConfigMap demo-directory",
            "ConfigMap demo-map",
            "ConfigMap demo-directory-text",
            "ConfigMap demo-directory-dashboard");
    assertThat(one(manifests, "ConfigMap", "demo-directory").at("data", "seed.yaml").getAsString())
        .contains("order/max-items: \"7\"", "price-list: 2026-11");
    assertThat(registry.containers().toString())
        .contains(
            "/etc/rollcall/seed.yaml",
            "\"*.svc,*.cluster.local,registry.example.com,*.internal.example.org\"");
    String dashboard =
        one(manifests, "ConfigMap", "demo-directory-dashboard")
            .at("data", "rollcall.json")
            .getAsString();
    assertThat(JsonParser.parseString(dashboard).getAsJsonObject().has("panels")).isTrue();
  }

  @Test
  void networkPolicy_letsTheTestIn() {
    List<Manifest> manifests = Chart.with("everything.yaml");
    String ingress =
        one(manifests, "NetworkPolicy", "demo-directory").at("spec", "ingress").toString();
    one(manifests, "Pod", "demo-directory-test")
        .podLabels()
        .entrySet()
        .forEach(
            label -> {
              if (List.of("app.kubernetes.io/name", "app.kubernetes.io/instance")
                  .contains(label.getKey())) {
                assertThat(ingress).contains("\"" + label.getKey() + "\":" + label.getValue());
              }
            });
  }

  @Test
  void networkPolicy_neverLetsOutToMetadataAddresses() {
    for (String values : List.of("defaults.yaml", "everything.yaml")) {
      String name = values.startsWith("d") ? "demo-rollcall" : "demo-directory";
      List<String> reached = new ArrayList<>();
      for (JsonElement rule :
          one(Chart.with(values), "NetworkPolicy", name).at("spec", "egress").getAsJsonArray()) {
        JsonObject egress = rule.getAsJsonObject();
        for (JsonElement peer :
            egress.has("to") ? egress.getAsJsonArray("to") : List.<JsonElement>of()) {
          if (peer.getAsJsonObject().get("ipBlock") instanceof JsonObject block) {
            reached.add(block.toString());
          }
        }
      }
      assertThat(reached).isNotEmpty();
      assertThat(reached)
          .filteredOn(block -> block.contains("\"0.0.0.0/0\""))
          .allMatch(
              block -> block.contains("169.254.0.0/16") && block.contains("100.100.100.200/32"));
      assertThat(reached)
          .filteredOn(block -> block.contains("\"100.64.0.0/10\""))
          .allMatch(block -> block.contains("100.100.100.200/32"));
      assertThat(reached)
          .filteredOn(block -> block.contains("\"fc00::/7\"") || block.contains("\"::/0\""))
          .allMatch(block -> block.contains("fd00:ec2::/32"));
    }
  }
}
