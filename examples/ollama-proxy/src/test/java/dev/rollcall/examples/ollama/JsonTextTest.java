// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonTextTest {
  private static JsonText parse(String json) {
    return JsonText.parse(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void member_isFoundAsOllamaFindsIt_andKeptAsItWasWritten() {
    JsonText json =
        parse(
            " {\"images\":[\"}\\\"\"], \"Model\" : \"a\\u00e9\\n\",\"n\":{\"x\":[1.50 , -2e3]}} ");
    assertThat(json.text("model")).isEqualTo("a\u00e9\n");
    assertThat(json.member("n").raw()).isEqualTo("{\"x\":[1.50 , -2e3]}");
    assertThat(json.member("n").member("x").elements())
        .extracting(JsonText::raw)
        .containsExactly("1.50", "-2e3");
    assertThat(json.member("none")).isNull();
    assertThat(parse("{\"m\":1,\"m\":\"last\"}").text("m")).isEqualTo("last");
    assertThat(parse("{\"stream\":false}").member("stream").isFalse()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{\"a\"}",
        "{\"a\":1,}",
        "[1,]",
        "{a:1}",
        "01",
        "1.",
        "-",
        "\"a",
        "\"\\x\"",
        "nul",
        "{} {}",
        "\"\\u12g4\"",
        "{\"a\":1 \"b\":2}",
        "tru",
        "\"\n\""
      })
  void parse_whatIsNoJson_isRefused(String text) {
    assertThatThrownBy(() -> parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void parse_nestedWithoutEnd_isRefused_notACrash() {
    assertThatThrownBy(() -> parse("[".repeat(100_000)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void quoted_isReadBackAsItWas() {
    String text = "a\"b\\c\n\r\t\u0001 \u00e9 \ud83d\ude00";
    assertThat(parse(JsonText.quoted(text)).text()).isEqualTo(text);
  }
}
