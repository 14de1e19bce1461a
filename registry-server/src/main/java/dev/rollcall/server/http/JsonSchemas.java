// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;

/** The shapes of messages in proto's canonical JSON, as OpenAPI names shapes; each once. */
final class JsonSchemas {
  private static final String PLACE = "#/components/schemas/";

  private final ProtoComments comments;
  private final JsonObject all = new JsonObject();

  JsonSchemas(ProtoComments comments) {
    this.comments = comments;
  }

  /** Every shape that was referred to, by name. */
  JsonObject all() {
    return all;
  }

  /** Refers to a message's shape. */
  JsonObject of(Descriptor message) {
    if (message.equals(Timestamp.getDescriptor())) {
      return text("date-time");
    }
    if (message.equals(Duration.getDescriptor())) {
      JsonObject seconds = text("");
      seconds.addProperty("pattern", "^-?[0-9]+(\\.[0-9]{1,9})?s$");
      seconds.addProperty("example", "15s");
      return seconds;
    }
    String name = name(message.getFullName());
    if (!all.has(name)) {
      JsonObject shape = new JsonObject();
      all.add(name, shape);
      shape.addProperty("type", "object");
      describe(shape, message.getFullName());
      JsonObject properties = new JsonObject();
      for (FieldDescriptor field : message.getFields()) {
        properties.add(field.getJsonName(), of(field));
      }
      shape.add("properties", properties);
    }
    return reference(name);
  }

  /** A field's shape, with what is said of it. */
  JsonObject of(FieldDescriptor field) {
    JsonObject shape;
    if (field.isMapField()) {
      shape = new JsonObject();
      shape.addProperty("type", "object");
      shape.add("additionalProperties", single(field.getMessageType().findFieldByName("value")));
    } else if (field.isRepeated()) {
      shape = new JsonObject();
      shape.addProperty("type", "array");
      shape.add("items", single(field));
    } else {
      shape = single(field);
    }
    if (shape.has("$ref")) {
      // beside a reference nothing else counts
      JsonArray one = new JsonArray();
      one.add(shape);
      shape = new JsonObject();
      shape.add("allOf", one);
    }
    describe(shape, field.getFullName());
    return shape;
  }

  /** The whole name without what all have in common. */
  static String name(String fullName) {
    return fullName.replaceFirst("^rollcall\\.", "").replace(".v1.", ".");
  }

  private JsonObject single(FieldDescriptor field) {
    return switch (field.getType()) {
      case MESSAGE, GROUP -> of(field.getMessageType());
      case ENUM -> of(field.getEnumType());
      case BOOL -> plain("boolean", "");
      case STRING -> text("");
      case BYTES -> text("byte");
      case DOUBLE -> plain("number", "double");
      case FLOAT -> plain("number", "float");
      // JSON's numbers do not hold 64 bits
      case INT64, SINT64, SFIXED64 -> text("int64");
      case UINT64, FIXED64 -> text("uint64");
      case INT32, SINT32, SFIXED32, UINT32, FIXED32 -> plain("integer", "int32");
    };
  }

  private JsonObject of(EnumDescriptor values) {
    String name = name(values.getFullName());
    if (!all.has(name)) {
      JsonObject shape = text("");
      JsonArray names = new JsonArray();
      values.getValues().forEach(value -> names.add(value.getName()));
      shape.add("enum", names);
      describe(shape, values.getFullName());
      all.add(name, shape);
    }
    return reference(name);
  }

  private void describe(JsonObject shape, String fullName) {
    String text = comments.of(fullName);
    if (!text.isEmpty()) {
      shape.addProperty("description", text);
    }
  }

  private static JsonObject reference(String name) {
    JsonObject reference = new JsonObject();
    reference.addProperty("$ref", PLACE + name);
    return reference;
  }

  private static JsonObject text(String format) {
    return plain("string", format);
  }

  private static JsonObject plain(String type, String format) {
    JsonObject shape = new JsonObject();
    shape.addProperty("type", type);
    if (!format.isEmpty()) {
      shape.addProperty("format", format);
    }
    return shape;
  }
}
