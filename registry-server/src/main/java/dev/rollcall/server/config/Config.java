// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.config;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.Rejection.Reason;
import dev.rollcall.server.catalog.Setting;
import dev.rollcall.server.catalog.SettingCommand;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.store.EventLog;
import dev.rollcall.server.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The rules of configuration. From any thread; only {@link #history} blocks. */
public final class Config {
  private static final String SPACE = "config:";
  private static final String SEEDED = "default";
  private static final int PAGE = 100;
  private static final int LARGEST_PAGE = 1_000;
  private static final int PAGE_BYTES = 1 << 20;
  private static final int VERSIONS = 20;

  private final Ledgers ledgers;
  private final EventLog log;

  /** Over ledgers of its own and the store's log. */
  public Config(Ledgers ledgers, EventLog log) {
    this.ledgers = ledgers;
    this.log = log;
  }

  /**
   * Under which name a namespace's configuration is kept: that of no namespace of services, since
   * no label holds a colon.
   */
  public static String keptAs(String namespace) {
    return SPACE + namespace;
  }

  /** Whether something is kept under the name of a configuration. */
  public static boolean isKeptAs(String name) {
    return name.startsWith(SPACE);
  }

  /** A setting at a position of its namespace's configuration. */
  public record Found(Position position, Setting setting) {}

  /**
   * A page of settings.
   *
   * @param nextPageToken empty: this was the last one
   */
  public record Page(Position position, List<Setting> settings, String nextPageToken) {}

  /** A request to set a key. */
  public record PutCall(
      String namespace, String key, String value, OptionalLong expected, String caller) {}

  /** A request to take a key away. */
  public record DeleteCall(String namespace, String key, OptionalLong expected, String caller) {}

  /** The present position of a namespace's configuration. */
  public Position position(String namespace) {
    return ledgers.catalog(keptAs(namespace)).position();
  }

  /** Whether more of it may come back that the store lost. */
  public boolean recovering(String namespace) {
    return ledgers.doubtful(keptAs(namespace));
  }

  /** One setting. */
  public Outcome<Found> get(String namespace, String key) {
    Rejection rejection = new Paths().namespace(namespace).key(key).rejection();
    if (rejection != null) {
      return new Outcome.Refused<>(rejection);
    }
    Catalog catalog = ledgers.catalog(keptAs(namespace));
    Setting setting = catalog.settings().find(key);
    return setting == null
        ? new Outcome.Refused<>(unknown(key))
        : new Outcome.Done<>(new Found(catalog.position(), setting));
  }

  /** Sets a key. */
  public CompletableFuture<Outcome<Found>> put(PutCall call) {
    Paths paths = new Paths().namespace(call.namespace()).key(call.key()).value(call.value());
    paths.atLeastZero("expected_revision", call.expected().orElse(0));
    Rejection rejection = paths.rejection();
    if (rejection != null) {
      return CompletableFuture.completedFuture(new Outcome.Refused<>(rejection));
    }
    return ledgers
        .submit(
            keptAs(call.namespace()),
            new SettingCommand.Put(call.key(), call.value(), call.expected(), call.caller()))
        .thenApply(outcome -> found(outcome, call.key()));
  }

  /**
   * Sets those of these keys that do not exist, in the default namespace.
   *
   * @return completes with why one of them may not be set; null: all of them are there now
   */
  public CompletableFuture<@Nullable Rejection> seed(Map<String, String> missing) {
    CompletableFuture<@Nullable Rejection> done = CompletableFuture.completedFuture(null);
    for (Map.Entry<String, String> entry : missing.entrySet()) {
      PutCall call =
          new PutCall(
              SEEDED, entry.getKey(), entry.getValue(), OptionalLong.of(0), "--config-seed");
      done =
          done.thenCombine(
              put(call), (refused, outcome) -> refused != null ? refused : refusal(outcome));
    }
    return done;
  }

  /** That a key exists already is how it should be. */
  private static @Nullable Rejection refusal(Outcome<Found> outcome) {
    return outcome instanceof Outcome.Refused<Found> refused
            && refused.why().reason() != Reason.REVISION_MISMATCH
        ? refused.why()
        : null;
  }

  private static Outcome<Found> found(Outcome<Catalog> outcome, String key) {
    if (outcome instanceof Outcome.Refused<Catalog> refused) {
      return new Outcome.Refused<>(refused.why());
    }
    Catalog catalog = ((Outcome.Done<Catalog>) outcome).value();
    Setting setting = catalog.settings().find(key);
    return setting == null
        ? new Outcome.Refused<>(unknown(key))
        : new Outcome.Done<>(new Found(catalog.position(), setting));
  }

  /** Takes a key away. */
  public CompletableFuture<Outcome<Position>> delete(DeleteCall call) {
    Paths paths = new Paths().namespace(call.namespace()).key(call.key());
    paths.atLeastZero("expected_revision", call.expected().orElse(0));
    Rejection rejection = paths.rejection();
    if (rejection != null) {
      return CompletableFuture.completedFuture(new Outcome.Refused<>(rejection));
    }
    return ledgers
        .submit(
            keptAs(call.namespace()),
            new SettingCommand.Delete(call.key(), call.expected(), call.caller()))
        .thenApply(
            outcome ->
                outcome instanceof Outcome.Done<Catalog> done
                    ? new Outcome.Done<>(done.value().position())
                    : new Outcome.Refused<>(((Outcome.Refused<Catalog>) outcome).why()));
  }

  /**
   * A page of the settings below a prefix.
   *
   * @param pageToken of the page before; empty: the first page
   */
  public Outcome<Page> list(String namespace, String prefix, int pageSize, String pageToken) {
    Paths paths = new Paths().namespace(namespace).prefix(prefix);
    paths.upTo("page_size", pageSize, LARGEST_PAGE);
    if (!pageToken.isEmpty()) {
      paths.key(pageToken);
    }
    Rejection rejection = paths.rejection();
    if (rejection != null) {
      return new Outcome.Refused<>(rejection);
    }
    Catalog catalog = ledgers.catalog(keptAs(namespace));
    int most = pageSize == 0 ? PAGE : pageSize;
    List<Setting> page = new ArrayList<>();
    int bytes = 0;
    for (Setting setting : catalog.settings().from(pageToken.isEmpty() ? prefix : pageToken)) {
      if (!setting.key().startsWith(prefix)) {
        break;
      }
      if (setting.key().equals(pageToken)) {
        continue;
      }
      bytes += setting.bytes();
      if (page.size() == most || (!page.isEmpty() && bytes > PAGE_BYTES)) {
        String last = page.get(page.size() - 1).key();
        return new Outcome.Done<>(new Page(catalog.position(), page, last));
      }
      page.add(setting);
    }
    return new Outcome.Done<>(new Page(catalog.position(), page, ""));
  }

  /** The versions of a key that are kept, newest first. Blocks. */
  public Outcome<List<Commit>> history(String namespace, String key) {
    Rejection rejection = new Paths().namespace(namespace).key(key).rejection();
    if (rejection != null) {
      return new Outcome.Refused<>(rejection);
    }
    try {
      List<Commit> versions =
          log.newestFirst(
              new EventLog.Query(
                  keptAs(namespace),
                  "",
                  key,
                  Set.of(),
                  Long.MIN_VALUE,
                  Long.MAX_VALUE,
                  Long.MAX_VALUE,
                  VERSIONS));
      return versions.isEmpty()
          ? new Outcome.Refused<>(unknown(key))
          : new Outcome.Done<>(versions);
    } catch (StoreException e) {
      return new Outcome.Refused<>(
          Rejection.of(Reason.STORE_UNAVAILABLE, e.getMessage() + "; try again later"));
    }
  }

  /** What a version left behind; empty text where it took the key away. */
  public static Setting settingOf(Commit version) {
    return version.change() instanceof Change.Set set
        ? set.setting().at(version.revision())
        : new Setting(
            version.change().key().id(), "", version.change().cause(), version.revision());
  }

  private static Rejection unknown(String key) {
    return Rejection.of(
        Reason.KEY_UNKNOWN,
        "no key %s (expected: an existing one); List shows those that are".formatted(key));
  }
}
