// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import com.google.protobuf.Duration;
import dev.rollcall.registry.v1.Instance;
import java.util.Collections;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** What may not be registered: a name of the case, what the refusal mentions, what spoils it. */
public final class BadInstances {
  private BadInstances() {}

  /** All cases. */
  public static Stream<Arguments> all() {
    return Stream.of(names(), addresses(), rest()).flatMap(all -> all);
  }

  private static Stream<Arguments> names() {
    return Stream.of(
        bad("no service", "instance.service", i -> i.setService("")),
        bad("upper case", "instance.service", i -> i.setService("Product")),
        bad("a dot", "instance.service", i -> i.setService("a.b")),
        bad("a slash", "instance.service", i -> i.setService("a/../b")),
        bad("a leading dash", "instance.service", i -> i.setService("-a")),
        bad("64 characters", "instance.service", i -> i.setService("a".repeat(64))),
        bad("a line feed", "instance.service", i -> i.setService("a\nb")),
        bad("NUL", "instance.service", i -> i.setService("a\0")),
        bad("Cyrillic", "instance.service", i -> i.setService("pr\u043educt")),
        bad("markup", "instance.service", i -> i.setService("<script>")),
        bad("an id of 129", "instance.id", i -> i.setId("a".repeat(129))),
        bad("an id with a space", "instance.id", i -> i.setId("a b")),
        bad("an id of two dots", "instance.id", i -> i.setId("..")));
  }

  private static Stream<Arguments> addresses() {
    return Stream.of(
        bad("no address", "instance.address", i -> i.setAddress("")),
        bad("no port", "instance.address", i -> i.setAddress("host")),
        bad("no host", "instance.address", i -> i.setAddress(":80")),
        bad("port 0", "instance.address", i -> i.setAddress("host:0")),
        bad("port 70000", "instance.address", i -> i.setAddress("host:70000")),
        bad("port -1", "instance.address", i -> i.setAddress("host:-1")),
        bad("port 4294967297", "instance.address", i -> i.setAddress("host:4294967297")),
        bad("a wildcard", "instance.address", i -> i.setAddress("0.0.0.0:80")),
        bad("half an IPv4 address", "instance.address", i -> i.setAddress("127.1:80")),
        bad("an octet of 300", "instance.address", i -> i.setAddress("10.0.0.300:80")),
        bad("bare IPv6", "instance.address", i -> i.setAddress("fe80::1:80")),
        bad("user info", "instance.address", i -> i.setAddress("a@b:80")),
        bad("a scheme", "instance.address", i -> i.setAddress("http://host:80")),
        bad("256 characters", "instance.address", i -> i.setAddress("a.".repeat(126) + "aa:80")),
        bad("a bad endpoint", "instance.endpoints[\"http\"]", i -> i.putEndpoints("http", "x")),
        bad(
            "an endpoint without a name",
            "instance.endpoints[\"\"]",
            i -> i.putEndpoints("", "h:1")));
  }

  private static Stream<Arguments> rest() {
    return Stream.of(
        bad("a long version", "instance.version", i -> i.setVersion("v".repeat(129))),
        bad("a long zone", "instance.zone", i -> i.setZone("z".repeat(129))),
        bad("a weight of 65536", "instance.weight", i -> i.setWeight(65_536)),
        bad("a weight of 2^32-1", "instance.weight", i -> i.setWeight(-1)),
        bad("65 labels", "instance.metadata", i -> fill(i, 65, 1)),
        bad("32 KiB of labels", "instance.metadata", i -> fill(i, 9, 4_000)),
        bad(
            "a label of 4 KiB + 1",
            "instance.metadata[\"k\"]",
            i -> i.putMetadata("k", "v".repeat(4_097))),
        bad("a long key", "129 bytes", i -> i.putMetadata("k".repeat(129), "v")),
        bad("an empty key", "instance.metadata[\"\"]", i -> i.putMetadata("", "v")),
        bad("65 requirements", "instance.requires", i -> i.addAllRequires(nameless(65))),
        bad("a bad requirement", "instance.requires[0]", i -> i.addRequires("UP")),
        bad("TTL 0", "0s (expected: 1s to 86400s)", i -> i.setLeaseTtl(seconds(0))),
        bad("TTL -1", "-1s (expected: 1s to 86400s)", i -> i.setLeaseTtl(seconds(-1))),
        bad("TTL 25 h", "90000s (expected: 1s to 86400s)", i -> i.setLeaseTtl(seconds(90_000))),
        bad(
            "TTL beyond counting",
            "instance.lease_ttl",
            i -> i.setLeaseTtl(seconds(Long.MAX_VALUE).toBuilder().setNanos(999_999_999))),
        bad(
            "TTL below counting",
            "instance.lease_ttl",
            i -> i.setLeaseTtl(seconds(Long.MIN_VALUE).toBuilder().setNanos(-999_999_999))));
  }

  private static Arguments bad(String name, String mentions, Consumer<Instance.Builder> spoil) {
    return Arguments.of(name, mentions, spoil);
  }

  private static void fill(Instance.Builder instance, int entries, int bytes) {
    for (int i = 0; i < entries; i++) {
      instance.putMetadata("k" + i, "v".repeat(bytes));
    }
  }

  private static Iterable<String> nameless(int count) {
    return Collections.nCopies(count, "a");
  }

  private static Duration seconds(long seconds) {
    return Duration.newBuilder().setSeconds(seconds).build();
  }
}
