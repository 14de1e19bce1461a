// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.probe.ProbeTargets.Located;
import dev.rollcall.server.probe.ProbeTargets.Rules;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ProbeTargetsTest {
  private final List<String> lookedUp = new ArrayList<>();

  private ProbeTargets targets(List<Cidr> allow, List<Cidr> deny, String... addresses) {
    Rules rules =
        new Rules(allow, deny, ProbeTargets.SENSITIVE_PORTS, port -> port == 7070 || port == 7071);
    return new ProbeTargets(
        rules,
        name -> {
          lookedUp.add(name);
          if (addresses.length == 0) {
            throw new UnknownHostException(name);
          }
          List<InetAddress> all = new ArrayList<>();
          for (String address : addresses) {
            all.add(InetAddress.getByName(address));
          }
          return all;
        });
  }

  private ProbeTargets resolving(String... addresses) {
    return targets(ProbeTargets.PRIVATE, List.of(), addresses);
  }

  private static String refusal(Located located) {
    assertThat(located).isInstanceOf(Located.Refused.class);
    return ((Located.Refused) located).finding().detail();
  }

  private static String found(Located located) {
    assertThat(located).isInstanceOf(Located.Found.class);
    Target target = ((Located.Found) located).target();
    return target.address().getAddress().getHostAddress() + " as " + target.authority();
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.2.3:80, 10.1.2.3 as 10.1.2.3:80",
    "172.31.0.1:80, 172.31.0.1 as 172.31.0.1:80",
    "192.168.0.1:65535, 192.168.0.1 as 192.168.0.1:65535",
    "100.64.0.1:80, 100.64.0.1 as 100.64.0.1:80",
    "[fd00::1]:80, fd00:0:0:0:0:0:0:1 as [fd00::1]:80",
    "[::ffff:10.0.0.1]:80, 10.0.0.1 as [::ffff:10.0.0.1]:80",
  })
  void locate_privateLiteral_isFoundWithoutALookUp(String address, String expected) {
    assertThat(found(resolving().locate(address))).isEqualTo(expected);
    assertThat(ProbeTargets.needsLookup(address)).isFalse();
    assertThat(lookedUp).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "169.254.169.254:80",
        "169.254.170.2:80",
        "[fd00:ec2::254]:80",
        "100.100.100.200:80",
        "192.0.0.192:80",
        "0.0.0.0:80",
        "0.1.2.3:80",
        "[::]:80",
        "[fe80::1]:80",
        "[fe80::1%eth0]:80",
        "[ff02::1]:80",
        "224.0.0.1:80",
        "255.255.255.255:80",
        "240.0.0.1:80",
        "127.0.0.1:80",
        "[::1]:80",
        "[::ffff:127.0.0.1]:80",
        "[::ffff:a9fe:a9fe]:80",
        "[64:ff9b::a9fe:a9fe]:80",
        "[64:ff9b::7f00:1]:80",
        "[::169.254.169.254]:80",
        "8.8.8.8:80",
        "[2001:db8::1]:80",
        "2852039166:80",
        "169.254.43518:80",
        "169.16689662:80",
        "127.1:80",
        "0:80",
        "0x7f000001:80",
        "0xa9.0xfe.0xa9.0xfe:80",
        "0251.0376.0251.0376:80",
        "010.0.0.1:80",
        "10.0.0.256:80",
        "[10.0.0.1]:80",
        "10.0.0.1:22",
        "10.0.0.1:6379",
        "10.0.0.1:10250",
        "name.:80",
        "a@b:80",
        "a b:80",
        "a/b:80",
        "-a:80",
        ":80",
        "10.0.0.1:0",
        "10.0.0.1:65536",
        "10.0.0.1",
        "10.0.0.1:80\r\nX: y",
      })
  void locate_deniedOrOdd_isRefusedWithoutALookUp(String address) {
    assertThat(refusal(resolving("10.0.0.1").locate(address))).contains("not a");
    assertThat(lookedUp).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "169.254.169.254, 169.254.0.0/16",
    "::ffff:a9fe:a9fe, 169.254.0.0/16",
    "64:ff9b::a9fe:a9fe, 169.254.0.0/16",
    "fd00:ec2::254, fd00:ec2:0:0:0:0:0:0/32",
    "127.0.0.1, in no range of --probe-allow",
    "8.8.8.8, in no range of --probe-allow",
  })
  void locate_nameOfADeniedAddress_saysWhichRule(String address, String rule) {
    assertThat(refusal(resolving(address).locate("shop:80")))
        .startsWith("target not allowed: ")
        .contains(rule);
  }

  @Test
  void locate_nameWithOneDeniedAddress_isRefusedWhatever() {
    assertThat(refusal(resolving("10.0.0.1", "169.254.169.254").locate("shop:80")))
        .contains("169.254.169.254 is in 169.254.0.0/16, which is never probed");
  }

  @Test
  void locate_name_isConnectedToTheFirstAllowedAddressAndKeepsItsName() {
    assertThat(found(resolving("8.8.8.8", "10.0.0.7", "10.0.0.8").locate("shop.local:80")))
        .isEqualTo("10.0.0.7 as shop.local:80");
    assertThat(lookedUp).containsExactly("shop.local");
  }

  @Test
  void locate_unknownName_doesNotResolve() {
    assertThat(refusal(resolving().locate("shop:80"))).isEqualTo("address does not resolve");
    assertThat(ProbeTargets.needsLookup("shop:80")).isTrue();
  }

  @Test
  void locate_nameThatResolvesToAnotherAddressEachTime_isCheckedEachTime() {
    List<String> answers = List.of("10.0.0.1", "169.254.169.254");
    ProbeTargets rebound =
        new ProbeTargets(
            new Rules(ProbeTargets.PRIVATE, List.of(), Set.of(), port -> false),
            name -> {
              lookedUp.add(name);
              return List.of(InetAddress.getByName(answers.get((lookedUp.size() - 1) % 2)));
            });
    for (int i = 0; i < 4; i++) {
      assertThat(found(rebound.locate("shop:80"))).startsWith("10.0.0.1 ");
      assertThat(refusal(rebound.locate("shop:80"))).contains("never probed");
    }
    assertThat(lookedUp).hasSize(8);
  }

  @Test
  void locate_deny_beatsAllow() {
    ProbeTargets some = targets(ranges("10.0.0.0/8"), ranges("10.9.0.0/16"));
    assertThat(found(some.locate("10.8.0.1:80"))).startsWith("10.8.0.1");
    assertThat(refusal(some.locate("10.9.0.1:80"))).contains("10.9.0.0/16 of --probe-deny");
    assertThat(refusal(some.locate("192.168.0.1:80"))).contains("--probe-allow");
  }

  @Test
  void locate_allowedWidely_neverMeansTheMetadataService() {
    ProbeTargets wide = targets(ranges("0.0.0.0/0", "::/0"), List.of());
    assertThat(found(wide.locate("8.8.8.8:80"))).startsWith("8.8.8.8");
    assertThat(found(wide.locate("[64:ff9b::808:808]:80"))).contains("808:808");
    assertThat(refusal(wide.locate("169.254.169.254:80"))).contains("never probed");
    assertThat(refusal(wide.locate("[64:ff9b::a9fe:a9fe]:80"))).contains("never probed");
  }

  @Test
  void locate_ownPort_isDeniedOnThisMachineOnly() {
    List<Cidr> allow =
        Stream.concat(ProbeTargets.PRIVATE.stream(), ProbeTargets.LOOPBACK.stream()).toList();
    ProbeTargets targets = targets(allow, List.of());
    assertThat(refusal(targets.locate("127.0.0.1:7070"))).contains("7070 is the registry's own");
    assertThat(refusal(targets.locate("[::1]:7071"))).contains("7071 is the registry's own");
    assertThat(found(targets.locate("127.0.0.1:7072"))).startsWith("127.0.0.1");
    assertThat(found(targets.locate("10.255.255.1:7070"))).startsWith("10.255.255.1");
  }

  private static List<Cidr> ranges(String... texts) {
    return Arrays.stream(texts).map(text -> Cidr.all(text).get(0)).toList();
  }
}
