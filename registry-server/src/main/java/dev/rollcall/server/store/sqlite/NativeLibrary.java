// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.sqlite;

import dev.rollcall.server.store.StoreException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteJDBCLoader;

/**
 * Where the driver unpacks its library at each start. By itself it takes the system's temporary
 * directory, and a process that is halted or killed leaves the file there for good.
 */
final class NativeLibrary {
  private static final Logger log = LoggerFactory.getLogger(NativeLibrary.class);
  private static final String PROPERTY = "org.sqlite.tmpdir";

  private NativeLibrary() {}

  /**
   * Loads the driver's library from below a data directory that this process holds, and removes
   * what earlier processes left there. Where that place is of no use (it may not run programs, say,
   * or has no room), the temporary directory serves. A directory that a person chose stays chosen.
   */
  static void load(Path directory) {
    String chosen = System.getProperty(PROPERTY);
    if (chosen != null) {
      if (!loaded()) {
        throw unusable(chosen);
      }
      return;
    }
    Path own = directory.resolve("native").toAbsolutePath();
    if (cleared(own) && loadedFrom(own.toString())) {
      return;
    }
    String shared = System.getProperty("java.io.tmpdir");
    if (!loadedFrom(shared)) {
      System.clearProperty(PROPERTY);
      throw unusable(own + " nor from " + shared);
    }
    log.warn("{}: the SQLite library cannot be loaded from there, {} serves", own, shared);
  }

  private static boolean cleared(Path place) {
    try {
      Files.createDirectories(place);
      try (DirectoryStream<Path> left = Files.newDirectoryStream(place, "sqlite-*")) {
        for (Path file : left) {
          Files.deleteIfExists(file);
        }
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean loadedFrom(String place) {
    System.setProperty(PROPERTY, place);
    return loaded();
  }

  /** The driver may be asked again after a failure; after a success it does nothing. */
  @SuppressWarnings("CatchingUnchecked") // it declares no narrower exception
  private static boolean loaded() {
    try {
      return SQLiteJDBCLoader.initialize();
    } catch (Exception e) {
      log.debug("no SQLite library", e);
      return false;
    }
  }

  private static StoreException unusable(String places) {
    return new StoreException(
        "the SQLite library cannot be loaded, not from %s (expected: a directory with 2 MB of room"
                .formatted(places)
            + " that may hold programs; -D"
            + PROPERTY
            + "=... in JAVA_OPTS names another)");
  }
}
