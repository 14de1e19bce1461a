// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.helm;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.kubernetes.client.openapi.JSON;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1Pod;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Secret;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import io.kubernetes.client.openapi.models.V2HorizontalPodAutoscaler;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** One object of Kubernetes, as JSON. */
record Manifest(JsonObject json) {
  /** Checks a JSON element against the model of one kind; unknown fields are refused. */
  private interface Model {
    void validate(JsonElement json) throws IOException;
  }

  private static final Map<String, Model> MODELS =
      Map.of(
          "apps/v1 Deployment", V1Deployment::validateJsonElement,
          "apps/v1 StatefulSet", V1StatefulSet::validateJsonElement,
          "autoscaling/v2 HorizontalPodAutoscaler", V2HorizontalPodAutoscaler::validateJsonElement,
          "networking.k8s.io/v1 NetworkPolicy", V1NetworkPolicy::validateJsonElement,
          "policy/v1 PodDisruptionBudget", V1PodDisruptionBudget::validateJsonElement,
          "v1 ConfigMap", V1ConfigMap::validateJsonElement,
          "v1 Pod", V1Pod::validateJsonElement,
          "v1 Secret", V1Secret::validateJsonElement,
          "v1 Service", V1Service::validateJsonElement,
          "v1 ServiceAccount", V1ServiceAccount::validateJsonElement);

  static {
    // fills the tables that the models look their fields up in
    new JSON();
  }

  /** All objects of a text with several documents. */
  static List<Manifest> all(String yaml) {
    LoadSettings strict = LoadSettings.builder().setAllowDuplicateKeys(false).build();
    List<Manifest> manifests = new ArrayList<>();
    for (Object document : new Load(strict).loadAllFromString(yaml)) {
      if (document != null) {
        manifests.add(new Manifest(new Gson().toJsonTree(document).getAsJsonObject()));
      }
    }
    return manifests;
  }

  /** Throws where the API would not take it, or where it would ignore a part of it. */
  void validate() throws IOException {
    String kind = at("apiVersion").getAsString() + " " + kind();
    Model model = MODELS.get(kind);
    if (model == null) {
      throw new IOException("no model of " + kind + " (expected: one of " + MODELS.keySet() + ")");
    }
    model.validate(json);
    if (withNull(json)) {
      throw new IOException(this + " has a key without a value: " + json);
    }
  }

  private static boolean withNull(JsonElement element) {
    if (element instanceof JsonObject object) {
      return object.asMap().values().stream().anyMatch(Manifest::withNull);
    }
    if (element instanceof JsonArray array) {
      return array.asList().stream().anyMatch(Manifest::withNull);
    }
    return element instanceof JsonNull;
  }

  String kind() {
    return at("kind").getAsString();
  }

  String name() {
    return at("metadata", "name").getAsString();
  }

  /** Whether it has the pods of a workload, or is one. */
  boolean runsPods() {
    return List.of("Deployment", "StatefulSet", "Pod").contains(kind());
  }

  /** The labels of its pods. */
  JsonObject podLabels() {
    return (kind().equals("Pod") ? at("metadata") : at("spec", "template", "metadata"))
        .getAsJsonObject()
        .getAsJsonObject("labels");
  }

  JsonObject podSpec() {
    return (kind().equals("Pod") ? at("spec") : at("spec", "template", "spec")).getAsJsonObject();
  }

  /** All containers of its pods, those that run first included. */
  List<JsonObject> containers() {
    List<JsonObject> containers = new ArrayList<>();
    for (String list : List.of("initContainers", "containers")) {
      if (podSpec().has(list)) {
        podSpec().getAsJsonArray(list).forEach(each -> containers.add(each.getAsJsonObject()));
      }
    }
    return containers;
  }

  /** What stands there; fails where nothing does. */
  JsonElement at(String... path) {
    JsonElement here = json;
    for (String key : path) {
      here = here.getAsJsonObject().get(key);
      if (here == null) {
        throw new AssertionError(String.join(".", path) + " is missing in " + json);
      }
    }
    return here;
  }

  @Override
  public String toString() {
    return kind() + " " + name();
  }
}
