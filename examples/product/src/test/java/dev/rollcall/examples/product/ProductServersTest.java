// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.product;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollcall.examples.order.v1.Failure;
import dev.rollcall.examples.product.v1.GetProductRequest;
import dev.rollcall.examples.product.v1.ListSalesRequest;
import dev.rollcall.examples.product.v1.Product;
import dev.rollcall.examples.product.v1.ProductServiceGrpc;
import dev.rollcall.examples.product.v1.Sale;
import dev.rollcall.examples.product.v1.SellProductRequest;
import dev.rollcall.examples.web.Json;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ProductServersTest {
  private final HttpClient http = HttpClient.newHttpClient();
  private ProductServers servers;
  private ManagedChannel channel;
  private ProductServiceGrpc.ProductServiceBlockingStub grpc;

  @BeforeEach
  void open() throws IOException {
    servers = ProductServers.open("north", 2, 0, 0);
    channel =
        ManagedChannelBuilder.forTarget("localhost:" + servers.grpc().getPort())
            .usePlaintext()
            .build();
    grpc = ProductServiceGrpc.newBlockingStub(channel);
  }

  @AfterEach
  void close() {
    channel.shutdownNow();
    servers.close();
  }

  private Sale sell(String id, String requestId) {
    return grpc.sellProduct(
            SellProductRequest.newBuilder().setProductId(id).setRequestId(requestId).build())
        .getSale();
  }

  private HttpResponse<String> http(String method, String path)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + servers.http().port() + path);
    HttpRequest request =
        HttpRequest.newBuilder(uri).method(method, BodyPublishers.noBody()).build();
    return http.send(request, BodyHandlers.ofString());
  }

  @Test
  void sell_sameRequestId_sellsOnceOverBothFaces() throws Exception {
    Sale first = sell("1", "r1");
    assertThat(sell("1", "r1")).isEqualTo(first);
    HttpResponse<String> again = http("PUT", "/product/1?request_id=r1");
    assertThat(Json.parse(again.body(), Sale.newBuilder()).build()).isEqualTo(first);
    assertThat(grpc.listSales(ListSalesRequest.getDefaultInstance()).getSalesList())
        .containsExactly(first);
    assertThat(first.getWarehouse()).isEqualTo("north");
  }

  @Test
  void sell_outOfStock_isToldOnBothFaces() throws Exception {
    sell("1", "r1");
    sell("1", "r2");
    assertStatus(() -> sell("1", "r3"), Status.Code.FAILED_PRECONDITION);
    assertThat(sell("1", "r1").getRequestId()).isEqualTo("r1");
    HttpResponse<String> refused = http("PUT", "/product/1?request_id=r3");
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(Json.parse(refused.body(), Failure.newBuilder()).getError().getMessage())
        .isEqualTo("product 1 is out of stock in north");
  }

  @Test
  void unknownProduct_isToldOnBothFaces() throws Exception {
    assertStatus(() -> sell("99", "r1"), Status.Code.NOT_FOUND);
    assertThat(http("PUT", "/product/99").statusCode()).isEqualTo(404);
    assertThat(http("GET", "/product/99").statusCode()).isEqualTo(404);
  }

  @Test
  void sell_withoutRequestId_isRefused() {
    assertStatus(() -> sell("1", ""), Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void product_isShownOnBothFaces() throws Exception {
    sell("2", "r1");
    Product shown =
        grpc.getProduct(GetProductRequest.newBuilder().setProductId("2").build()).getProduct();
    assertThat(shown.getStock()).isEqualTo(1);
    HttpResponse<String> answer = http("GET", "/product/2");
    assertThat(Json.parse(answer.body(), Product.newBuilder()).build()).isEqualTo(shown);
  }

  @Test
  void http_otherThings_answerJsonToo() throws Exception {
    assertThat(http("GET", "/health").body().strip()).isEqualTo("{\"status\":\"ok\"}");
    assertThat(http("GET", "/sales").body()).startsWith("{\"sales\":[],");
    assertThat(http("POST", "/product/1").statusCode()).isEqualTo(405);
    assertThat(http("GET", "/nothing").body()).contains("\"reason\":\"NO_SUCH_PATH\"");
  }

  private static void assertStatus(Runnable call, Status.Code code) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class, e -> assertThat(e.getStatus().getCode()).isEqualTo(code));
  }
}
