// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.order;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.examples.order.Purchases.Bought;
import dev.rollcall.examples.order.Purchases.NoWarehouse;
import dev.rollcall.examples.order.Purchases.StillUnclear;
import dev.rollcall.examples.order.Warehouses.Answer;
import dev.rollcall.examples.order.Warehouses.NobodyThere;
import dev.rollcall.examples.order.Warehouses.Sold;
import dev.rollcall.examples.order.Warehouses.Unclear;
import dev.rollcall.examples.product.v1.Sale;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.sdk.Rollcall;
import dev.rollcall.sdk.TestRegistry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Lost answers, by a script: what each call answers, and where each went. */
final class PurchasesTest {
  private static final String NORTH = "127.0.0.1:1001";
  private static final String SOUTH = "127.0.0.1:1002";
  private static final String WHOEVER = "whoever is asked";

  private final TestRegistry registry = TestRegistry.start();
  private final Rollcall rollcall = Rollcall.builder().registry(registry.address()).connect();
  private final Script script = new Script();
  private final Purchases purchases = new Purchases(rollcall, script);

  @BeforeEach
  void list() {
    registry.list(instance("north", NORTH));
    registry.list(instance("south", SOUTH));
  }

  @AfterEach
  void close() {
    rollcall.close();
    registry.close();
  }

  private static Instance instance(String id, String address) {
    return Instance.newBuilder().setService("product").setId(id).setAddress(address).build();
  }

  private static Sold sold(String address) {
    return new Sold(address, Sale.newBuilder().setReceipt("receipt").setRequestId("r").build());
  }

  private static final class Script implements Warehouses {
    final Queue<Answer> answers = new ArrayDeque<>();
    final List<String> asked = new ArrayList<>();

    @Override
    public Answer sellSomewhere(String productId, String requestId) {
      asked.add("somewhere");
      return answers.remove();
    }

    @Override
    public Answer sellAt(String address, String productId, String requestId) {
      asked.add(address);
      Answer answer = answers.remove();
      // which of two is asked first is the SDK's choice, by weight
      return answer instanceof NobodyThere nobody && nobody.address().equals(WHOEVER)
          ? new NobodyThere(address, nobody.message())
          : answer;
    }

    @Override
    public String endpoint() {
      return "";
    }

    @Override
    public void close() {}
  }

  @Test
  void lostAnswer_warehouseLives_isAskedAgain() {
    script.answers.addAll(List.of(new Unclear(NORTH, "lost"), sold(NORTH)));
    assertThat(purchases.buy("1", "r")).isInstanceOf(Bought.class);
    assertThat(script.asked).containsExactly("somewhere", NORTH);
  }

  @Test
  void lostAnswer_nobodyThereAnyMore_goesElsewhere() {
    script.answers.addAll(
        List.of(new Unclear(NORTH, "lost"), new NobodyThere(NORTH, "refused"), sold(SOUTH)));
    assertThat(purchases.buy("1", "r")).isInstanceOf(Bought.class);
    assertThat(script.asked).containsExactly("somewhere", NORTH, SOUTH);
  }

  @Test
  void lostAnswers_neverGoElsewhere_andTheNextTryBeginsThere() {
    Unclear lost = new Unclear(NORTH, "lost");
    script.answers.addAll(List.of(lost, lost, lost, lost));
    assertThat(purchases.buy("1", "r")).isInstanceOf(StillUnclear.class);
    script.answers.add(sold(NORTH));
    assertThat(purchases.buy("1", "r")).isInstanceOf(Bought.class);
    assertThat(purchases.buy("1", "r")).isInstanceOf(Bought.class);
    assertThat(script.asked).containsExactly("somewhere", NORTH, NORTH, NORTH, NORTH);
  }

  @Test
  void nobodyThere_anywhere_isNoWarehouse() {
    script.answers.addAll(
        List.of(
            new NobodyThere("", "none up"),
            new NobodyThere(WHOEVER, "refused"),
            new NobodyThere(WHOEVER, "refused")));
    assertThat(purchases.buy("1", "r")).isInstanceOf(NoWarehouse.class);
    assertThat(script.asked).hasSize(3).contains(NORTH, SOUTH);
  }
}
