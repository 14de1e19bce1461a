// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MetersTest {
  private final Meters meters = new Meters();

  private enum Word {
    SOME_WORD
  }

  @AfterEach
  void close() {
    meters.close();
  }

  @Test
  void scrape_hasWhatIsListed() {
    meters.describe("1.2.3", () -> true, MetersTest::census);
    assertThat(meters.scrape())
        .contains(
            "rollcall_services{namespace_name=\"default\"} 1",
            "rollcall_instances{namespace_name=\"default\",service_name=\"a\",status=\"SERVING\"} 2",
            "rollcall_protected_instances{namespace_name=\"default\"} 1",
            "rollcall_store_revision{namespace_name=\"default\"} 7",
            "rollcall_store_up 1",
            "version=\"1.2.3\"",
            "jvm_memory_used_bytes{",
            "process_uptime_seconds");
  }

  @Test
  void scrape_hasWhatHappenedToRecords() {
    meters.registered(Word.SOME_WORD);
    meters.removed(Word.SOME_WORD);
    meters.leaseExpired();
    meters.configChanged();
    meters.beats(Meters.Beat.RENEWED, 3);
    meters.beats(Meters.Beat.UNKNOWN, 0);
    meters.late(Duration.ofMillis(20));
    meters.probed("http", Word.SOME_WORD, Duration.ofMillis(3));
    meters.committed(2_000_000);
    assertThat(meters.scrape())
        .doesNotContain("unknown")
        .contains(
            "rollcall_registrations_total{cause=\"SOME_WORD\"} 1",
            "rollcall_deregistrations_total{cause=\"SOME_WORD\"} 1",
            "rollcall_lease_expirations_total 1",
            "rollcall_config_changes_total 1",
            "rollcall_heartbeats_total{outcome=\"renewed\"} 3",
            "rollcall_heartbeat_lateness_seconds_count 1",
            "rollcall_probe_total{kind=\"http\",outcome=\"some_word\"} 1",
            "rollcall_probe_seconds_count 1",
            "rollcall_store_commit_seconds_count 1");
  }

  @Test
  void scrape_hasHowCallersWereServed() {
    meters.propagation().record(1_000_000);
    meters.rejected(Word.SOME_WORD);
    meters.relayed(Word.SOME_WORD);
    meters.watchOpened();
    meters.changesSent(4);
    meters.resynced(Meters.Resync.POSITION);
    meters.calls("a.B/C").ended("OK", 5_000_000);
    assertThat(meters.scrape())
        .contains(
            "rollcall_propagation_seconds_bucket{le=\"0.001\"} 1",
            "rollcall_rejected_total{reason=\"SOME_WORD\"} 1",
            "rollcall_relay_total{outcome=\"some_word\"} 1",
            "rollcall_watch_streams 1",
            "rollcall_watch_changes_sent_total 4",
            "rollcall_watch_resyncs_total{reason=\"position\"} 1",
            "grpc_server_call_duration_seconds_count{grpc_method=\"a.B/C\",grpc_status=\"OK\"} 1");
  }

  /** What is asked for by the chart's alerts and its dashboard, and in the docs. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "helm/rollcall/files/rules.yaml",
        "helm/rollcall/files/dashboard.json",
        "docs/metrics.md"
      })
  void names_thatOthersAskFor_areThere(String file) throws IOException {
    meters.describe("1", () -> true, MetersTest::census);
    useAll();
    String scraped = meters.scrape();
    Matcher name =
        Pattern.compile("\\b(rollcall_[a-z_]+[a-z])\\b")
            .matcher(Files.readString(Path.of("..", file)));
    Set<String> asked = new TreeSet<>();
    while (name.find()) {
      asked.add(name.group(1));
    }
    assertThat(asked).hasSizeGreaterThan(2).allSatisfy(one -> assertThat(scraped).contains(one));
  }

  private void useAll() {
    meters.registered(Word.SOME_WORD);
    meters.removed(Word.SOME_WORD);
    meters.beats(Meters.Beat.RENEWED, 1);
    meters.probed("http", Word.SOME_WORD, Duration.ofMillis(3));
    meters.rejected(Word.SOME_WORD);
    meters.relayed(Word.SOME_WORD);
    meters.resynced(Meters.Resync.POSITION);
  }

  @Test
  void scrape_ofWhatIsGone_hasItNoMore() {
    AtomicReference<Census> listed = new AtomicReference<>(census());
    meters.describe("1", () -> false, listed::get);
    assertThat(meters.scrape()).contains("service_name=\"a\"", "rollcall_store_up 0");
    listed.set(new Census());
    assertThat(meters.scrape()).doesNotContain("service_name");
  }

  @Test
  void scrapes_atOnce_areEachWhole() {
    meters.describe("1", () -> true, MetersTest::census);
    List<String> scraped =
        IntStream.range(0, 200).parallel().mapToObj(i -> meters.scrape()).toList();
    assertThat(scraped)
        .allSatisfy(
            one ->
                assertThat(one)
                    .contains(
                        "rollcall_services{namespace_name=\"default\"} 1",
                        "rollcall_store_revision{namespace_name=\"default\"} 7"));
  }

  @Test
  void scrape_ofMoreServicesThanAreToldApart_countsTheRestTogether() {
    Census many = new Census();
    for (int i = 0; i < Census.MOST_SERVICES + 5; i++) {
      many.service("default", "s" + i, Map.of("SERVING", 2));
    }
    many.namespace("default", 1, 0);
    meters.describe("1", () -> true, () -> many);
    assertThat(meters.scrape())
        .contains("service_name=\"_other\",status=\"SERVING\"} 10")
        .contains("rollcall_services{namespace_name=\"default\"} 2005");
  }

  private static Census census() {
    Census census = new Census();
    census.service("default", "a", Map.of("SERVING", 2));
    census.namespace("default", 7, 1);
    return census;
  }
}
