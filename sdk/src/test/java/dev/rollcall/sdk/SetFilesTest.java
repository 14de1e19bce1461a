// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.sdk.Settings.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SetFilesTest {
  private static final Place PLACE = new Place(List.of("a:1", "b:2"), "shop");

  @TempDir private Path root;

  private Instant now = Instant.ofEpochSecond(2_000_000_000);

  private SetFiles files(Place place) {
    return new SetFiles(root.resolve("deep/er"), place, clock());
  }

  private InstantSource clock() {
    return () -> now;
  }

  private static ServiceSet set(String service, String... ids) {
    Map<String, ServiceSet.Entry> entries = new TreeMap<>();
    for (String id : ids) {
      ServiceInstance instance = Wire.instance(Messages.instance(service, id));
      entries.put(id, new ServiceSet.Entry(instance, Cause.UNSEEN));
    }
    return new ServiceSet(entries, Map.of());
  }

  private static List<ServiceInstance> loaded(SetFiles files, String service) {
    return files.load(service).map(saved -> saved.set().instances()).orElse(List.of());
  }

  private List<Path> all() throws IOException {
    try (Stream<Path> found = Files.walk(root)) {
      return found.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void saved_isThere_forAnotherProcess_withTheOtherOrderOfAddresses() throws IOException {
    files(PLACE).save("product", set("product", "a", "b"));
    SetFiles other = files(new Place(List.of("b:2", "a:1"), "shop"));
    assertThat(loaded(other, "product")).isEqualTo(set("product", "a", "b").instances());
    assertThat(loaded(other, "stock")).isEmpty();
    assertThat(loaded(files(new Place(List.of("a:1", "b:2"), "else")), "product")).isEmpty();
    assertThat(loaded(files(new Place(List.of("c:3"), "shop")), "product")).isEmpty();
    assertThat(all()).hasSize(1);
  }

  @Test
  void saved_isForItsOwnerOnly() throws IOException {
    files(PLACE).save("product", set("product", "a"));
    Path file = all().get(0);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    for (Path made = file.getParent(); !made.equals(root); made = made.getParent()) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
          .isEqualTo("rwx------");
    }
  }

  @Test
  void confirmed_isAsOldAsThat() throws IOException {
    SetFiles files = files(PLACE);
    files.save("product", set("product", "a"));
    files.confirm(Set.of("product", "unknown"));
    now = now.plusSeconds(90);
    assertThat(files.load("product").orElseThrow().age()).isEqualTo(Duration.ofSeconds(90));
    now = now.minusSeconds(900);
    assertThat(files.load("product").orElseThrow().age()).isZero();
  }

  @Test
  void emptySet_leavesNothing() throws IOException {
    SetFiles files = files(PLACE);
    files.save("product", ServiceSet.EMPTY);
    files.save("product", set("product", "a"));
    files.save("product", ServiceSet.EMPTY);
    assertThat(all()).isEmpty();
    assertThat(files.load("product")).isEmpty();
  }

  @Test
  void damaged_anyByte_isIgnored_andReplaced() throws IOException {
    SetFiles files = files(PLACE);
    files.save("product", set("product", "a"));
    Path file = all().get(0);
    byte[] good = Files.readAllBytes(file);
    var random = new Random(7);
    for (int i = 0; i < good.length; i += 3) {
      byte[] bad = good.clone();
      bad[i] ^= (byte) (1 + random.nextInt(255));
      Files.write(file, bad);
      assertThat(files.load("product")).as("byte " + i).isEmpty();
      Files.write(file, Arrays.copyOf(good, i));
      assertThat(files.load("product")).as("cut at " + i).isEmpty();
    }
    files.save("product", set("product", "a"));
    assertThat(loaded(files, "product")).hasSize(1);
  }

  @Test
  void foreign_isIgnored() throws IOException {
    SetFiles files = files(PLACE);
    files.save("product", set("product", "a"));
    Path file = all().get(0);
    Path stock = file.resolveSibling("stock.set");
    Files.copy(file, stock);
    assertThat(files.load("stock")).as("of another service").isEmpty();
    Files.delete(stock);
    Files.createSymbolicLink(stock, file);
    assertThat(files.load("stock")).as("a link").isEmpty();
    Files.delete(stock);
    Files.createDirectory(stock);
    assertThat(files.load("stock")).as("a directory").isEmpty();
    files.save("stock", set("stock", "a"));
    Files.setPosixFilePermissions(file.getParent(), PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(files.load("product")).as("others may write").isEmpty();
  }

  @Test
  void placeThatCannotBeMade_harmsNobody() throws IOException {
    Files.writeString(root.resolve("deep"), "a file");
    SetFiles files = files(PLACE);
    files.save("product", set("product", "a"));
    files.confirm(Set.of("product"));
    assertThat(files.load("product")).isEmpty();
  }

  @Test
  void tooLarge_isNotKept() throws IOException {
    SetFiles files = files(PLACE);
    files.save("product", set("product", "a"));
    var large = new TreeMap<String, ServiceSet.Entry>();
    for (int i = 0; i < 1_100; i++) {
      var instance =
          Messages.instance("product", "a" + i).toBuilder()
              .putMetadata("k", "v".repeat(4_096))
              .build();
      large.put("a" + i, new ServiceSet.Entry(Wire.instance(instance), Cause.UNSEEN));
    }
    files.save("product", new ServiceSet(large, Map.of()));
    assertThat(all()).isEmpty();
  }

  @Test
  void manyServices_theOldestGo() throws IOException {
    var files = new SetFiles(root, PLACE, clock(), 3);
    for (int i = 0; i < 5; i++) {
      files.save("s" + i, set("s" + i, "a"));
      now = now.plusSeconds(1);
      files.confirm(Set.of("s" + i));
    }
    assertThat(all()).hasSize(3);
    assertThat(loaded(files, "s0")).isEmpty();
    assertThat(loaded(files, "s4")).hasSize(1);
  }

  @Test
  void twoProcesses_writeAndRead_alwaysAWholeSet() {
    Runnable writer =
        () -> {
          SetFiles mine = files(PLACE);
          for (int i = 0; i < 50; i++) {
            mine.save("product", i % 2 == 0 ? set("product", "a") : set("product", "a", "b", "c"));
          }
        };
    files(PLACE).save("product", set("product", "a"));
    var first = CompletableFuture.runAsync(writer);
    var second = CompletableFuture.runAsync(writer);
    SetFiles reader = files(PLACE);
    while (!first.isDone() || !second.isDone()) {
      assertThat(loaded(reader, "product").size()).isIn(1, 3);
    }
  }
}
