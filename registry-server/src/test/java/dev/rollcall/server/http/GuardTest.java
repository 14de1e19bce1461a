// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GuardTest {
  private static final List<String> HOSTS =
      List.of("registry.example.com", "*.Internal.Example.org");

  private static boolean allows(String listening, List<String> hosts, String asked) {
    return new Guard(new InetSocketAddress(listening, 7071), hosts).allows(asked);
  }

  @ParameterizedTest
  @CsvSource({
    "localhost,              true,  true",
    "LOCALHOST.,             true,  true",
    "rollcall.localhost,     true,  true",
    "127.0.0.1,              true,  true",
    "127.9.9.9,              true,  true",
    "[::1],                  true,  true",
    "::1,                    true,  true",
    "10.0.0.5,               false, true",
    "[fd00::5],              false, true",
    "0x7f.1,                 false, true",
    "registry-1,             false, true",
    "evil.example,           false, false",
    "localhost.evil.example, false, false",
    "127.0.0.1.evil.example, false, false",
    "10.0.0.5.evil.example,  false, false",
    "notlocalhost.com,       false, false",
    "registry.example.com,   true,  true",
    "Registry.Example.Com.,  true,  true",
    "x.registry.example.com, false, false",
    "a.b.internal.example.org, true, true",
    "internal.example.org,   false, false",
    "evilinternal.example.org, false, false",
  })
  void allows_whatNobodyOutsideCanOwn(String asked, boolean onLoopback, boolean elsewhere) {
    assertThat(allows("127.0.0.1", HOSTS, asked)).as("on loopback").isEqualTo(onLoopback);
    assertThat(allows("::1", HOSTS, asked)).as("on loopback").isEqualTo(onLoopback);
    assertThat(allows("0.0.0.0", HOSTS, asked)).as("elsewhere").isEqualTo(elsewhere);
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1", "0.0.0.0"})
  void allows_everyNameWhereAskedTo(String listening) {
    assertThat(allows(listening, List.of("*"), "anything.example")).isTrue();
  }
}
