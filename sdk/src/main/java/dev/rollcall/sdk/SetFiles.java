// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.rollcall.registry.v1.Change;
import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.sdk.Settings.Place;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last known sets of one namespace in a directory: a file for each service, replaced as a
 * whole, whose time of change is when the set was last known to be true. Several processes may
 * share it: what one of them knows is what the others know.
 *
 * <p>Nothing here fails: what cannot be read or written is warned of once and then left alone.
 * Blocks; for one thread at a time.
 */
final class SetFiles {
  /** Some 20,000 instances. */
  static final int MOST_BYTES = 4 << 20;

  private static final int MOST_FILES = 1_000;

  private static final byte[] MAGIC = "rollcall set 1\n".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER = MAGIC.length + Long.BYTES;
  private static final String SUFFIX = ".set";

  private static final Logger log = LoggerFactory.getLogger(SetFiles.class);

  private final Path directory;
  private final InstantSource clock;
  private final int mostFiles;
  private boolean warned;

  SetFiles(Path root, Place place, InstantSource clock) {
    this(root, place, clock, MOST_FILES);
  }

  SetFiles(Path root, Place place, InstantSource clock, int mostFiles) {
    String registries = String.join(",", place.registries().stream().sorted().toList());
    UUID key = UUID.nameUUIDFromBytes(registries.getBytes(StandardCharsets.UTF_8));
    this.directory = root.resolve(place.namespace() + "-" + key);
    this.clock = clock;
    this.mostFiles = mostFiles;
  }

  /**
   * What a file says.
   *
   * @param age for how long nobody has confirmed it
   */
  record Saved(ServiceSet set, Duration age) {}

  private Path file(String service) {
    return directory.resolve(service + SUFFIX);
  }

  /** What was saved last; empty where that is nothing, or nothing that can be used. */
  Optional<Saved> load(String service) {
    Path file = file(service);
    try {
      if (!Files.exists(directory) || !trusted()) {
        return Optional.empty();
      }
      Duration age = Duration.between(Files.getLastModifiedTime(file).toInstant(), clock.instant());
      Duration atLeastZero = age.isNegative() ? Duration.ZERO : age;
      return Optional.of(new Saved(read(file, service), atLeastZero));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      warn("cannot use " + file, e);
      return Optional.empty();
    }
  }

  private static ServiceSet read(Path file, String service) throws IOException {
    byte[] all;
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      all = in.readNBytes(HEADER + MOST_BYTES + 1);
    }
    if (all.length < HEADER || !Arrays.equals(MAGIC, Arrays.copyOf(all, MAGIC.length))) {
      throw new IOException("it is no saved set");
    }
    ByteBuffer payload = ByteBuffer.wrap(all, HEADER, all.length - HEADER);
    boolean whole = ByteBuffer.wrap(all).getLong(MAGIC.length) == checksum(payload);
    if (!whole || all.length > HEADER + MOST_BYTES) {
      throw new IOException("it is damaged");
    }
    return set(payload, service);
  }

  private static ServiceSet set(ByteBuffer payload, String service)
      throws InvalidProtocolBufferException {
    Map<String, ServiceSet.Entry> entries = new TreeMap<>();
    for (Change change : WatchResponse.parseFrom(payload).getChangesList()) {
      ServiceInstance instance = Wire.instance(change.getUpsert());
      if (!instance.service().equals(service)) {
        throw new InvalidProtocolBufferException("it is about '" + instance.service() + "'");
      }
      HostPort.parse(instance.address());
      entries.put(instance.id(), new ServiceSet.Entry(instance, Cause.REMEMBERED));
    }
    return new ServiceSet(entries, Map.of());
  }

  private static long checksum(ByteBuffer payload) {
    var crc = new CRC32();
    crc.update(payload.duplicate());
    return crc.getValue();
  }

  /** Keeps this set; an empty one is not kept, nor is what was there before. */
  void save(String service, ServiceSet set) {
    try {
      byte[] payload = message(set).toByteArray();
      if (set.entries().isEmpty() || payload.length > MOST_BYTES) {
        Files.deleteIfExists(file(service));
        return;
      }
      makeDirectory();
      if (trusted()) {
        boolean added = !Files.exists(file(service));
        replace(file(service), payload);
        if (added) {
          prune();
        }
      }
    } catch (IOException | RuntimeException e) {
      warn("cannot keep the last known instances of " + service + " in " + directory, e);
    }
  }

  private static WatchResponse message(ServiceSet set) {
    WatchResponse.Builder message = WatchResponse.newBuilder().setSnapshot(true);
    for (ServiceInstance instance : set.instances()) {
      message.addChanges(Change.newBuilder().setUpsert(Wire.instance(instance)));
    }
    return message.build();
  }

  private void replace(Path file, byte[] payload) throws IOException {
    Path whole = Files.createTempFile(directory, "new-", ".tmp", ownerOnly("rw-------"));
    try {
      ByteBuffer bytes = ByteBuffer.allocate(HEADER + payload.length);
      bytes.put(MAGIC).putLong(checksum(ByteBuffer.wrap(payload))).put(payload);
      Files.write(whole, bytes.array());
      Files.setLastModifiedTime(whole, FileTime.from(clock.instant()));
      Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(whole);
    }
  }

  /** Says that these sets are still true. */
  void confirm(Set<String> services) {
    FileTime now = FileTime.from(clock.instant());
    for (String service : services) {
      try {
        Files.setLastModifiedTime(file(service), now);
      } catch (NoSuchFileException e) {
        log.trace("nothing is kept of {}", service);
      } catch (IOException | RuntimeException e) {
        warn("cannot confirm " + file(service), e);
      }
    }
  }

  /** The oldest go first; so do leftovers of a process that was killed while it wrote. */
  private void prune() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(directory)) {
      files = new ArrayList<>(all.toList());
    }
    if (files.size() > mostFiles) {
      files.sort(Comparator.comparing(SetFiles::changed));
      for (Path old : files.subList(0, files.size() - mostFiles)) {
        Files.deleteIfExists(old);
      }
    }
  }

  private static FileTime changed(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      return FileTime.fromMillis(0);
    }
  }

  private void makeDirectory() throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory, ownerOnly("rwx------"));
    }
  }

  /** Whoever may write there decides whom this process calls: it must be this one, alone. */
  private boolean trusted() throws IOException {
    if (!posix()) {
      return true;
    }
    Set<PosixFilePermission> all = Files.getPosixFilePermissions(directory);
    boolean mine =
        Files.isWritable(directory)
            && !all.contains(PosixFilePermission.GROUP_WRITE)
            && !all.contains(PosixFilePermission.OTHERS_WRITE);
    if (!mine) {
      warn("not used, because not this process alone may write there: " + directory, null);
    }
    return mine;
  }

  private static FileAttribute<?>[] ownerOnly(String permissions) {
    return posix()
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }

  private static boolean posix() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
  }

  private void warn(String what, @Nullable Exception why) {
    String reason = why == null ? "" : ": " + why;
    if (warned) {
      log.debug("{}{}", what, reason);
    } else {
      warned = true;
      log.warn("{}{}; going on without", what, reason);
    }
  }
}
