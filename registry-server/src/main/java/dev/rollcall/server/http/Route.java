// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.protobuf.Descriptors.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One way to call one rpc over HTTP, as the proto's {@code google.api.http} option says.
 *
 * @param verb GET, POST, PUT or DELETE
 * @param template as in the proto, for people
 * @param body the field that the body holds; {@code *}: all of them; empty: there is no body
 * @param rpc what is called
 */
record Route(
    String verb,
    String template,
    Pattern path,
    List<String> captures,
    String body,
    io.grpc.MethodDescriptor<?, ?> rpc) {
  private static final Pattern VARIABLE = Pattern.compile("\\{([^=}]+)(=\\*\\*)?}");

  /** Copies the list. */
  Route {
    captures = List.copyOf(captures);
  }

  /** All routes of these services; of two that match the same path the longer comes first. */
  static List<Route> of(List<ServiceDescriptor> services) {
    List<Route> all = new ArrayList<>();
    for (ServiceDescriptor service : services) {
      for (io.grpc.MethodDescriptor<?, ?> rpc : service.getMethods()) {
        HttpRule rule = proto(rpc).getOptions().getExtension(AnnotationsProto.http);
        add(all, rule, rpc);
        rule.getAdditionalBindingsList().forEach(more -> add(all, more, rpc));
      }
    }
    all.sort(Comparator.comparingInt((Route route) -> route.template.length()).reversed());
    return List.copyOf(all);
  }

  /** The method as its proto describes it. */
  static MethodDescriptor proto(io.grpc.MethodDescriptor<?, ?> rpc) {
    if (rpc.getSchemaDescriptor() instanceof ProtoMethodDescriptorSupplier schema) {
      return schema.getMethodDescriptor();
    }
    throw new IllegalArgumentException(rpc.getFullMethodName() + " has no proto");
  }

  private static void add(List<Route> all, HttpRule rule, io.grpc.MethodDescriptor<?, ?> rpc) {
    switch (rule.getPatternCase()) {
      case GET -> all.add(of("GET", rule.getGet(), rule.getBody(), rpc));
      case POST -> all.add(of("POST", rule.getPost(), rule.getBody(), rpc));
      case PUT -> all.add(of("PUT", rule.getPut(), rule.getBody(), rpc));
      case DELETE -> all.add(of("DELETE", rule.getDelete(), rule.getBody(), rpc));
      default -> {
        // an rpc without a way to call it over HTTP
      }
    }
  }

  private static Route of(
      String verb, String template, String body, io.grpc.MethodDescriptor<?, ?> rpc) {
    List<String> captures = new ArrayList<>();
    StringBuilder path = new StringBuilder();
    Matcher variable = VARIABLE.matcher(template);
    int from = 0;
    while (variable.find()) {
      path.append(Pattern.quote(template.substring(from, variable.start())));
      captures.add(variable.group(1));
      path.append(variable.group(2) == null ? "([^/:]+)" : "(.+)");
      from = variable.end();
    }
    path.append(Pattern.quote(template.substring(from)));
    return new Route(verb, template, Pattern.compile(path.toString()), captures, body, rpc);
  }

  /** What the path says of fields; null: it is another path. */
  @Nullable Map<String, String> match(String requested) {
    Matcher matcher = path.matcher(requested);
    if (!matcher.matches()) {
      return null;
    }
    Map<String, String> fields = new LinkedHashMap<>();
    for (int i = 0; i < captures.size(); i++) {
      fields.put(captures.get(i), decoded(matcher.group(i + 1)));
    }
    return fields;
  }

  /** Percent signs mean bytes; a plus is a plus. */
  private static String decoded(String segment) {
    try {
      return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw JsonError.of(
          400,
          "BAD_REQUEST",
          "the path has a percent sign without two hex digits (expected: %25 for the sign itself)");
    }
  }

  /**
   * Whether it is this route that a verb asks for; what is read may be asked for its head alone.
   */
  boolean answers(String asked) {
    return asked.equals(verb) || (asked.equals("HEAD") && verb.equals("GET") && !streams());
  }

  /** Whether many messages come back. */
  boolean streams() {
    return rpc.getType() == io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING;
  }
}
