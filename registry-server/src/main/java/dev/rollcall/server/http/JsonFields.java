// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Duration;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.JsonFormat;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds the field of a JSON object that is no good, and says where it stands. Proto's parser takes
 * more than proto's JSON is (an array of one for its element, a number for a text), and what it
 * refuses it does not name.
 */
final class JsonFields {
  /** Whether a value that is not made of others is good for a field. */
  private final BiPredicate<FieldDescriptor, JsonElement> good;

  private JsonFields(BiPredicate<FieldDescriptor, JsonElement> good) {
    this.good = good;
  }

  /**
   * Refuses the first field that is not known, or not of its type.
   *
   * @param path where the object stands; empty: it is the whole
   */
  static void check(Descriptor type, JsonObject json, String path) {
    JsonError error = new JsonFields(JsonFields::isOfItsType).search(type, json, path);
    if (error != null) {
      throw error;
    }
  }

  /**
   * The field for which the parser refused an object.
   *
   * @param why what it said: it stands where each field by itself is fine
   */
  static JsonError refused(Descriptor type, JsonObject json, String why) {
    JsonError error = new JsonFields(JsonFields::isParsed).search(type, json, "");
    return error == null ? JsonError.of(400, "INVALID_JSON", why) : error;
  }

  private @Nullable JsonError search(Descriptor type, JsonObject json, String path) {
    Set<FieldDescriptor> seen = new HashSet<>();
    for (Map.Entry<String, JsonElement> entry : json.entrySet()) {
      FieldDescriptor field = field(type, entry.getKey());
      String at = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
      if (field == null) {
        return JsonError.ofField(
            "UNKNOWN_FIELD", at, "not known (expected: one of %s)".formatted(names(type)));
      }
      if (!seen.add(field)) {
        return JsonError.ofField(
            "INVALID_FIELD", at, "there by its other name, too (expected: one of them)");
      }
      JsonError error = entry.getValue().isJsonNull() ? null : whole(field, entry.getValue(), at);
      if (error != null) {
        return error;
      }
    }
    return null;
  }

  private @Nullable JsonError whole(FieldDescriptor field, JsonElement value, String at) {
    if (field.isMapField()) {
      return value.isJsonObject()
          ? values(field, value.getAsJsonObject(), at)
          : wrong(at, value, "an object");
    }
    if (field.isRepeated()) {
      return value.isJsonArray()
          ? elements(field, value.getAsJsonArray(), at)
          : wrong(at, value, "an array");
    }
    return one(field, value, at);
  }

  private @Nullable JsonError values(FieldDescriptor field, JsonObject json, String at) {
    FieldDescriptor type = field.getMessageType().findFieldByName("value");
    for (Map.Entry<String, JsonElement> entry : json.entrySet()) {
      JsonError error = one(type, entry.getValue(), at + "." + entry.getKey());
      if (error != null) {
        return error;
      }
    }
    return null;
  }

  private @Nullable JsonError elements(FieldDescriptor field, JsonArray all, String at) {
    for (int i = 0; i < all.size(); i++) {
      JsonError error = one(field, all.get(i), at + "[" + i + "]");
      if (error != null) {
        return error;
      }
    }
    return null;
  }

  private @Nullable JsonError one(FieldDescriptor field, JsonElement value, String at) {
    if (field.getJavaType() == JavaType.MESSAGE && !written(field)) {
      return value.isJsonObject()
          ? search(field.getMessageType(), value.getAsJsonObject(), at)
          : wrong(at, value, "an object");
    }
    return good.test(field, value) ? null : wrong(at, value, kind(field));
  }

  private static JsonError wrong(String at, JsonElement value, String expected) {
    return JsonError.ofField(
        "INVALID_FIELD", at, "%s (expected: %s)".formatted(shown(value), expected));
  }

  /** Whether a message is written as a text. */
  private static boolean written(FieldDescriptor field) {
    return field.getMessageType().equals(Duration.getDescriptor())
        || field.getMessageType().equals(Timestamp.getDescriptor());
  }

  private static boolean isOfItsType(FieldDescriptor field, JsonElement value) {
    return value instanceof JsonPrimitive plain
        && switch (field.getJavaType()) {
          case STRING, BYTE_STRING, MESSAGE -> plain.isString();
          case BOOLEAN -> plain.isBoolean();
          default -> !plain.isBoolean();
        };
  }

  private static boolean isParsed(FieldDescriptor field, JsonElement value) {
    JsonElement whole = value;
    if (field.isRepeated()) {
      JsonArray alone = new JsonArray();
      alone.add(value);
      whole = alone;
    }
    JsonObject json = new JsonObject();
    json.add(field.getJsonName(), whole);
    try {
      JsonFormat.parser()
          .merge(json.toString(), DynamicMessage.newBuilder(field.getContainingType()));
      return true;
    } catch (InvalidProtocolBufferException e) {
      return false;
    }
  }

  private static String kind(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case STRING -> "a text";
      case BYTE_STRING -> "a text in base64";
      case BOOLEAN -> "true or false";
      case INT ->
          "a whole number from "
              + (unsigned(field) ? "0 to 4294967295" : "-2147483648 to 2147483647");
      case LONG -> "a whole number" + (unsigned(field) ? " from 0" : "");
      case FLOAT, DOUBLE -> "a number";
      case ENUM ->
          field.getEnumType().getValues().stream()
              .filter(value -> value.getNumber() != 0)
              .map(EnumValueDescriptor::getName)
              .collect(Collectors.joining(", ", "one of ", ""));
      case MESSAGE ->
          field.getMessageType().equals(Duration.getDescriptor())
              ? "seconds such as \"10s\" or \"0.5s\""
              : "a time such as \"2026-01-31T12:00:00Z\"";
    };
  }

  private static boolean unsigned(FieldDescriptor field) {
    return switch (field.getType()) {
      case UINT32, UINT64, FIXED32, FIXED64 -> true;
      default -> false;
    };
  }

  /** Short: it goes into a message. */
  private static String shown(JsonElement value) {
    String text = value.toString();
    return text.length() > 60 ? text.substring(0, 60) + "..." : text;
  }

  /** By the name that JSON gives to it or by its own; null: there is none. */
  static @Nullable FieldDescriptor field(Descriptor type, String name) {
    for (FieldDescriptor field : type.getFields()) {
      if (field.getJsonName().equals(name) || field.getName().equals(name)) {
        return field;
      }
    }
    return null;
  }

  /** What a message may have, for people. */
  static String names(Descriptor type) {
    return type.getFields().stream()
        .map(FieldDescriptor::getJsonName)
        .collect(Collectors.joining(", "));
  }
}
