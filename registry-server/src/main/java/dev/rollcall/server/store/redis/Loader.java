// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Setting;
import dev.rollcall.server.catalog.View;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.RecordCodec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Reads a whole namespace while others write to it: first where it stands, then all records in
 * small steps that hold nobody up, then the log from where it stood. A record that was read late is
 * newer than the log entries before it, which therefore leave it alone.
 */
final class Loader {
  /** As many changes, and bytes of changes, as a ring of recent changes can hold. */
  private static final int LOG_ENTRIES = 65_536;

  private static final long LOG_BYTES = 16L << 20;
  private static final int STEP = 1_000;
  private static final int MOST_TRIES = 100;

  private final Reader reader;
  private final Quarantine quarantine;

  Loader(Reader reader, Quarantine quarantine) {
    this.reader = reader;
    this.quarantine = quarantine;
  }

  /** A record, as the change that makes it. */
  private record Known(String id, long revision, Change change) {}

  /** A setting has no service before the slash. */
  private static Change decode(String id, byte[] value, int from, long revision) {
    return id.startsWith("/")
        ? new Change.Set(
            RecordCodec.setting(Arrays.copyOfRange(value, from, value.length), revision))
        : new Change.Put(RecordCodec.registration(value, from, revision));
  }

  /** Everything of a namespace; null: it was never written to. */
  Kept.@Nullable Namespace load(String namespace) {
    Keys keys = Keys.of(namespace);
    for (int tries = 0; tries < MOST_TRIES; tries++) {
      Head head = Head.of(reader.fieldsOfEach(List.of(keys.meta()), Head.FIELDS).get(0));
      if (head.epoch() == null) {
        return null;
      }
      Position start = new Position(head.epoch(), head.revision(), head.nonce());
      Map<String, Known> records = records(namespace, keys);
      Position end = replay(namespace, keys, start, records);
      Object epoch = reader.fields(keys.meta(), "epoch").get(0);
      if (end != null && epoch != null && Keys.text(epoch).equals(start.epoch())) {
        // Redis takes a while to say what was new; the catalog is made meanwhile
        CompletableFuture<Catalog> catalog =
            CompletableFuture.supplyAsync(() -> catalog(namespace, end, records));
        List<Commit> recent = recent(keys, end, records);
        return new Kept.Namespace(catalog.join(), recent, Map.of());
      }
      // the log was cut, or a new epoch began, under the reading: once more
    }
    throw new IllegalArgumentException("its log does not go with its head");
  }

  /** Takes an entry that none of us wrote out of a log. */
  void heal(String namespace, String id) {
    Keys keys = Keys.of(namespace);
    Call call = new Call(Script.HEAL, List.of(keys.meta(), keys.log()), List.of(Keys.bytes(id)));
    Object taken = reader.run(List.of(call)).get(0);
    if (taken instanceof JedisException e) {
      throw e;
    }
    if ((Long) taken > 0) {
      quarantine.tookOut(namespace, id, (Long) taken);
    }
  }

  private Map<String, Known> records(String namespace, Keys keys) {
    Map<String, Known> records = new HashMap<>();
    byte[] cursor = {'0'};
    scan(keys, cursor);
    do {
      List<Object> page = Reader.list(reader.answer());
      cursor = (byte[]) page.get(0);
      if (!last(cursor)) {
        // Redis looks for the next page while this one is read
        scan(keys, cursor);
      }
      read(namespace, Reader.list(page.get(1)), records);
    } while (!last(cursor));
    return records;
  }

  private void scan(Keys keys, byte[] cursor) {
    reader.send(Command.HSCAN, keys.inst(), cursor, Keys.bytes("COUNT"), Keys.bytes(STEP));
  }

  private static boolean last(byte[] cursor) {
    return cursor.length == 1 && cursor[0] == '0';
  }

  /** On all cores: a large namespace keeps a server from starting. */
  private void read(String namespace, List<Object> page, Map<String, Known> records) {
    @Nullable Known[] known = new Known[page.size() / 2];
    IntStream.range(0, known.length)
        .parallel()
        .forEach(
            i ->
                known[i] =
                    read(namespace, Keys.text(page.get(2 * i)), (byte[]) page.get(2 * i + 1)));
    for (Known one : known) {
      if (one != null) {
        records.put(one.id(), one);
      }
    }
  }

