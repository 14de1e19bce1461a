// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.rollcall.sdk.Shares.Share;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class SharesTest {
  static LongStream seeds() {
    return LongStream.rangeClosed(1, 50);
  }

  /** The instances as {@code zone:weight}; the zones listed; the percent that each gets. */
  static Stream<Arguments> tables() {
    return Stream.of(
        arguments("weights", "", "a:100 b:300 c:100", "a b c", "20 60 20"),
        arguments("a zone without instances", "x", "a:100 b:300", "a b", "25 75"),
        arguments("only the own zone", "a", "a:100 a:100", "a", "50 50"),
        arguments("two alike zones: at home", "a", "a:100 b:100", "a b", "100 0"),
        arguments(
            "three alike zones: at home", "a", "a:1 a:1 b:1 b:1 c:1 c:1", "a b c", "50 50 0 0 0 0"),
        arguments("half of the zone gone", "a", "a:1 b:1 b:1 c:1 c:1", "a b c", "84 4 4 4 4"),
        arguments("a small zone spills", "a", "a:1 b:5 c:5", "a b c", "38.2 30.9 30.9"),
        arguments("unknown zones are one zone", "a", "a:1 :1 :1", "a ", "93.3 3.3 3.3"),
        arguments("no other zone is usable", "a", "a:1", "a b", "100"),
        arguments("the own zone is not usable", "a", "b:1 b:3", "a b", "25 75"),
        arguments("weight 0 gets nothing", "", "a:0 a:5", "a", "0 100"),
        arguments("weight 0 at home gets nothing", "a", "a:0 a:1 b:1", "a b", "0 100 0"),
        arguments("the own zone is all weight 0", "a", "a:0 b:1", "a b", "0 100"),
        arguments("all of weight 0: all alike", "a", "a:0 b:0", "a b", "50 50"));
  }

  private static List<Share> shares(String text) {
    return Arrays.stream(text.split(" "))
        .map(one -> one.split(":"))
        .map(parts -> new Share(Integer.parseInt(parts[1]), parts[0]))
        .toList();
  }

  private static double[] percents(double[] weights) {
    double sum = Arrays.stream(weights).sum();
    return Arrays.stream(weights).map(weight -> weight * 100 / sum).toArray();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("tables")
  void of_table(String name, String own, String usable, String zones, String expected) {
    Set<String> listed = Set.of(zones.split(" ", -1));
    double[] got = percents(Shares.of(own, shares(usable), listed));
    String[] wanted = expected.split(" ");
    assertThat(got).hasSameSizeAs(wanted);
    for (int i = 0; i < got.length; i++) {
      assertThat(got[i]).as(name + " " + i).isCloseTo(Double.parseDouble(wanted[i]), within(0.8));
    }
  }

  /** With as many callers in each zone, nobody is asked for much more than its fair part. */
  @ParameterizedTest
  @MethodSource("seeds")
  void of_anyZones_callersOfAllZonesTogether_overloadNobody(long seed) {
    var random = new Random(seed);
    int zones = 2 + random.nextInt(3);
    List<Share> usable = new ArrayList<>();
    for (int i = 0; i < zones + random.nextInt(10); i++) {
      usable.add(new Share(1 + random.nextInt(300), "z" + (i < zones ? i : random.nextInt(zones))));
    }
    Set<String> names = new TreeSet<>();
    usable.forEach(share -> names.add(share.zone()));
    double all = usable.stream().mapToInt(Share::weight).sum();
    double[] load = new double[usable.size()];
    for (String zone : names) {
      double[] percents = percents(Shares.of(zone, usable, names));
      for (int i = 0; i < load.length; i++) {
        load[i] += percents[i] / names.size();
      }
    }
    for (int i = 0; i < load.length; i++) {
      double fair = usable.get(i).weight() * 100 / all;
      assertThat(load[i] / fair).as("seed " + seed).isLessThan(3);
      assertThat(load[i]).as("seed " + seed).isPositive();
    }
  }
}
