// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Describes the routes in OpenAPI 3.0, from the protos and their comments alone. */
final class OpenApi {
  private static final String EVENTS = "text/event-stream";
  private static final String ERROR =
      """
      {"type":"object","properties":{"error":{"type":"object","properties":{
      "code":{"type":"integer","description":"The HTTP status"},
      "status":{"type":"string","description":"The gRPC status"},
      "reason":{"type":"string","description":"Stable, for programs"},
      "message":{"type":"string","description":"For people"},
      "details":{"type":"array","items":{"type":"object","properties":{
      "field":{"type":"string"},"description":{"type":"string"}}}}}}}}
      """;

  private final ProtoComments comments = ProtoComments.read();
  private final JsonSchemas schemas = new JsonSchemas(comments);
  private final Set<String> operations = new HashSet<>();

  private OpenApi() {}

  /** The document. */
  static String of(List<Route> routes, String version) {
    return new OpenApi().document(routes, version) + "\n";
  }

  private JsonObject document(List<Route> routes, String version) {
    JsonObject info = new JsonObject();
    info.addProperty("title", "Rollcall");
    info.addProperty("description", "Service discovery: who is here, where, can I call them now.");
    info.addProperty("version", version);
    JsonObject paths = new JsonObject();
    for (Route route : routes) {
      String path = path(route.template());
      if (!paths.has(path)) {
        paths.add(path, new JsonObject());
      }
      paths.getAsJsonObject(path).add(route.verb().toLowerCase(Locale.ROOT), operation(route));
    }
    schemas.all().add("Error", JsonParser.parseString(ERROR));
    JsonObject components = new JsonObject();
    components.add("schemas", schemas.all());
    JsonObject document = new JsonObject();
    document.addProperty("openapi", "3.0.3");
    document.add("info", info);
    document.add("paths", paths);
    document.add("components", components);
    return document;
  }

  /** Two rpcs that share a path must name its variables alike: by their fields' last names. */
  static String path(String template) {
    return template.replaceAll("\\{([^}.=]+\\.)*([^}.=]+)(=\\*\\*)?}", "{$2}");
  }

  private static String last(String field) {
    return field.substring(field.lastIndexOf('.') + 1);
  }

  private JsonObject operation(Route route) {
    MethodDescriptor rpc = Route.proto(route.rpc());
    JsonObject operation = new JsonObject();
    String id = JsonSchemas.name(rpc.getFullName()).replace('.', '_');
    while (!operations.add(id)) {
      id += "_";
    }
    operation.addProperty("operationId", id);
    JsonArray tags = new JsonArray();
    tags.add(rpc.getService().getName());
    operation.add("tags", tags);
    String text = comments.of(rpc.getFullName());
    operation.addProperty("summary", text.split("(?<=[.:])\\s", 2)[0].replace('\n', ' '));
    operation.addProperty("description", text);
    JsonArray parameters = new JsonArray();
    route
        .captures()
        .forEach(name -> parameters.add(parameter("path", last(name), field(rpc, name))));
    Descriptor request = rpc.getInputType();
    if (request.findFieldByName("lease_id") != null) {
      parameters.add(lease(request.findFieldByName("lease_id")));
    }
    if (!route.body().equals("*")) {
      request.getFields().forEach(field -> addQuery(parameters, route, field, "", ""));
    }
    operation.add("parameters", parameters);
    if (!route.body().isEmpty()) {
      operation.add("requestBody", body(route, request));
    }
    operation.add("responses", responses(route, rpc));
    return operation;
  }

  /** Paths and bodies name fields as the proto does, queries as JSON does. */
  private void addQuery(
      JsonArray parameters, Route route, FieldDescriptor field, String prefix, String jsonPrefix) {
    String name = prefix + field.getName();
    String jsonName = jsonPrefix + field.getJsonName();
    boolean taken = route.captures().contains(name) || name.equals(route.body());
    if (taken || name.startsWith("lease_id") || field.isMapField()) {
      return;
    }
    if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !wellKnown(field)) {
      field
          .getMessageType()
          .getFields()
          .forEach(below -> addQuery(parameters, route, below, name + ".", jsonName + "."));
      return;
    }
    parameters.add(parameter("query", jsonName, field));
  }

  private static boolean wellKnown(FieldDescriptor field) {
    Descriptor type = field.getMessageType();
    return type.equals(Timestamp.getDescriptor()) || type.equals(Duration.getDescriptor());
  }

  private static FieldDescriptor field(MethodDescriptor rpc, String path) {
    FieldDescriptor found = null;
    Descriptor at = rpc.getInputType();
    for (String step : path.split("\\.", -1)) {
      found = at.findFieldByName(step);
      if (found.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        at = found.getMessageType();
      }
    }
    if (found == null) {
      throw new IllegalArgumentException(rpc.getFullName() + " has no field " + path);
    }
    return found;
  }

  private JsonObject parameter(String in, String name, FieldDescriptor field) {
    JsonObject schema = schemas.of(field);
    JsonObject parameter = new JsonObject();
    parameter.addProperty("name", name);
    parameter.addProperty("in", in);
    if (in.equals("path")) {
      parameter.addProperty("required", true);
    }
    if (schema.has("description")) {
      parameter.add("description", schema.remove("description"));
    }
    parameter.add("schema", schema);
    return parameter;
  }

  private JsonObject lease(FieldDescriptor field) {
    JsonObject parameter = parameter("header", "Rollcall-Lease", field);
    parameter.addProperty("required", false);
    return parameter;
  }

  private JsonObject body(Route route, Descriptor request) {
    JsonObject schema =
        route.body().equals("*")
            ? schemas.of(request)
            : schemas.of(request.findFieldByName(route.body()).getMessageType());
    JsonObject body = new JsonObject();
    body.addProperty("required", true);
    body.add("content", content(schema, "application/json"));
    return body;
  }

  private JsonObject responses(Route route, MethodDescriptor rpc) {
    JsonObject schema = schemas.of(rpc.getOutputType());
    JsonObject ok = new JsonObject();
    ok.addProperty("description", route.streams() ? "Messages, one after another" : "Done");
    JsonObject content =
        route.streams()
            ? content(schema, "application/x-ndjson", EVENTS)
            : content(schema, "application/json");
    Live live = Live.of(route.rpc());
    if (live != null) {
      content
          .asMap()
          .putAll(content(schemas.of(Route.proto(live.rpc()).getOutputType()), EVENTS).asMap());
    }
    ok.add("content", content);
    JsonObject error = new JsonObject();
    error.addProperty("$ref", "#/components/schemas/Error");
    JsonObject refused = new JsonObject();
    refused.addProperty("description", "Not done, and why");
    refused.add("content", content(error, "application/json"));
    JsonObject responses = new JsonObject();
    responses.add("200", ok);
    responses.add("default", refused);
    return responses;
  }

  private static JsonObject content(JsonObject schema, String... types) {
    JsonObject content = new JsonObject();
    for (String type : types) {
      JsonObject holder = new JsonObject();
      holder.add("schema", schema);
      content.add(type, holder);
    }
    return content;
  }
}