  private @Nullable Known read(String namespace, String id, byte[] value) {
    Header header = Header.of(value);
    if (header == null) {
      quarantine.add(namespace, id, 0, "no header");
      return null;
    }
    long revision = header.revision();
    try {
      Change change = decode(id, value, header.end(), revision);
      if (!change.key().toString().equals(id)) {
        throw new IllegalArgumentException("it is that of " + change.key());
      }
      quarantine.release(namespace, id);
      return new Known(id, revision, change);
    } catch (IllegalArgumentException e) {
      quarantine.add(namespace, id, revision, String.valueOf(e.getMessage()));
      return null;
    }
  }

  /** Applies what was logged since; null if the log does not reach back that far any more. */
  private @Nullable Position replay(
      String namespace, Keys keys, Position start, Map<String, Known> records) {
    Position at = start;
    for (; ; ) {
      List<Entry> entries = reader.forward(keys.log(), at.revision() + 1, STEP);
      for (Entry entry : entries) {
        if (!entry.isChange(at.revision() + 1)) {
          heal(namespace, entry.id());
          return null;
        }
        apply(namespace, entry, at.epoch(), records);
        at = new Position(at.epoch(), entry.revision(), entry.nonce());
      }
      if (entries.size() < STEP) {
        return at;
      }
    }
  }

  private void apply(String namespace, Entry entry, String epoch, Map<String, Known> records) {
    Change change;
    try {
      change = entry.commit(epoch).change();
    } catch (IllegalArgumentException e) {
      // its record, if there still is one, was read or left out above
      return;
    }
    String id = change.key().toString();
    Known known = records.get(id);
    if (known != null && known.revision() >= entry.revision()) {
      return;
    }
    quarantine.release(namespace, id);
    if (change.shownIn(View.ALL)) {
      records.put(id, new Known(id, entry.revision(), change));
    } else {
      records.remove(id);
    }
  }

  private static Catalog catalog(String namespace, Position head, Map<String, Known> records) {
    List<Registration> registrations = new ArrayList<>(records.size());
    List<Setting> settings = new ArrayList<>();
    for (Known known : records.values()) {
      if (known.change() instanceof Change.Put put) {
        registrations.add(put.registration());
      } else if (known.change() instanceof Change.Set set) {
        settings.add(set.setting());
      }
    }
    Catalog catalog = Catalog.of(namespace, head, registrations);
    for (Setting setting : settings) {
      catalog = catalog.with(setting, head);
    }
    return catalog;
  }

  /** The newest changes up to a position, of its epoch only. */
  private List<Commit> recent(Keys keys, Position head, Map<String, Known> records) {
    Deque<Commit> recent = new ArrayDeque<>();
    long bytes = 0;
    long next = head.revision();
    reader.sendBackward(keys.log(), next, STEP);
    boolean more;
    do {
      List<Entry> page = chain(Reader.entries(reader.answer()), next);
      next -= page.size();
      bytes += page.stream().mapToLong(Entry::bytes).sum();
      more = page.size() == STEP && bytes < LOG_BYTES && recent.size() + STEP < LOG_ENTRIES;
      if (more) {
        // Redis looks for the next page while this one is read
        reader.sendBackward(keys.log(), next, STEP);
      }
      List<Commit> commits = commits(page, head.epoch(), records);
      commits.forEach(recent::addFirst);
      if (more && commits.size() < page.size()) {
        reader.answer();
        more = false;
      }
    } while (more);
    return List.copyOf(recent);
  }

  /** Those at the beginning that are changes without a gap between them. */
  private static List<Entry> chain(List<Entry> page, long newest) {
    int length = 0;
    while (length < page.size() && page.get(length).isChange(newest - length)) {
      length++;
    }
    return page.subList(0, length);
  }

  /** Up to the first one that cannot be read. */
  private static List<Commit> commits(List<Entry> page, String epoch, Map<String, Known> records) {
    @Nullable Commit[] read = new Commit[page.size()];
    IntStream.range(0, read.length)
        .parallel()
        .forEach(i -> read[i] = commit(page.get(i), epoch, records));
    List<Commit> commits = new ArrayList<>(read.length);
    for (Commit commit : read) {
      if (commit == null) {
        break;
      }
      commits.add(commit);
    }
    return commits;
  }

  private static @Nullable Commit commit(Entry entry, String epoch, Map<String, Known> records) {
    Known known = records.get(entry.record());
    if (known != null && known.revision() == entry.revision()) {
      // mostly so, and then there is no need to read and to hold it twice
      return entry.commit(epoch, known.change());
    }
    try {
      return entry.commit(epoch);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
