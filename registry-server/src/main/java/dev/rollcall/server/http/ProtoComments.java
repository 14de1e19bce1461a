// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.DescriptorProtos.SourceCodeInfo.Location;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the protos say about themselves, by the full names of services, rpcs, messages, fields. */
final class ProtoComments {
  private static final String PROTOSET = "/rollcall.protoset";

  private final Map<String, String> byName = new HashMap<>();

  /** Those of the protos that this program was built from. */
  static ProtoComments read() {
    try (InputStream in = ProtoComments.class.getResourceAsStream(PROTOSET)) {
      if (in == null) {
        throw new IllegalStateException(PROTOSET + " is not on the class path");
      }
      ProtoComments comments = new ProtoComments();
      FileDescriptorSet.parseFrom(in).getFileList().forEach(comments::add);
      return comments;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is said of something; empty: nothing. */
  String of(String fullName) {
    return byName.getOrDefault(fullName, "");
  }

  private void add(FileDescriptorProto file) {
    for (Location location : file.getSourceCodeInfo().getLocationList()) {
      String name = name(file, location.getPathList());
      String text = location.getLeadingComments().strip();
      if (!name.isEmpty() && !text.isEmpty()) {
        byName.put(file.getPackage() + "." + name, text.replaceAll("\n ?", "\n"));
      }
    }
  }

  /** What a path of field numbers and indices leads to, by the numbers of descriptor.proto. */
  private static String name(FileDescriptorProto file, List<Integer> path) {
    if (path.size() != 2 && path.size() != 4) {
      return "";
    }
    boolean whole = path.size() == 2;
    int index = path.get(1);
    return switch (path.get(0)) {
      case FileDescriptorProto.SERVICE_FIELD_NUMBER -> {
        ServiceDescriptorProto service = file.getService(index);
        yield service.getName() + (whole ? "" : "." + service.getMethod(path.get(3)).getName());
      }
      case FileDescriptorProto.ENUM_TYPE_FIELD_NUMBER -> {
        EnumDescriptorProto values = file.getEnumType(index);
        yield values.getName() + (whole ? "" : "." + values.getValue(path.get(3)).getName());
      }
      case FileDescriptorProto.MESSAGE_TYPE_FIELD_NUMBER -> {
        DescriptorProto message = file.getMessageType(index);
        boolean field = !whole && path.get(2) == DescriptorProto.FIELD_FIELD_NUMBER;
        String name = message.getName();
        yield whole ? name : field ? name + "." + message.getField(path.get(3)).getName() : "";
      }
      default -> "";
    };
  }
}
