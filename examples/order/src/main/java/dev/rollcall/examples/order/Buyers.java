// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.order;

import dev.rollcall.examples.order.v1.Purchase;
import dev.rollcall.examples.product.v1.ListSalesResponse;
import dev.rollcall.examples.product.v1.Sale;
import dev.rollcall.examples.web.Flags;
import dev.rollcall.examples.web.Json;
import dev.rollcall.examples.web.Program;
import dev.rollcall.sdk.Rollcall;
import dev.rollcall.sdk.ServiceInstance;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

/**
 * Many buyers at once, and then an audit: one receipt for each request id, and no living warehouse
 * sold one twice or knows nothing of a receipt it gave. Ends with 0 only if all of it holds.
 *
 * <p>Flags: {@code --order host:port}, {@code --buyers}, {@code --seconds}, {@code --product}.
 */
public final class Buyers {
  private final HttpClient http = HttpClient.newHttpClient();
  private final Queue<Purchase> bought = new ConcurrentLinkedQueue<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final String order;
  private final String product;

  private Buyers(String order, String product) {
    this.order = order;
    this.product = product;
  }

  /** Buys, audits, prints one line, exits. */
  public static void main(String[] args) {
    Program.main(args, Set.of("order", "buyers", "seconds", "product"), Buyers::run);
  }

  private static void run(Flags flags) throws InterruptedIOException {
    var buyers = new Buyers(flags.text("order", "127.0.0.1:7080"), flags.text("product", "1"));
    int count = flags.number("buyers", 8, 1, 1_000);
    int seconds = flags.number("seconds", 10, 0, 86_400);
    try (Rollcall rollcall = Rollcall.connect()) {
      buyers.buy(count, Duration.ofSeconds(seconds));
      buyers.audit(rollcall);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
    System.out.printf("purchases=%d failed=%d%n", buyers.bought.size(), buyers.failures.size());
    buyers.failures.stream().limit(5).forEach(failure -> System.out.println("failed: " + failure));
    System.exit(buyers.failures.isEmpty() ? 0 : 1);
  }

  private void buy(int buyers, Duration time) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    var threads =
        IntStream.range(0, buyers)
            .mapToObj(i -> new Thread(() -> buyUntil(end), "buyer-" + i))
            .toList();
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /** Every fourth purchase is asked for twice, as by a buyer who lost the first answer. */
  private void buyUntil(long end) {
    for (int i = 0; System.nanoTime() < end; i++) {
      String requestId = UUID.randomUUID().toString();
      purchase(requestId);
      if (i % 4 == 0) {
        purchase(requestId);
      }
    }
  }

  private void purchase(String requestId) {
    try {
      HttpResponse<String> answer = get(order, "/purchase/" + product + "?request_id=" + requestId);
      if (answer.statusCode() == 200) {
        bought.add(Json.parse(answer.body(), Purchase.newBuilder()).build());
      } else {
        failures.add(requestId + ": " + answer.body().strip());
      }
    } catch (IOException e) {
      failures.add(requestId + ": " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private HttpResponse<String> get(String address, String path)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + address + path))
            .timeout(Duration.ofSeconds(15))
            .build();
    return http.send(request, BodyHandlers.ofString());
  }

  private void audit(Rollcall rollcall) throws InterruptedException {
    Map<String, String> receipts = new HashMap<>();
    for (Purchase purchase : bought) {
      String before = receipts.put(purchase.getRequestId(), purchase.getReceipt());
      if (before != null && !before.equals(purchase.getReceipt())) {
        failures.add(purchase.getRequestId() + " got two receipts");
      }
    }
    Map<String, String> sold = new HashMap<>();
    Set<String> living = new HashSet<>();
    var products = rollcall.watch("product");
    if (!products.awaitKnown(Duration.ofSeconds(5))) {
      failures.add("the registry does not say which warehouses live");
    }
    for (ServiceInstance instance : products.instances()) {
      auditWarehouse(instance, sold, living);
    }
    for (Purchase purchase : bought) {
      if (living.contains(purchase.getRun())
          && !purchase.getReceipt().equals(sold.get(purchase.getRequestId()))) {
        failures.add(purchase.getWarehouse() + " does not know receipt " + purchase.getReceipt());
      }
    }
  }

  /**
   * One that does not answer does not live: the registry may list it until its lease ends. What was
   * sold by an earlier start of a warehouse ended with it.
   */
  private void auditWarehouse(
      ServiceInstance instance, Map<String, String> sold, Set<String> living)
      throws InterruptedException {
    String address = instance.endpoints().getOrDefault("http", "");
    try {
      String body = get(address, "/sales").body();
      ListSalesResponse audited = Json.parse(body, ListSalesResponse.newBuilder()).build();
      living.add(audited.getRun());
      for (Sale sale : audited.getSalesList()) {
        if (sold.put(sale.getRequestId(), sale.getReceipt()) != null) {
          failures.add(sale.getRequestId() + " was sold twice by living warehouses");
        }
      }
    } catch (IOException e) {
      System.out.println(instance.id() + " at " + address + " does not live any more");
    }
  }
}
