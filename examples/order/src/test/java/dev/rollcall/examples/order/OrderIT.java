// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.examples.order.v1.Failure;
import dev.rollcall.examples.order.v1.Purchase;
import dev.rollcall.examples.product.ProductServers;
import dev.rollcall.examples.web.Json;
import dev.rollcall.examples.web.JsonServer;
import dev.rollcall.sdk.Registration;
import dev.rollcall.sdk.Rollcall;
import dev.rollcall.sdk.TestRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shop and its warehouses over a registry, all on real sockets, over both ways to buy. */
final class OrderIT {
  private static final Duration SOON = Duration.ofSeconds(5);

  private final HttpClient http = HttpClient.newHttpClient();
  private final TestRegistry registry = TestRegistry.start();
  private final Rollcall rollcall = Rollcall.builder().registry(registry.address()).connect();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private int orderPort;
  private volatile int mostItems = 10;

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened) {
      one.close();
    }
    rollcall.close();
    registry.close();
  }

  private void openOrder(String via) throws IOException {
    Warehouses warehouses =
        via.equals("grpc") ? new GrpcWarehouses(rollcall) : new HttpWarehouses(rollcall);
    JsonServer server =
        new OrderHttp(new Purchases(rollcall, warehouses), () -> mostItems).start(0);
    opened.add(server);
    opened.add(warehouses);
    orderPort = server.port();
  }

  private ProductServers openProduct(String name, int stock) throws IOException {
    ProductServers servers = ProductServers.open(name, stock, 0, 0);
    opened.add(servers);
    Registration registration =
        rollcall
            .register("product", servers.grpc())
            .endpoint("http", servers.http().port())
            .metadata("warehouse", name)
            .start();
    registration.awaitRegistered(SOON);
    return servers;
  }

  private HttpResponse<String> buy(String path) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + orderPort + "/purchase/" + path);
    return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  private Purchase bought(String path) throws IOException, InterruptedException {
    HttpResponse<String> answer = buy(path);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Json.parse(answer.body(), Purchase.newBuilder()).build();
  }

  private void assertRefused(String path, int status, String reason) throws Exception {
    HttpResponse<String> answer = buy(path);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    Failure failure = Json.parse(answer.body(), Failure.newBuilder()).build();
    assertThat(failure.getError().getReason()).isEqualTo(reason);
    assertThat(failure.getError().getMessage()).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"grpc", "http"})
  void buy_findsAWarehouse_andNamesIt(String via) throws Exception {
    openOrder(via);
    ProductServers north = openProduct("north", 5);
    Purchase purchase = bought("1?request_id=r1");
    assertThat(purchase.getWarehouse()).isEqualTo("north");
    int port = via.equals("grpc") ? north.grpc().getPort() : north.http().port();
    assertThat(purchase.getAddress()).isEqualTo("127.0.0.1:" + port);
    assertThat(bought("1?request_id=r1").getReceipt()).isEqualTo(purchase.getReceipt());
  }

  @ParameterizedTest
  @ValueSource(strings = {"grpc", "http"})
  void buy_outOfStockInOne_triesTheOthers_untilAllAreEmpty(String via) throws Exception {
    openOrder(via);
    openProduct("north", 1);
    openProduct("south", 2);
    Set<String> receipts = new HashSet<>();
    for (int i = 0; i < 3; i++) {
      receipts.add(bought("1").getReceipt());
    }
    assertThat(receipts).hasSize(3);
    assertRefused("1", 409, "OUT_OF_STOCK");
  }

  @ParameterizedTest
  @ValueSource(strings = {"grpc", "http"})
  void buy_several_upToTheSetting(String via) throws Exception {
    openOrder(via);
    openProduct("north", 9);
    Purchase purchase = bought("1?quantity=3&request_id=r1");
    assertThat(purchase.getMoreReceiptsList()).hasSize(2).doesNotContain(purchase.getReceipt());
    // asking again buys nothing more
    assertThat(bought("1?quantity=3&request_id=r1")).isEqualTo(purchase);
    mostItems = 2;
    assertRefused("1?quantity=3", 400, "QUANTITY");
    assertRefused("1?quantity=0", 400, "QUANTITY");
    assertRefused("1?quantity=x", 400, "QUANTITY");
    mostItems = 10;
    assertThat(bought("1?quantity=6").getMoreReceiptsList()).hasSize(5);
    assertRefused("1", 409, "OUT_OF_STOCK");
  }

  @ParameterizedTest
  @ValueSource(strings = {"grpc", "http"})
  void buy_unknownProduct_is404(String via) throws Exception {
    openOrder(via);
    openProduct("north", 1);
    assertRefused("99", 404, "UNKNOWN_PRODUCT");
  }

  @ParameterizedTest
  @ValueSource(strings = {"grpc", "http"})
  void buy_noWarehouse_is503_untilOneComes(String via) throws Exception {
    openOrder(via);
    assertRefused("1", 503, "NO_WAREHOUSE");
    openProduct("late", 1);
    await().atMost(SOON).until(() -> buy("1").statusCode() == 200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"grpc", "http"})
  void buy_deadWarehouseStillListed_failsNoPurchase(String via) throws Exception {
    openOrder(via);
    ProductServers north = openProduct("north", 50);
    openProduct("south", 50);
    for (int i = 0; i < 4; i++) {
      bought("1");
    }
    north.http().close();
    north.grpc().shutdownNow().awaitTermination();
    for (int i = 0; i < 6; i++) {
      assertThat(bought("1").getWarehouse()).isEqualTo("south");
    }
  }
}
