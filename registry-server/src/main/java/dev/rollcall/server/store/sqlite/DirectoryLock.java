// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.sqlite;

import dev.rollcall.server.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Holds a data directory for one server. A file of its own, because locks on the database file
 * belong to SQLite. The operating system lets go of it when the process ends, however it ends.
 */
final class DirectoryLock implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;

  /** What tells files apart; null where the file system has nothing of the kind. */
  private final @Nullable Object identity;

  private DirectoryLock(Path file, FileChannel channel) throws IOException {
    this.file = file;
    this.channel = channel;
    this.identity = identity(file);
  }

  /** Takes the directory, which is made if missing. */
  static DirectoryLock take(Path directory) {
    Path file = directory.resolve("lock");
    try {
      Files.createDirectories(directory);
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      if (!locked(channel)) {
        String holder = holder(channel);
        channel.close();
        throw new StoreException(
            "%s is in use by another server%s (expected: a directory of its own for each server)"
                .formatted(directory, holder));
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
      return new DirectoryLock(file, channel);
    } catch (IOException e) {
      throw new StoreException(
          "%s cannot be used: %s (expected: a directory that this user may write to)"
              .formatted(directory, e),
          e);
    }
  }

  /**
   * Whether the path still leads to what was taken. If somebody removed or moved the directory,
   * what is written goes to files that no start will find, and another server may take what is
   * there now.
   */
  boolean held() {
    try {
      return Objects.equals(identity, identity(file));
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      // that it cannot be looked at, say for lack of a right, does not make it another
      return true;
    }
  }

  private static @Nullable Object identity(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private static String holder(FileChannel channel) throws IOException {
    ByteBuffer pid = ByteBuffer.allocate(20);
    channel.read(pid);
    String text = StandardCharsets.US_ASCII.decode(pid.flip()).toString().strip();
    return text.isEmpty() ? "" : ", process " + text;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new StoreException("the data directory's lock file cannot be closed: " + e, e);
    }
  }
}
