// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts an rpc's message together from the path, the query, the body and the lease's header. All of
 * it goes through proto's JSON mapping, so a field means the same wherever it stands, and one that
 * nobody knows is an error.
 */
final class JsonRequest {
  private final Route route;
  private final Descriptor type;
  private JsonObject json = new JsonObject();

  JsonRequest(Route route) {
    this.route = route;
    this.type = Route.proto(route.rpc()).getInputType();
  }

  JsonRequest body(String text) {
    if (text.isBlank()) {
      return this;
    }
    if (route.body().isEmpty()) {
      throw JsonError.of(
          400,
          "UNEXPECTED_BODY",
          "%s %s takes no body (expected: none)".formatted(route.verb(), route.template()));
    }
    JsonElement body = StrictJson.parse(text);
    if (!body.isJsonObject()) {
      throw JsonError.of(400, "INVALID_JSON", "the body is no JSON object (expected: {...})");
    }
    if (route.body().equals("*")) {
      JsonFields.check(type, body.getAsJsonObject(), "");
      json = body.getAsJsonObject();
    } else {
      Descriptor part = type.findFieldByName(route.body()).getMessageType();
      JsonFields.check(part, body.getAsJsonObject(), route.body());
      json.add(route.body(), body);
    }
    return this;
  }

  JsonRequest path(Map<String, String> fields) {
    fields.forEach((name, value) -> put(name, new JsonPrimitive(value)));
    return this;
  }

  JsonRequest query(Map<String, List<String>> parameters) {
    parameters.forEach(
        (name, values) -> {
          FieldDescriptor field = field(name);
          if (field == null) {
            throw JsonError.ofField(
                "UNKNOWN_PARAMETER",
                name,
                "not known in a query here (expected: one of %s)"
                    .formatted(JsonFields.names(type)));
          }
          if (field.getName().equals("lease_id") || field.getName().equals("lease_ids")) {
            throw JsonError.ofField(
                "SECRET_IN_URL",
                name,
                "a lease's secret does not belong into a URL (expected: the Rollcall-Lease header)");
          }
          put(name, value(name, field, values));
        });
    return this;
  }

  private static JsonElement value(String name, FieldDescriptor field, List<String> values) {
    if (values.isEmpty()) {
      throw JsonError.of(
          400,
          "BAD_REQUEST",
          "query parameter %s has a percent sign without two hex digits".formatted(name));
    }
    if (!field.isRepeated()) {
      if (values.size() > 1) {
        throw JsonError.ofField(
            "REPEATED_PARAMETER", name, "more than once in the query (expected: once)");
      }
      return new JsonPrimitive(values.get(0));
    }
    JsonArray all = new JsonArray();
    values.forEach(all::add);
    return all;
  }

  /** The secret, in a header so that it is in no URL and no log of URLs. */
  JsonRequest lease(@Nullable String secret) {
    if (secret == null) {
      return this;
    }
    if (type.findFieldByName("lease_id") != null && !json.has("leaseId") && !json.has("lease_id")) {
      json.addProperty("leaseId", secret);
    } else if (type.findFieldByName("lease_ids") != null
        && !json.has("leaseIds")
        && !json.has("lease_ids")) {
      JsonArray one = new JsonArray();
      one.add(secret);
      json.add("leaseIds", one);
    }
    return this;
  }

  /** The message. */
  Message build(Message prototype) {
    Message.Builder builder = prototype.newBuilderForType();
    try {
      JsonFormat.parser().merge(json.toString(), builder);
    } catch (InvalidProtocolBufferException e) {
      throw JsonFields.refused(type, json, String.valueOf(e.getMessage()));
    }
    return builder.build();
  }

  /** Under the name that JSON gives to it, however it was written. */
  private void put(String name, JsonElement value) {
    JsonObject into = json;
    String[] steps = jsonName(name).split("\\.", -1);
    for (int i = 0; i < steps.length - 1; i++) {
      JsonElement below = into.get(steps[i]);
      if (below == null || !below.isJsonObject()) {
        below = new JsonObject();
        into.add(steps[i], below);
      }
      into = below.getAsJsonObject();
    }
    into.add(steps[steps.length - 1], value);
  }

  private String jsonName(String name) {
    StringBuilder path = new StringBuilder();
    String soFar = "";
    for (String step : name.split("\\.", -1)) {
      soFar = soFar.isEmpty() ? step : soFar + "." + step;
      FieldDescriptor field = field(soFar);
      path.append(path.isEmpty() ? "" : ".").append(field == null ? step : field.getJsonName());
    }
    return path.toString();
  }

  private @Nullable FieldDescriptor field(String name) {
    Descriptor at = type;
    FieldDescriptor found = null;
    for (String step : name.split("\\.", -1)) {
      found = at == null ? null : JsonFields.field(at, step);
      if (found == null) {
        return null;
      }
      at = found.getJavaType() == FieldDescriptor.JavaType.MESSAGE ? found.getMessageType() : null;
    }
    return found;
  }
}
