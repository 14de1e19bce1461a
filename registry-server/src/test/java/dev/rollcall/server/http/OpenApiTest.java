// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.rollcall.config.v1.ConfigServiceGrpc;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.relay.v1.RelayServiceGrpc;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class OpenApiTest {
  private static final List<Route> ROUTES =
      Route.of(
          List.of(
              RegistryServiceGrpc.getServiceDescriptor(),
              ConfigServiceGrpc.getServiceDescriptor(),
              RelayServiceGrpc.getServiceDescriptor()));

  private final JsonObject document =
      JsonParser.parseString(OpenApi.of(ROUTES, "1.2.3")).getAsJsonObject();

  private List<JsonObject> operations() {
    List<JsonObject> all = new ArrayList<>();
    document
        .getAsJsonObject("paths")
        .asMap()
        .values()
        .forEach(
            path ->
                path.getAsJsonObject()
                    .asMap()
                    .values()
                    .forEach(operation -> all.add(operation.getAsJsonObject())));
    return all;
  }

  @Test
  void document_hasEveryRouteOfTheProtos() {
    assertThat(document.get("openapi").getAsString()).isEqualTo("3.0.3");
    assertThat(document.getAsJsonObject("info").get("version").getAsString()).isEqualTo("1.2.3");
    for (Route route : ROUTES) {
      JsonObject path =
          document.getAsJsonObject("paths").getAsJsonObject(OpenApi.path(route.template()));
      assertThat(path.has(route.verb().toLowerCase(Locale.ROOT))).as(route.template()).isTrue();
    }
    assertThat(operations()).hasSameSizeAs(ROUTES);
  }

  @Test
  void operation_isDescribedByTheProtosComments() {
    JsonObject get =
        document
            .getAsJsonObject("paths")
            .getAsJsonObject("/v1/services/{service}")
            .getAsJsonObject("get");
    assertThat(get.get("operationId").getAsString()).isEqualTo("registry_RegistryService_Get");
    assertThat(get.get("summary").getAsString()).isNotBlank().doesNotContain("\n");
    for (JsonElement parameter : get.getAsJsonArray("parameters")) {
      assertThat(parameter.getAsJsonObject().get("description").getAsString()).isNotBlank();
    }
    assertThat(operations())
        .extracting(operation -> operation.get("operationId").getAsString())
        .doesNotHaveDuplicates();
  }

  @Test
  void paths_nameTheirVariablesAlike() {
    assertThat(document.getAsJsonObject("paths").keySet())
        .contains("/v1/services/{service}/instances/{id}", "/v1/config/{key}:history")
        .extracting(path -> path.replaceAll("\\{[^}]*}", "{}"))
        .doesNotHaveDuplicates();
  }

  @Test
  void references_leadSomewhere() {
    Set<String> shapes = document.getAsJsonObject("components").getAsJsonObject("schemas").keySet();
    Matcher reference =
        Pattern.compile("\"\\$ref\":\"#/components/schemas/([^\"]*)\"")
            .matcher(document.toString());
    Set<String> referred = new TreeSet<>();
    while (reference.find()) {
      referred.add(reference.group(1));
    }
    assertThat(referred).contains("registry.Instance", "Error");
    assertThat(shapes).containsExactlyInAnyOrderElementsOf(referred);
  }

  @Test
  void parameters_areThoseOfThePath_andSecretsAreInNoUrl() {
    document
        .getAsJsonObject("paths")
        .asMap()
        .forEach(
            (template, path) ->
                path.getAsJsonObject()
                    .asMap()
                    .forEach((verb, operation) -> check(template, operation.getAsJsonObject())));
  }

  private static void check(String template, JsonObject operation) {
    Set<String> inPath = new HashSet<>();
    for (JsonElement each : operation.getAsJsonArray("parameters")) {
      JsonObject parameter = each.getAsJsonObject();
      String name = parameter.get("name").getAsString();
      switch (parameter.get("in").getAsString()) {
        case "path" -> inPath.add(name);
        case "query" -> assertThat(name).doesNotContain("lease");
        default -> assertThat(name).isEqualTo("Rollcall-Lease");
      }
    }
    Set<String> variables = new HashSet<>();
    Matcher variable = Pattern.compile("\\{([^}]+)}").matcher(template);
    while (variable.find()) {
      variables.add(variable.group(1));
    }
    assertThat(inPath).as(template).isEqualTo(variables);
  }

  @Test
  void shapes_followTheJsonOfProto() {
    JsonObject instance =
        document
            .getAsJsonObject("components")
            .getAsJsonObject("schemas")
            .getAsJsonObject("registry.Instance")
            .getAsJsonObject("properties");
    assertThat(instance.getAsJsonObject("leaseTtl").get("pattern").getAsString()).contains("s$");
    assertThat(instance.getAsJsonObject("registeredAt").get("format").getAsString())
        .isEqualTo("date-time");
    assertThat(instance.getAsJsonObject("revision").get("type").getAsString()).isEqualTo("string");
    assertThat(instance.getAsJsonObject("metadata").toString()).contains("additionalProperties");
    assertThat(instance.getAsJsonObject("requires").get("type").getAsString()).isEqualTo("array");
    assertThat(instance.getAsJsonObject("status").toString()).contains("registry.InstanceStatus");
  }
}
