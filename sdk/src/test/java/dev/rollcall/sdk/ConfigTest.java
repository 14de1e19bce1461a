// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.rollcall.config.v1.WatchRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings that a service follows, over a real socket. */
final class ConfigTest {
  private final TestConfig registry = new TestConfig();
  private final List<Integer> heard = new CopyOnWriteArrayList<>();
  private Rollcall rollcall;

  @BeforeEach
  void connect() {
    rollcall = Rollcall.builder().registry(registry.address()).connect();
  }

  @AfterEach
  void close() {
    rollcall.close();
    registry.close();
  }

  private void follow() {
    rollcall.config("order").watch("max-items", Integer.class, 100, heard::add);
  }

  private void awaitHeard(Integer... values) {
    await().atMost(Duration.ofSeconds(10)).until(() -> heard.equals(List.of(values)));
  }

  @Test
  void watch_hearsTheFallbackThenTheValueThenEachChange() {
    registry.put("order/max-items", "7");
    follow();
    assertThat(heard).startsWith(100);
    awaitHeard(100, 7);
    registry.put("order/max-items", "8");
    registry.put("order/other", "x");
    registry.put("product/max-items", "9");
    awaitHeard(100, 7, 8);
  }

  @Test
  void watch_deletedKey_isTheFallbackAgain() {
    registry.put("order/max-items", "7");
    follow();
    awaitHeard(100, 7);
    registry.delete("order/max-items");
    awaitHeard(100, 7, 100);
  }

  @Test
  void watch_valueThatDoesNotParse_keepsTheLastGoodOne() {
    registry.put("order/max-items", "7");
    follow();
    awaitHeard(100, 7);
    registry.put("order/max-items", "many");
    registry.put("order/max-items", "9");
    awaitHeard(100, 7, 9);
  }

  @Test
  void watch_registryAway_keepsTheValueAndGoesOnAfterwards() throws InterruptedException {
    registry.put("order/max-items", "7");
    follow();
    awaitHeard(100, 7);
    registry.stop();
    registry.put("order/max-items", "8");
    assertThat(heard).containsExactly(100, 7);
    registry.restart();
    awaitHeard(100, 7, 8);
    WatchRequest again = registry.requests().get(registry.requests().size() - 1);
    assertThat(again.getEpoch()).isEqualTo("e");
    assertThat(again.getAfterRevision()).isPositive();
  }

  @Test
  void watch_registryRecovering_takesNothingAwayUntilItIsOver() throws InterruptedException {
    registry.put("order/max-items", "7");
    registry.put("order/other", "1");
    List<Integer> others = new CopyOnWriteArrayList<>();
    rollcall.config("order").watch("other", Integer.class, 0, others::add);
    follow();
    awaitHeard(100, 7);
    await().atMost(Duration.ofSeconds(10)).until(() -> others.equals(List.of(0, 1)));
    registry.stop();
    registry.restartEmptied();
    registry.put("order/max-items", "8");
    awaitHeard(100, 7, 8);
    assertThat(others).containsExactly(0, 1);
    registry.recovered();
    await().atMost(Duration.ofSeconds(10)).until(() -> others.equals(List.of(0, 1, 0)));
    awaitHeard(100, 7, 8);
  }

  @Test
  void watch_severalOfAScope_shareOneStream() {
    registry.put("order/a", "1");
    registry.put("order/b/c", "2");
    rollcall.config("order").watch("a", Integer.class, 0, heard::add);
    awaitHeard(0, 1);
    rollcall.config("order").watch("b/c", Integer.class, 0, heard::add);
    awaitHeard(0, 1, 0, 2);
    assertThat(registry.requests()).hasSize(1);
  }

  @Test
  void watch_consumerThatThrows_isCalledAgain() {
    rollcall
        .config("order")
        .watch(
            "max-items",
            Integer.class,
            100,
            value -> {
              heard.add(value);
              if (value == 7) {
                throw new IllegalStateException("of the user's");
              }
            });
    registry.put("order/max-items", "7");
    awaitHeard(100, 7);
    registry.put("order/max-items", "8");
    awaitHeard(100, 7, 8);
  }

  @Test
  void watch_wrongTypeOrPath_isRefusedAtOnce() {
    Config config = rollcall.config("order");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> config.watch("a", Object.class, "", value -> {}))
        .withMessageContaining("java.lang.Object (expected: String");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> config.watch("/a", String.class, "", value -> {}))
        .withMessageContaining("key: \"/a\"");
    assertThatIllegalArgumentException().isThrownBy(() -> rollcall.config(""));
  }

  @ParameterizedTest
  @CsvSource({"500ms, 500", "10s, 10000", "5m, 300000", "2h, 7200000", "1d, 86400000"})
  void durations_areReadAsFlagsAre(String text, long millis) {
    assertThat(SettingText.reader(Duration.class).read(text)).hasMillis(millis);
  }

  @ParameterizedTest
  @CsvSource({"Integer, 3.5", "Integer, ''", "Boolean, yes", "Long, 99999999999999999999"})
  void valuesOfAnotherForm_areNoValues(String type, String text) throws ClassNotFoundException {
    SettingText<?> reader = SettingText.reader(Class.forName("java.lang." + type));
    assertThatIllegalArgumentException().isThrownBy(() -> reader.read(text));
  }
}
