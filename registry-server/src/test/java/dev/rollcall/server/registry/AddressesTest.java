// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hosts by example; ports and lengths are in BadInputTest. */
final class AddressesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "host",
        "a.example.com",
        "_srv.example",
        "10.0.0.1",
        "[::1]",
        "[1::]",
        "[fe80::1%eth0]",
        "[2001:DB8::ff00:42:8329]",
        "[1:2:3:4:5:6:7:8]",
        "[1:2:3:4:5:6:7::]",
        "[::2:3:4:5:6:7:8]",
        "[::ffff:10.0.0.1]",
        "[1:2:3:4:5:6:10.0.0.1]",
        "[64:ff9b::10.0.0.1]"
      })
  void anAddress_isAccepted(String host) {
    assertThat(Addresses.expectedInsteadOf(host + ":80")).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[....]",
        "[:]",
        "[:::]",
        "[1]",
        "[::1::2]",
        "[1:2:3:4:5:6:7]",
        "[1:2:3:4:5:6:7:8:9]",
        "[1:2:3:4::5:6:7:8]",
        "[1:2:3:4:5:6:7:10.0.0.1]",
        "[:1:2:3:4:5:6:7]",
        "[1:2:3:4:5:6:7:]",
        "[12345::]",
        "[::g]",
        "[10.0.0.1]",
        "[10.0.0.1::]",
        "[::10.0.0.1:1]",
        "[::10.0.0.256]",
        "[::10.0.1]",
        "[::1%]",
        "[::1%a%b]",
        "[%eth0]",
        "[host]",
        "10.0.0",
        "00.0.0.1"
      })
  void anythingElse_isNoHost(String host) {
    assertThat(Addresses.expectedInsteadOf(host + ":80")).endsWith("as the host");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "[::]",
        "[::0]",
        "[0::]",
        "[0000::0:0]",
        "[0:0:0:0:0:0:0:0]",
        "[::0.0.0.0]",
        "[::ffff:0.0.0.0]",
        "[::FFFF:0:0]",
        "[::%eth0]"
      })
  void theWildcard_isRefusedInAnySpelling(String host) {
    assertThat(Addresses.expectedInsteadOf(host + ":80")).endsWith("not the wildcard");
  }
}
