// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.web;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;

/** Messages as JSON, the way grpcurl prints them. */
public final class Json {
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().alwaysPrintFieldsWithNoPresence().omittingInsignificantWhitespace();

  private Json() {}

  /** The message as one line of JSON. */
  public static String print(MessageOrBuilder message) {
    try {
      return PRINTER.print(message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /**
   * Reads JSON into a builder; fields that it does not know are skipped.
   *
   * @throws IllegalArgumentException when it is no such JSON
   */
  public static <B extends Message.Builder> B parse(String json, B into) {
    try {
      JsonFormat.parser().ignoringUnknownFields().merge(json, into);
      return into;
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
