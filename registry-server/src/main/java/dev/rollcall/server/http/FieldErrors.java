// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Says which field of a JSON object is no good. The parser says what is wrong but not where, so
 * each field is parsed by itself until the one is found; only for what was refused already.
 */
final class FieldErrors {
  private FieldErrors() {}

  /**
   * The first field that is not known or not of its type.
   *
   * @param why what the parser said of the whole: it stands where each field by itself is fine
   */
  static JsonError of(Descriptor type, JsonObject json, String why) {
    JsonError found = search(type, json, "");
    return found == null ? JsonError.of(400, "INVALID_JSON", why) : found;
  }

  private static @Nullable JsonError search(Descriptor type, JsonObject json, String path) {
    for (Map.Entry<String, JsonElement> entry : json.entrySet()) {
      FieldDescriptor field = field(type, entry.getKey());
      String at = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
      if (field == null) {
        return JsonError.ofField(
            "UNKNOWN_FIELD", at, "not known (expected: one of %s)".formatted(names(type)));
      }
      JsonError error = search(type, field, entry.getValue(), at);
      if (error != null) {
        return error;
      }
    }
    return null;
  }

  private static @Nullable JsonError search(
      Descriptor type, FieldDescriptor field, JsonElement value, String at) {
    String why = refusal(type, field, value);
    if (why == null) {
      return null;
    }
    JsonError deeper = null;
    if (field.isMapField() && value.isJsonObject()) {
      for (Map.Entry<String, JsonElement> entry : value.getAsJsonObject().entrySet()) {
        JsonObject one = new JsonObject();
        one.add(entry.getKey(), entry.getValue());
        String below = at + "." + entry.getKey();
        deeper = deeper == null ? refused(below, field, refusal(type, field, one)) : deeper;
      }
    } else if (field.isRepeated() && value.isJsonArray()) {
      JsonArray all = value.getAsJsonArray();
      for (int i = 0; i < all.size() && deeper == null; i++) {
        JsonArray one = new JsonArray();
        one.add(all.get(i));
        String below = at + "[" + i + "]";
        deeper = inside(field, all.get(i), below);
        deeper = deeper == null ? refused(below, field, refusal(type, field, one)) : deeper;
      }
    } else {
      deeper = inside(field, value, at);
    }
    return deeper == null ? refused(at, field, why) : deeper;
  }

  private static @Nullable JsonError inside(FieldDescriptor field, JsonElement value, String at) {
    boolean message =
        field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isMapField();
    return message && value.isJsonObject()
        ? search(field.getMessageType(), value.getAsJsonObject(), at)
        : null;
  }

  private static @Nullable JsonError refused(
      String at, FieldDescriptor field, @Nullable String why) {
    if (why == null) {
      return null;
    }
    return JsonError.ofField("INVALID_FIELD", at, why + expected(field));
  }

  private static String expected(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case ENUM -> values(field);
      case MESSAGE ->
          switch (field.getMessageType().getFullName()) {
            case "google.protobuf.Duration" -> " (expected: seconds such as \"10s\" or \"0.5s\")";
            case "google.protobuf.Timestamp" ->
                " (expected: a time such as \"2026-01-31T12:00:00Z\")";
            default -> "";
          };
      default -> "";
    };
  }

  private static String values(FieldDescriptor field) {
    return field.getEnumType().getValues().stream()
        .filter(value -> value.getNumber() != 0)
        .map(EnumValueDescriptor::getName)
        .collect(Collectors.joining(", ", " (expected: one of ", ")"));
  }

  /** What the parser says of a field alone; null: nothing. */
  private static @Nullable String refusal(
      Descriptor type, FieldDescriptor field, JsonElement value) {
    JsonObject alone = new JsonObject();
    alone.add(field.getJsonName(), value);
    try {
      JsonFormat.parser().merge(alone.toString(), DynamicMessage.newBuilder(type));
      return null;
    } catch (InvalidProtocolBufferException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static @Nullable FieldDescriptor field(Descriptor type, String name) {
    for (FieldDescriptor field : type.getFields()) {
      if (field.getJsonName().equals(name) || field.getName().equals(name)) {
        return field;
      }
    }
    return null;
  }

  private static String names(Descriptor type) {
    return type.getFields().stream()
        .map(FieldDescriptor::getJsonName)
        .collect(Collectors.joining(", "));
  }
}
