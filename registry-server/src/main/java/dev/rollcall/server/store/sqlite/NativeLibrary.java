// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.sqlite;

import dev.rollcall.server.store.StoreException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the driver unpacks its library at each start. By itself it takes the system's temporary
 * directory, and a process that is halted or killed leaves the file there for good.
 */
final class NativeLibrary {
  private static final String PROPERTY = "org.sqlite.tmpdir";

  private NativeLibrary() {}

  /**
   * Lets the driver unpack below a data directory that this process holds, and removes what earlier
   * processes left there. A directory that a person chose for it stays chosen.
   */
  static void unpackBelow(Path directory) {
    if (System.getProperty(PROPERTY) != null) {
      return;
    }
    Path place = directory.resolve("native").toAbsolutePath();
    try {
      Files.createDirectories(place);
      try (DirectoryStream<Path> left = Files.newDirectoryStream(place, "sqlite-*")) {
        for (Path file : left) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      throw new StoreException(
          "%s cannot be used: %s (expected: a directory that this user may write to)"
              .formatted(place, e),
          e);
    }
    System.setProperty(PROPERTY, place.toString());
  }
}
