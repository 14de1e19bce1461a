// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.config.v1.Change;
import dev.rollcall.config.v1.WatchRequest;
import dev.rollcall.config.v1.WatchResponse;
import dev.rollcall.sdk.Registries.Registry;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows all settings below one prefix on one stream, and keeps what it heard: while no registry
 * answers, the last values stay. Runs on the session's loop; followers are called on their own.
 */
final class ConfigFollower implements Registries.Guest {
  static final Logger log = LoggerFactory.getLogger(ConfigFollower.class);

  private static final Pattern KEY =
      Pattern.compile("[A-Za-z0-9._-]{1,128}(/[A-Za-z0-9._-]{1,128})*");

  private final Loop loop;
  private final Registries registries;
  private final String namespace;
  private final String prefix;
  private final Backoff backoff;
  private final Callbacks callbacks;
  private final Map<String, List<Listener>> listeners = new HashMap<>();
  private Map<String, String> held = Map.of();
  private @Nullable Map<String, String> staged;

  /** The registry is being refilled: what it does not name may still come back. */
  private boolean partial;

  private WatchResponse at = WatchResponse.getDefaultInstance();
  private @Nullable WatchStream<WatchRequest, WatchResponse> stream;
  private @Nullable Registry used;
  private Loop.Timer nextAttempt = Loop.Timer.NONE;
  private boolean known;
  private boolean closed;

  ConfigFollower(
      Loop loop, Registries registries, String namespace, String scope, Backoff backoff) {
    this.loop = loop;
    this.registries = registries;
    this.namespace = namespace;
    this.prefix = checked("scope", scope) + "/";
    this.backoff = backoff;
    this.callbacks = new Callbacks("rollcall-config-" + scope);
  }

  /** Who wants to know one setting. Called one at a time. */
  interface Listener {
    /** It has this value. */
    void value(String text);

    /** There is no such key. */
    void missing();
  }

  private static String checked(String field, String path) {
    if (!KEY.matcher(path).matches()) {
      throw new IllegalArgumentException(
          "%s: \"%s\" (expected: a path a/b/c of A-Z, a-z, 0-9, ., _ and -)"
              .formatted(field, path));
    }
    return path;
  }

  /** Follows one key from now on. From any thread. */
  void follow(String key, Listener listener) {
    String whole = prefix + checked("key", key);
    loop.execute(
        () -> {
          listeners.computeIfAbsent(whole, name -> new ArrayList<>()).add(listener);
          if (known) {
            tell(whole, List.of(listener));
          }
          if (stream == null) {
            open();
          }
        });
  }

  void close() {
    loop.assertInside();
    closed = true;
    nextAttempt.cancel();
    if (stream != null) {
      stream.cancel();
      stream = null;
    }
    callbacks.close();
  }

  private void open() {
    nextAttempt.cancel();
    if (stream != null) {
      stream.cancel();
      stream = null;
    }
    if (closed) {
      return;
    }
    staged = null;
    WatchStream<WatchRequest, WatchResponse> next = new WatchStream<>(loop, new Heard());
    Registry registry = registries.current();
    stream = next;
    used = registry;
    registry
        .config()
        .watch(
            WatchRequest.newBuilder()
                .setNamespace(namespace)
                .setPrefix(prefix)
                .setEpoch(at.getEpoch())
                .setAfterRevision(at.getRevision())
                .setNonce(at.getNonce())
                .build(),
            next);
  }

  @Override
  public void heard(Registry registry) {
    // its stream tells what there is to know
  }

  @Override
  public void suspect(Registry registry) {
    if (registry.equals(used) && registries.count() > 1) {
      open();
    }
  }

  @Override
  public void moved() {
    if (stream != null && used != null && !used.equals(registries.current())) {
      open();
    }
  }

  /** What the open stream says. */
  private final class Heard implements WatchStream.Listener<WatchResponse> {
    @Override
    public void message(WatchResponse message) {
      backoff.reset();
      if (used != null) {
        registries.answered(used);
      }
      read(message);
    }

    @Override
    public void ended(Status status) {
      stream = null;
      if (used != null) {
        registries.failed(used, status);
      }
      if (status.getCode() == Status.Code.UNIMPLEMENTED) {
        log.warn("the registry has no configuration service; settings keep their fallbacks");
      }
      nextAttempt = loop.schedule(backoff.next(), ConfigFollower.this::open);
    }
  }

  private void read(WatchResponse message) {
    Map<String, String> next = staged;
    if (next == null) {
      boolean whole = message.getSnapshot() && !message.getRecovering();
      partial = message.getSnapshot() ? !whole : partial;
      next = whole ? new HashMap<>() : new HashMap<>(held);
    }
    for (Change change : message.getChangesList()) {
      if (change.hasUpsert()) {
        next.put(change.getUpsert().getKey(), change.getUpsert().getValue());
      } else {
        next.remove(change.getRemoved());
      }
    }
    staged = next;
    if (!message.getMore()) {
      staged = null;
      take(next);
      if (!partial) {
        at = message.toBuilder().clearChanges().build();
      } else if (!message.getRecovering()) {
        // what was missing is back by now, or gone for good: all anew
        partial = false;
        at = WatchResponse.getDefaultInstance();
        open();
      }
    }
  }

  private void take(Map<String, String> next) {
    Map<String, String> before = held;
    boolean first = !known;
    held = Map.copyOf(next);
    known = true;
    Set<String> keys = new HashSet<>(listeners.keySet());
    for (String key : keys) {
      String value = next.get(key);
      boolean same = value == null ? !before.containsKey(key) : value.equals(before.get(key));
      if (first || !same) {
        tell(key, listeners.getOrDefault(key, List.of()));
      }
    }
  }

  private void tell(String key, List<Listener> all) {
    String value = held.get(key);
    for (Listener listener : List.copyOf(all)) {
      callbacks.execute(() -> tell(key, listener, value));
    }
  }

  private static void tell(String key, Listener listener, @Nullable String value) {
    try {
      if (value == null) {
        listener.missing();
      } else {
        listener.value(value);
      }
    } catch (RuntimeException e) {
      log.error("whoever follows setting {} failed", key, e);
    }
  }
}
