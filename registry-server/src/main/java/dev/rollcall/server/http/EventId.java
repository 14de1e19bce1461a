// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A watch's position as the id of a server-sent event, {@code epoch.revision.nonce}: opaque to
 * clients, who send the last one back as {@code Last-Event-ID}.
 */
final class EventId {
  /** 18 digits are a number for certain; revisions have 16 at most. */
  private static final Pattern POSITION =
      Pattern.compile("([^.]*)\\.([0-9]{1,18})\\.([0-9]{1,20})");

  private EventId() {}

  /**
   * The line with a message's id. Empty for what cannot be resumed: it is of no watch, or the
   * middle of a snapshot, from where the rest would never come.
   */
  static String line(Message message) {
    Descriptor type = message.getDescriptorForType();
    FieldDescriptor more = type.findFieldByName("more");
    if (more == null || (Boolean) message.getField(more)) {
      return "";
    }
    return "id: %s.%s.%s\n"
        .formatted(
            message.getField(type.findFieldByName("epoch")),
            message.getField(type.findFieldByName("revision")),
            Long.toUnsignedString((Long) message.getField(type.findFieldByName("nonce"))));
  }

  /** A watch's request that goes on after an id; as it is if that is none of ours. */
  static Message after(Message request, @Nullable String id) {
    Descriptor type = request.getDescriptorForType();
    FieldDescriptor revision = type.findFieldByName("after_revision");
    Matcher position = POSITION.matcher(id == null ? "" : id);
    if (revision == null || !position.matches()) {
      return request;
    }
    long nonce;
    try {
      nonce = Long.parseUnsignedLong(position.group(3));
    } catch (NumberFormatException e) {
      return request;
    }
    return request.toBuilder()
        .setField(type.findFieldByName("epoch"), position.group(1))
        .setField(revision, Long.parseLong(position.group(2)))
        .setField(type.findFieldByName("nonce"), nonce)
        .build();
  }
}
