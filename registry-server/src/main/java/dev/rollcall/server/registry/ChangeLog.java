// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.ledger.ChangeListener;
import dev.rollcall.server.loop.Loop;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a line about each change to the log of this server: what, why and who. It tells the first
 * {@link #MOST} of a second one by one and of the others how many there were; history has them all.
 * Of settings the line has the key, never the value.
 */
public final class ChangeLog implements ChangeListener {
  /** The most lines in a second. */
  static final int MOST = 100;

  private static final Logger log = LoggerFactory.getLogger(ChangeLog.class);
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final Loop loop;
  private int told;
  private long untold;

  /**
   * Of changes on a loop.
   *
   * @param loop the ledger loop
   */
  public ChangeLog(Loop loop) {
    this.loop = loop;
  }

  @Override
  public void changed(String namespace, @Nullable Registration before, Commit commit) {
    if (!log.isInfoEnabled()) {
      return;
    }
    if (told == 0) {
      loop.schedule(SECOND, this::secondIsOver);
    }
    if (told < MOST) {
      told++;
      tell(namespace, before, commit);
    } else {
      untold++;
    }
  }

  private void secondIsOver() {
    if (untold > 0) {
      log.info("and {} more changes within a second", untold);
    }
    told = 0;
    untold = 0;
  }

  private static void tell(String namespace, @Nullable Registration before, Commit commit) {
    Change change = commit.change();
    Cause cause = change.cause();
    boolean setting = change.key().service().isEmpty();
    String name = setting ? change.key().id() : change.key().toString();
    String was = before == null ? "" : before.status().name();
    String now = now(change);
    log.atInfo()
        .addKeyValue("namespace", namespace)
        .addKeyValue(setting ? "setting" : "instance", name)
        .addKeyValue("revision", commit.revision())
        .addKeyValue("status", now)
        .addKeyValue("cause", cause.kind().name())
        .addKeyValue("caller", cause.caller())
        .log(
            "{} {}: {}{}{}, revision {}{}",
            namespace,
            name,
            was.isEmpty() || was.equals(now) ? "" : was + " to ",
            now,
            setting ? "" : ", " + cause.kind() + ": " + cause.text(),
            commit.revision(),
            cause.caller().isEmpty() ? "" : ", by " + cause.caller());
  }

  private static String now(Change change) {
    if (change instanceof Change.Put put) {
      Registration now = put.registration();
      return now.held() ? now.status() + " but handed out" : now.status().name();
    }
    return change instanceof Change.Set ? "SET" : "GONE";
  }
}
