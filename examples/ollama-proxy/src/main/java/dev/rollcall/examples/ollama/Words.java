// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Errors as Ollama says them, so that its clients understand them. Pure. */
final class Words {
  static final String BUSY = "server busy, please try again.  maximum pending requests exceeded";
  static final String JSON = "application/json; charset=utf-8";

  private Words() {}

  static String noModel(String model) {
    return "model '" + model + "' not found";
  }

  /** Under /v1 in the form of OpenAI's API, else in Ollama's. */
  static String error(String uri, int status, String message) {
    if (!uri.startsWith("/v1/")) {
      return "{\"error\":" + JsonText.quoted(message) + "}";
    }
    String type =
        switch (status) {
          case 400 -> "invalid_request_error";
          case 404 -> "not_found_error";
          default -> "api_error";
        };
    return "{\"error\":{\"message\":%s,\"type\":\"%s\",\"param\":null,\"code\":null}}"
        .formatted(JsonText.quoted(message), type);
  }

  static Dispatch.Outcome failed(
      String uri, int status, String message, Map<String, String> headers) {
    headers.put("Content-Type", JSON);
    return new Dispatch.Outcome.Failed(
        status, error(uri, status, message).getBytes(StandardCharsets.UTF_8), headers);
  }
}
