// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import dev.rollcall.server.catalog.View;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Encoded bodies of whole services, each made at first need and shared by everyone who asks until
 * the service changes in that view. The least recently used go when the limit is reached. From any
 * thread; two callers may make the same body at the same time.
 */
public final class BodyCache {
  private final long limitBytes;
  private final Map<Key, Body> bodies = new LinkedHashMap<>(16, 0.75f, true);
  private long usedBytes;

  /** With a limit in bytes. */
  public BodyCache(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  /**
   * A body.
   *
   * @param revision of the last change in the view: another one means that the body is stale
   * @param make encodes it; called on this thread without a lock
   */
  public List<byte[]> get(Key key, long revision, Supplier<List<byte[]>> make) {
    List<byte[]> known = find(key, revision);
    if (known != null) {
      return known;
    }
    Body made = new Body(revision, List.copyOf(make.get()));
    if (made.bytes() <= limitBytes / 4) {
      keep(key, made);
    }
    return made.chunks;
  }

  /** A body that is there already; null: it is not. */
  public synchronized @Nullable List<byte[]> find(Key key, long revision) {
    Body known = bodies.get(key);
    return known != null && known.revision == revision ? known.chunks : null;
  }

  private synchronized void keep(Key key, Body body) {
    Body replaced = bodies.put(key, body);
    usedBytes += body.bytes() - (replaced == null ? 0 : replaced.bytes());
    Iterator<Body> eldest = bodies.values().iterator();
    while (usedBytes > limitBytes) {
      usedBytes -= eldest.next().bytes();
      eldest.remove();
    }
  }

  /** What the body is for. */
  public enum Use {
    /** Instances in an answer. */
    ANSWER,
    /** Changes in a snapshot. */
    SNAPSHOT
  }

  /** Names a body. The epoch is part of it: revisions mean nothing across epochs. */
  public record Key(String namespace, String epoch, String service, View view, Use use) {}

  private record Body(long revision, List<byte[]> chunks) {
    long bytes() {
      long bytes = 200;
      for (byte[] chunk : chunks) {
        bytes += chunk.length;
      }
      return bytes;
    }
  }
}
