// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.RecordingFeed;
import dev.rollcall.server.store.Samples;
import dev.rollcall.server.store.Store;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pcollections.TreePMap;
import org.slf4j.Logger;
import org.sqlite.JDBC;

/** A server killed in the middle of writing, again and again, has kept all that it acknowledged. */
final class SqliteKillIT {
  private static final int ROUNDS = 20;
  private static final int RECORDS = 512;
  private static final int EVENTS = 1_000;

  @TempDir Path directory;

  private static SqliteStore open(Path where) {
    SqliteSettings settings = new SqliteSettings(where, false, EVENTS, Duration.ofDays(7));
    return SqliteStore.open(settings, new Random(), Thread::new, e -> {});
  }

  @Test
  void append_killedAtAnyMoment_keepsAllThatWasAcknowledged() throws Exception {
    long seed = 20;
    Random random = new Random(seed);
    long acknowledged = 0;
    for (int round = 1; round <= ROUNDS; round++) {
      acknowledged = Math.max(acknowledged, killed(1 + random.nextInt(600)));
      String what = "seed %d, round %d, acknowledged %d".formatted(seed, round, acknowledged);
      acknowledged = kept(what, acknowledged);
    }
  }

  /** Lets a victim write until it acknowledged so many changes; answers the last acknowledged. */
  private long killed(int changes) throws IOException, InterruptedException {
    Process victim =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Dslf4j.internal.verbosity=ERROR",
                "-cp",
                classPath(),
                Victim.class.getName(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    long last = 0;
    int seen = 0;
    try (BufferedReader lines = victim.inputReader(StandardCharsets.US_ASCII)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        // the last line may have been cut off by the kill: only what ends in a dot counts
        if (line.endsWith(".")) {
          last = Long.parseLong(line.substring(0, line.length() - 1));
        }
        if (++seen == changes) {
          // the handle kills and leaves the pipe open: what was written before still counts
          victim.toHandle().destroyForcibly();
        }
      }
    } finally {
      victim.destroyForcibly().waitFor();
    }
    assertThat(seen).as("acknowledged by the victim").isGreaterThanOrEqualTo(changes);
    return last;
  }

  /** Only what the victim needs: a short class path, and no logging, halve its start. */
  private static String classPath() {
    return Stream.of(
            Victim.class,
            SqliteStore.class,
            JDBC.class,
            Message.class,
            TreePMap.class,
            Logger.class,
            NullMarked.class)
        .map(type -> type.getProtectionDomain().getCodeSource().getLocation().getPath())
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Checks what the directory holds; answers its head. */
  private long kept(String what, long acknowledged) {
    try (Store store = open(directory)) {
      Kept.Namespace kept = store.load().namespaces().get(0);
      Catalog catalog = kept.catalog();
      long head = catalog.position().revision();
      assertThat(head).as(what).isGreaterThanOrEqualTo(acknowledged);
      List<Commit> log = kept.log();
      assertThat(log).as(what).hasSizeGreaterThanOrEqualTo((int) Math.min(head, EVENTS));
      for (int i = 0; i < log.size(); i++) {
        long revision = head - log.size() + 1 + i;
        assertThat(log.get(i).revision()).as(what).isEqualTo(revision);
        Registration record = ((Change.Put) log.get(i).change()).registration();
        assertThat(record.instance().version()).as(what).isEqualTo("" + revision);
      }
      for (long revision = Math.max(1, head - RECORDS + 1); revision <= head; revision++) {
        Registration record = catalog.find(Samples.key("i" + revision % RECORDS));
        assertThat(record.revision()).as(what).isEqualTo(revision);
        assertThat(record.instance().version()).as(what).isEqualTo("" + revision);
      }
      return head;
    }
  }

  /** Writes as fast as it can, and prints each revision that it was told is kept. */
  static final class Victim {
    private Victim() {}

    public static void main(String[] args) throws InterruptedException {
      SqliteStore store = open(Path.of(args[0]));
      List<Kept.Namespace> kept = store.load().namespaces();
      long revision = kept.isEmpty() ? 0 : kept.get(0).catalog().position().revision();
      Semaphore room = new Semaphore(RECORDS / 2);
      store.feed(
          new RecordingFeed() {
            @Override
            public void committed(String namespace, List<Commit> commits) {
              StringBuilder lines = new StringBuilder();
              commits.forEach(c -> lines.append(c.revision()).append(".\n"));
              System.out.print(lines);
              System.out.flush();
              room.release(commits.size());
            }

            @Override
            public void failed(Store.Append append, Store.Failure why) {
              System.err.println(append + ": " + why);
              Runtime.getRuntime().halt(1);
            }
          });
      while (true) {
        room.acquire();
        revision++;
        store.append(
            Samples.append(
                "shop",
                Math.max(0, revision - RECORDS),
                Samples.put(Samples.key("i" + revision % RECORDS), "" + revision)));
      }
    }
  }
}
