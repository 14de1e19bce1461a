// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StrictJsonTest {
  private static void refused(String text, String why) {
    assertThatExceptionOfType(JsonError.class)
        .isThrownBy(() -> StrictJson.parse(text))
        .matches(error -> error.code() == 400)
        .withMessageContaining(why);
  }

  @Test
  void parse_json_isWhatItSays() {
    String text = "{\"a\":[1,true,null,\"x\",{\"b\":\"\\ud83d\\ude00\"}],\"b\":{}}";
    assertThat(StrictJson.parse(text).toString()).contains("\"a\":[1,true,null,\"x\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{a:1}",
        "{'a':1}",
        "{} {}",
        "{\"a\":1,}",
        "// x",
        "{\"a\":01}",
        "{\"a\"",
        "[1,2",
        "NaN",
        "{\"a\":1,\"a\":2}",
        "{\"a\":{\"b\":1,\"b\":1}}",
        "\"\\ud800\"",
        "{\"\\udc00\":1}",
        "x"
      })
  void parse_whatIsNotJsonByTheLetter_isRefused(String text) {
    refused(text, "the body ");
  }

  @Test
  void parse_noJson_saysWhereAndNotHowToProgram() {
    refused("hello", "the body is no JSON: not as JSON is written at line 1 column 1");
  }

  @Test
  void parse_tooManyValues_isRefused() {
    refused("[" + "0,".repeat(50_000) + "0]", "too many values (expected: at most 50000)");
  }

  @Test
  void parse_tooDeep_isRefused() {
    refused("[".repeat(5_000), "the body is no JSON");
  }
}
