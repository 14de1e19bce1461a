// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.ServiceView;
import dev.rollcall.server.catalog.View;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;

/**
 * A snapshot of one catalog in parts of about 128 KiB, each made when it is asked for. It holds on
 * to an immutable catalog, so the state it tells is that of one revision however long it takes.
 */
final class SnapshotParts {
  /** Small enough that a stream that stalls holds little, large enough to be cheap. */
  static final int PART_BYTES = 128 * 1024;

  private final Catalog catalog;
  private final View view;
  private final FrameEncoder encoder;
  private final BodyCache cache;
  private final Iterator<ServiceView> services;
  private Iterator<byte[]> chunks = Collections.emptyIterator();

  SnapshotParts(Catalog catalog, Selector selector, FrameEncoder encoder, BodyCache cache) {
    this.catalog = catalog;
    this.view = selector.view();
    this.encoder = encoder;
    this.cache = cache;
    this.services =
        selector.all()
            ? catalog.services().values().iterator()
            : selector.services().stream()
                .map(catalog::service)
                .filter(Objects::nonNull)
                .iterator();
  }

  Catalog catalog() {
    return catalog;
  }

  boolean hasNext() {
    while (!chunks.hasNext() && services.hasNext()) {
      chunks = chunksOf(services.next()).iterator();
    }
    return chunks.hasNext();
  }

  /** The next part; empty only if the whole snapshot is. */
  List<byte[]> next() {
    List<byte[]> part = new ArrayList<>();
    int bytes = 0;
    while (bytes < PART_BYTES && hasNext()) {
      byte[] chunk = chunks.next();
      part.add(chunk);
      bytes += chunk.length;
    }
    return part;
  }

  private List<byte[]> chunksOf(ServiceView service) {
    return cache.get(
        new BodyCache.Key(
            catalog.namespace(),
            catalog.position().epoch(),
            service.name(),
            view,
            BodyCache.Use.SNAPSHOT),
        service.revision(view),
        () -> encode(service));
  }

  private List<byte[]> encode(ServiceView service) {
    List<byte[]> encoded = new ArrayList<>();
    ByteArrayOutputStream chunk = new ByteArrayOutputStream();
    for (Registration registration : service.instances().values()) {
      if (view.shows(registration)) {
        chunk.writeBytes(encoder.upsert(registration));
        if (chunk.size() >= PART_BYTES) {
          encoded.add(chunk.toByteArray());
          chunk.reset();
        }
      }
    }
    if (chunk.size() > 0) {
      encoded.add(chunk.toByteArray());
    }
    return encoded;
  }
}
