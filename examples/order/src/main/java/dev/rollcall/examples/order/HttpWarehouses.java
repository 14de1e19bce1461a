// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.order;

import dev.rollcall.examples.order.v1.Failure;
import dev.rollcall.examples.product.v1.Sale;
import dev.rollcall.examples.web.Json;
import dev.rollcall.sdk.Rollcall;
import dev.rollcall.sdk.RollcallException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Warehouses over HTTP: an address is picked for each call. */
final class HttpWarehouses implements Warehouses {
  private static final Duration DEADLINE = Duration.ofSeconds(2);

  private final Rollcall rollcall;
  private final HttpClient http = HttpClient.newHttpClient();

  HttpWarehouses(Rollcall rollcall) {
    this.rollcall = rollcall;
  }

  @Override
  public Answer sellSomewhere(String productId, String requestId) {
    try {
      return sellAt(rollcall.pick("product", endpoint()), productId, requestId);
    } catch (RollcallException e) {
      return new NobodyThere("", String.valueOf(e.getMessage()));
    }
  }

  @Override
  public Answer sellAt(String address, String productId, String requestId) {
    URI uri =
        URI.create(
            "http://"
                + address
                + "/product/"
                + encoded(productId)
                + "?request_id="
                + encoded(requestId));
    HttpRequest request =
        HttpRequest.newBuilder(uri).timeout(DEADLINE).PUT(BodyPublishers.noBody()).build();
    try {
      return answer(address, http.send(request, BodyHandlers.ofString()));
    } catch (ConnectException e) {
      return new NobodyThere(address, address + " refuses connections");
    } catch (IOException e) {
      return new Unclear(address, address + " did not answer: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Unclear(address, "interrupted");
    }
  }

  private static Answer answer(String address, HttpResponse<String> response) {
    return switch (response.statusCode()) {
      case 200 -> new Sold(address, Json.parse(response.body(), Sale.newBuilder()).build());
      case 404 -> {
        Failure failure = Json.parse(response.body(), Failure.newBuilder()).build();
        yield new Unknown(address, failure.getError().getMessage());
      }
      case 409 -> new OutOfStock(address);
      default -> new Unclear(address, address + " answered HTTP " + response.statusCode());
    };
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public String endpoint() {
    return "http";
  }

  @Override
  public void close() {}
}
