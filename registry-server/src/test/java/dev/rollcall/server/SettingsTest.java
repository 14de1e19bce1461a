// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SettingsTest {
  @TempDir Path directory;

  private final List<String> warnings = new ArrayList<>();

  private Settings gather(Map<Flag, String> options, Map<String, String> environment) {
    return Settings.gather(options, environment, warnings::add);
  }

  private String file(String... lines) throws IOException {
    return Files.write(directory.resolve("c.yaml"), List.of(lines)).toString();
  }

  private String refusal(Map<Flag, String> options, Map<String, String> environment) {
    return assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> gather(options, environment))
        .actual()
        .getMessage();
  }

  @Test
  void gather_nothing_isThePresets() {
    Settings settings = gather(Map.of(), Map.of("PATH", "/bin"));
    for (Flag flag : Flag.values()) {
      assertThat(settings.text(flag)).as(flag.key()).isEqualTo(flag.preset());
    }
    assertThat(warnings).isEmpty();
  }

  @Test
  void gather_allPlaces_flagThenEnvironmentThenFileThenPreset() throws IOException {
    String file = file("grpc-port: 1", "http-port: 1", "host: localhost", "lease-default: 7s");
    Settings settings =
        gather(
            Map.of(Flag.CONFIG, file, Flag.GRPC_PORT, "3"),
            Map.of("ROLLCALL_GRPC_PORT", "2", "ROLLCALL_HTTP_PORT", "2"));
    assertThat(settings.text(Flag.GRPC_PORT)).isEqualTo("3");
    assertThat(settings.where(Flag.GRPC_PORT)).isEqualTo("--grpc-port");
    assertThat(settings.text(Flag.HTTP_PORT)).isEqualTo("2");
    assertThat(settings.where(Flag.HTTP_PORT)).isEqualTo("ROLLCALL_HTTP_PORT");
    assertThat(settings.text(Flag.HOST)).isEqualTo("localhost");
    assertThat(settings.where(Flag.HOST)).isEqualTo("host in " + file);
    assertThat(settings.text(Flag.LEASE_DEFAULT)).isEqualTo("7s");
    assertThat(settings.text(Flag.LEASE_MAX)).isEqualTo("24h");
  }

  @Test
  void gather_fileNamedByTheEnvironment_isRead() throws IOException {
    Settings settings = gather(Map.of(), Map.of("ROLLCALL_CONFIG", file("insecure: true")));
    assertThat(settings.toggle(Flag.INSECURE)).isTrue();
  }

  @Test
  void gather_emptyFile_changesNothing() throws IOException {
    Settings settings = gather(Map.of(Flag.CONFIG, file("# nothing yet")), Map.of());
    assertThat(settings.text(Flag.GRPC_PORT)).isEqualTo("7070");
  }

  @Test
  void gather_unknownVariable_isWarnedOf() {
    gather(Map.of(), Map.of("ROLLCALL_GRPC_PROT", "1"));
    assertThat(warnings)
        .containsExactly(
            "environment variable ROLLCALL_GRPC_PROT is not known and ignored; did you mean"
                + " ROLLCALL_GRPC_PORT?");
  }

  @Test
  void gather_unknownKey_namesTheNearest() throws IOException {
    String file = file("leese-default: 5s");
    assertThat(refusal(Map.of(Flag.CONFIG, file), Map.of()))
        .isEqualTo(file + ": unknown key leese-default; did you mean lease-default?");
    file("config: other.yaml");
    assertThat(refusal(Map.of(Flag.CONFIG, file), Map.of())).contains("unknown key config");
  }

  @Test
  void gather_fileOfAnotherForm_saysWhere() throws IOException {
    String file = file("host: a", "host: b");
    assertThat(refusal(Map.of(Flag.CONFIG, file), Map.of()))
        .startsWith("--config: " + file + ", line 2: ")
        .contains("duplicate key")
        .doesNotContain("\n");
    file("- a");
    assertThat(refusal(Map.of(), Map.of("ROLLCALL_CONFIG", file)))
        .startsWith("ROLLCALL_CONFIG: " + file + " holds no keys");
    file("host: [a, b]");
    assertThat(refusal(Map.of(Flag.CONFIG, file), Map.of()))
        .isEqualTo("host in " + file + ": [a, b] (expected: one value)");
    file("host: 'a");
    assertThat(refusal(Map.of(Flag.CONFIG, file), Map.of())).contains("line ");
    assertThat(refusal(Map.of(Flag.CONFIG, directory + "/missing.yaml"), Map.of()))
        .startsWith("--config: cannot read " + directory + "/missing.yaml");
  }
}
