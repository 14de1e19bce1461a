// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class LookupTest {
  private static final InetAddress ONE = InetAddress.getLoopbackAddress();

  private final AtomicInteger asked = new AtomicInteger();
  private final CountDownLatch answer = new CountDownLatch(1);
  private volatile boolean away;
  private volatile boolean slow;
  private final Lookup lookup = new Lookup(this::find, Duration.ofMillis(200));

  @AfterEach
  void close() {
    answer.countDown();
    lookup.close();
  }

  private InetAddress find(String host) throws UnknownHostException {
    asked.incrementAndGet();
    if (slow) {
      try {
        answer.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (away) {
      throw new UnknownHostException(host);
    }
    return ONE;
  }

  @Test
  void literals_needNobody() {
    assertThat(lookup.find("10.0.0.1").join()).isPresent();
    assertThat(lookup.find("2001:db8::1").join()).isPresent();
    assertThat(lookup.find("not:an:address").join()).isEmpty();
    assertThat(asked).hasValue(0);
  }

  @Test
  void failure_theLastGoodAnswerStays() {
    assertThat(lookup.find("here").join()).contains(ONE);
    away = true;
    assertThat(lookup.find("here").join()).contains(ONE);
    assertThat(lookup.find("nowhere").join()).isEmpty();
    away = false;
    assertThat(lookup.find("nowhere").join()).contains(ONE);
  }

  @Test
  void slow_isBounded_andAskedForOnce() {
    slow = true;
    var first = lookup.find("slow");
    var second = lookup.find("slow");
    assertThat(first.join()).isEmpty();
    assertThat(second.join()).isEmpty();
    assertThat(asked).hasValue(1);
  }

  @Test
  void slow_manyNames_takeNoMoreThanFourThreads() {
    slow = true;
    for (int i = 0; i < 20; i++) {
      Optional<InetAddress> none = lookup.find("slow" + i).join();
      assertThat(none).isEmpty();
    }
    assertThat(asked).hasValue(4);
  }
}
