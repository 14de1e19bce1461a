// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.ServiceView;
import dev.rollcall.server.catalog.View;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A snapshot of one catalog in parts of bounded size, each made when it is asked for. It holds on
 * to an immutable catalog, so the state it tells is that of one revision however long it takes.
 */
final class SnapshotParts {
  /** Bodies of services up to this size are shared by all who ask. */
  private static final int CACHED_INSTANCES = 500;

  private final Catalog catalog;
  private final View view;
  private final FrameEncoder encoder;
  private final BodyCache cache;
  private final int partBytes;
  private final Iterator<ServiceView> services;
  private final Iterator<Change> settings;
  private Iterator<byte[]> chunks = Collections.emptyIterator();

  SnapshotParts(Catalog catalog, Selector selector, Watching at) {
    this.catalog = catalog;
    this.view = selector.view();
    this.encoder = at.encoder();
    this.cache = at.bodies();
    this.partBytes = at.partBytes();
    this.services =
        selector.all()
            ? catalog.services().values().iterator()
            : selector.services().stream()
                .map(catalog::service)
                .filter(Objects::nonNull)
                .iterator();
    this.settings = settings(catalog, selector).iterator();
  }

  private static Stream<Change> settings(Catalog catalog, Selector selector) {
    return StreamSupport.stream(catalog.settings().from(selector.ids()).spliterator(), false)
        .takeWhile(setting -> selector.follows(setting.key()))
        .map(Change.Set::new);
  }

  Catalog catalog() {
    return catalog;
  }

  boolean hasNext() {
    while (!chunks.hasNext() && services.hasNext()) {
      chunks = chunksOf(services.next());
    }
    if (!chunks.hasNext() && settings.hasNext()) {
      chunks = new Encoding(settings);
    }
    return chunks.hasNext();
  }

  /** The next part; empty only if the whole snapshot is. */
  List<byte[]> next() {
    List<byte[]> part = new ArrayList<>();
    int bytes = 0;
    while (bytes < partBytes && hasNext()) {
      byte[] chunk = chunks.next();
      part.add(chunk);
      bytes += chunk.length;
    }
    return part;
  }

  /** A small service comes whole from the cache; a large one is encoded as it is asked for. */
  private Iterator<byte[]> chunksOf(ServiceView service) {
    if (service.instances().size() > CACHED_INSTANCES) {
      return encoding(service);
    }
    BodyCache.Key key =
        new BodyCache.Key(
            catalog.namespace(),
            catalog.position().epoch(),
            service.name(),
            view,
            BodyCache.Use.SNAPSHOT);
    return cache.get(key, service.revision(view), () -> encode(service)).iterator();
  }

  private List<byte[]> encode(ServiceView service) {
    List<byte[]> encoded = new ArrayList<>();
    encoding(service).forEachRemaining(encoded::add);
    return encoded;
  }

  private Encoding encoding(ServiceView service) {
    return new Encoding(
        service.instances().values().stream()
            .filter(view::shows)
            .<Change>map(Change.Put::new)
            .iterator());
  }

  /** Encodes records chunk by chunk. */
  private final class Encoding implements Iterator<byte[]> {
    private final Iterator<Change> shown;

    Encoding(Iterator<Change> shown) {
      this.shown = shown;
    }

    @Override
    public boolean hasNext() {
      return shown.hasNext();
    }

    @Override
    public byte[] next() {
      ByteArrayOutputStream chunk = new ByteArrayOutputStream();
      while (shown.hasNext() && chunk.size() < partBytes) {
        chunk.writeBytes(encoder.upsert(shown.next()));
      }
      return chunk.toByteArray();
    }
  }
}
