// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Requests that the HTTP server itself turns down, before any route saw them (a line that is no
 * HTTP, headers too large, a path that cannot be meant), get an error like all others.
 */
final class EarlyErrors extends ErrorHandler {
  private static final HttpField JSON = new HttpField(HttpHeader.CONTENT_TYPE, "application/json");

  @Override
  protected void generateResponse(
      Request request,
      Response response,
      int code,
      @Nullable String message,
      @Nullable Throwable cause,
      Callback callback) {
    response
        .getHeaders()
        .put(JSON)
        // so it is: the server does not read on after what it could not
        .put(HttpFields.CONNECTION_CLOSE)
        .put("X-Content-Type-Options", "nosniff")
        .put("Cache-Control", "no-store");
    response.write(true, body(code, message), callback);
  }

  private static ByteBuffer body(int code, @Nullable String message) {
    String why = message == null ? HttpStatus.getMessage(code) : message;
    JsonError error = JsonError.of(code, "BAD_REQUEST", "the request was not understood: " + why);
    return ByteBuffer.wrap(error.json().getBytes(StandardCharsets.UTF_8));
  }
}
