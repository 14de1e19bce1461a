// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.store.Kept;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * What a follower asks over one connection to one server. The process that answers is the same as
 * long as the connection lasts.
 */
final class Pages {
  private static final Logger log = LoggerFactory.getLogger(Pages.class);
  private static final int MOST = 1_000;

  /** As the script that begins an epoch has it. */
  private static final long LONGEST_RECOVERY_MILLIS = 30_000;

  /** How Lua says that it cannot calculate with what is there. */
  private static final Pattern LUA_FAULT = Pattern.compile("attempt to |bad argument");

  private static final Pattern RUN = Pattern.compile("run_id:([0-9a-f]+)");

  private final Reader reader;
  private final List<Integer> shards;
  private final Quarantine quarantine;
  private final Loader loader;

  /** Names the process that answers; empty where that may not be asked. */
  private final String run;

  private final Map<Integer, String> namesRead = new HashMap<>();

  Pages(Reader reader, List<Integer> shards, Quarantine quarantine) {
    this.reader = reader;
    this.shards = shards;
    this.quarantine = quarantine;
    this.loader = new Loader(reader, quarantine);
    this.run = run(reader);
  }

  private static String run(Reader reader) {
    try {
      Matcher id = RUN.matcher(Keys.text(reader.ask(Command.INFO, Keys.bytes("server"))));
      return id.find() ? id.group(1) : "";
    } catch (JedisDataException e) {
      return "";
    }
  }

  /** What there is to read. */
  enum Standing {
    /** The history goes on from where it was read. */
    SAME,
    /** It was born since. */
    BORN,
    /** It goes on, but what comes next is not in the log any more. */
    MISSED,
    /** It is another history. */
    OTHER
  }

  /**
   * What one stream brought.
   *
   * @param namespace empty: names of namespaces
   * @param full whether there may be more
   */
  record Page(String namespace, List<Entry> entries, List<String> names, boolean full) {}

  /** The namespaces of these shards. */
  Collection<String> names() {
    TreeSet<String> names = new TreeSet<>();
    for (int shard : shards) {
      for (Object entry :
          Reader.list(
              reader.ask(Command.XRANGE, Keys.names(shard), Keys.bytes("-"), Keys.bytes("+")))) {
        names.addAll(name(shard, Reader.list(entry)));
      }
    }
    return names;
  }

  private List<String> name(int shard, List<Object> entry) {
    namesRead.put(shard, Keys.text(entry.get(0)));
    List<Object> fields = Reader.list(entry.get(1));
    return fields.size() > 1 ? List.of(Keys.text(fields.get(1))) : List.of();
  }

  /** Waits for something new. */
  List<Page> next(Collection<Chapter> all, int blockMillis) {
    List<Chapter> chapters = all.stream().filter(c -> !quarantine.holds(c.namespace)).toList();
    List<byte[]> arguments = new ArrayList<>();
    arguments.add(Keys.bytes("COUNT"));
    arguments.add(Keys.bytes(MOST));
    arguments.add(Keys.bytes("BLOCK"));
    arguments.add(Keys.bytes(blockMillis));
    arguments.add(Keys.bytes("STREAMS"));
    Map<String, String> namespaces = new HashMap<>();
    for (int shard : shards) {
      arguments.add(Keys.names(shard));
    }
    for (Chapter chapter : chapters) {
      arguments.add(chapter.keys.log());
      namespaces.put(Keys.text(chapter.keys.log()), chapter.namespace);
    }
    for (int shard : shards) {
      arguments.add(Keys.bytes(namesRead.getOrDefault(shard, "0-0")));
    }
    for (Chapter chapter : chapters) {
      arguments.add(Keys.bytes(chapter.at().revision() + "-0"));
    }
    Object answer = reader.ask(Command.XREAD, arguments.toArray(byte[][]::new));
    List<Page> pages = new ArrayList<>();
    if (answer != null) {
      for (Object stream : Reader.list(answer)) {
        pages.add(page(Reader.list(stream), namespaces));
      }
    }
    return pages;
  }

  private Page page(List<Object> stream, Map<String, String> namespaces) {
    String key = Keys.text(stream.get(0));
    String namespace = namespaces.get(key);
    if (namespace != null) {
      List<Entry> entries = Reader.entries(stream.get(1));
      return new Page(namespace, entries, List.of(), entries.size() >= MOST);
    }
    List<String> names = new ArrayList<>();
    for (int shard : shards) {
      if (key.equals(Keys.text(Keys.names(shard)))) {
        Reader.list(stream.get(1)).forEach(entry -> names.addAll(name(shard, Reader.list(entry))));
      }
    }
    return new Page("", List.of(), names, !names.isEmpty());
  }

  /** Where namespaces stand, asked for together. Each is read by {@link Head#of}. */
  List<Object> heads(List<Chapter> chapters) {
    return reader.fieldsOfEach(chapters.stream().map(c -> c.keys.meta()).toList(), Head.FIELDS);
  }

  /** Whether the history still is the one that was read. */
  Standing standing(Chapter chapter) {
    return standing(chapter, Head.of(heads(List.of(chapter)).get(0)));
  }

  /** Whether the history still is the one that was read. */
  Standing standing(Chapter chapter, Head head) {
    if (head.epoch() == null) {
      return chapter.unborn() ? Standing.SAME : Standing.OTHER;
    }
    if (!head.epoch().equals(chapter.at().epoch())) {
      return chapter.unborn() ? Standing.BORN : Standing.OTHER;
    }
    long mine = chapter.at().revision();
    if (mine == 0) {
      return Standing.SAME;
    }
    if (head.revision() <= mine) {
      boolean same = head.revision() == mine && head.nonce() == chapter.at().nonce();
      return same ? Standing.SAME : Standing.OTHER;
    }
    List<Entry> next = reader.forward(chapter.keys.log(), mine, 1);
    if (next.isEmpty() || next.get(0).revision() > mine + 1 || next.get(0).foreign()) {
      return Standing.MISSED;
    }
    long nonce = next.get(0).revision() == mine ? next.get(0).nonce() : next.get(0).previous();
    return nonce == chapter.at().nonce() ? Standing.SAME : Standing.OTHER;
  }

  /** Says that this process holds all that was read, if it is another one than before. */
  void adopt(Chapter chapter, Head head) {
    if (!run.isEmpty() && !chapter.unborn() && !run.equals(head.run())) {
      reader.run(
          new Call(
              Script.ADOPT,
              List.of(chapter.keys.meta()),
              List.of(Keys.bytes(chapter.at().epoch()), Keys.bytes("run"))));
    }
  }

  /**
   * Those namespaces of which the process that answers now neither took the last changes, nor did
   * anybody vouch for them.
   */
  List<String> doubtful(List<String> namespaces) {
    List<Object> known = fieldOfEach(namespaces, "run");
    List<String> doubtful = new ArrayList<>();
    for (int i = 0; i < known.size() && !run.isEmpty(); i++) {
      if (known.get(i) != null && !Keys.text(known.get(i)).equals(run)) {
        doubtful.add(namespaces.get(i));
      }
    }
    return doubtful;
  }

  /** Those namespaces that are being brought back, as far as is known. */
  List<String> recovering(List<String> namespaces) {
    List<Object> ends = fieldOfEach(namespaces, "recovering");
    long nowMillis = nowMillis();
    List<String> recovering = new ArrayList<>();
    for (int i = 0; i < ends.size(); i++) {
      // who began it may have died over it
      if (ends.get(i) != null && millis(Keys.text(ends.get(i))) > nowMillis) {
        recovering.add(namespaces.get(i));
      }
    }
    return recovering;
  }

  /** Whether all of these were first written to no longer ago than a recovery may take. */
  boolean newborn(List<String> namespaces) {
    long since = nowMillis() - LONGEST_RECOVERY_MILLIS;
    return fieldOfEach(namespaces, "born").stream()
        .allMatch(born -> born != null && millis(Keys.text(born)) > since);
  }

  private long nowMillis() {
    List<Object> time = Reader.list(reader.ask(Command.TIME));
    return Long.parseLong(Keys.text(time.get(0))) * 1_000;
  }

  private List<Object> fieldOfEach(List<String> namespaces, String field) {
    List<Object> values = new ArrayList<>();
    for (Object answer :
        reader.fieldsOfEach(namespaces.stream().map(n -> Keys.of(n).meta()).toList(), field)) {
      values.add(answer instanceof JedisDataException ? null : Reader.list(answer).get(0));
    }
    return values;
  }

  private static long millis(String text) {
    return text.matches("\\d{1,16}") ? Long.parseLong(text) : 0;
  }

  /** Takes an entry that none of us wrote out of a log. */
  void heal(Chapter chapter, String id) {
    loader.heal(chapter.namespace, id);
  }

  /** The epoch of a namespace whose log still has all of it; null: it has not. */
  @Nullable String beginning(Chapter chapter) {
    List<Entry> first = reader.forward(chapter.keys.log(), 0, 1);
    List<Object> meta = reader.fields(chapter.keys.meta(), "epoch", "founded");
    Object epoch = meta.get(0);
    boolean whole =
        epoch != null && meta.get(1) == null && !first.isEmpty() && first.get(0).revision() == 1;
    return whole ? Keys.text(epoch) : null;
  }

  /** The change of an entry; null: it cannot be read. */
  @Nullable Commit commit(Chapter chapter, Entry entry) {
    try {
      Commit commit = entry.commit(chapter.at().epoch());
      quarantine.release(chapter.namespace, commit.change().key().toString());
      return commit;
    } catch (IllegalArgumentException e) {
      log.warn(
          "{}: change {} cannot be read: {}", chapter.namespace, entry.revision(), e.getMessage());
      return null;
    }
  }

  /**
   * Reads a whole namespace; null: there is none.
   *
   * @throws RuntimeException of which {@link #makesNoSense} if it cannot be read
   */
  Kept.@Nullable Namespace load(String namespace) {
    return loader.load(namespace);
  }

  /** Whether what is kept is the reason, rather than Redis or the way to it. */
  static boolean makesNoSense(RuntimeException failure) {
    return failure instanceof IllegalArgumentException
        || (failure instanceof JedisDataException e
            && (Reader.says(e, "WRONGTYPE")
                || LUA_FAULT.matcher(String.valueOf(e.getMessage())).find()));
  }

  /** Nothing of a namespace can be read. */
  void unreadable(String namespace, RuntimeException why) {
    quarantine.add(namespace, String.valueOf(why.getMessage()));
  }

  /** A namespace can be read. */
  void readable(String namespace) {
    quarantine.release(namespace);
  }

  /** Brings back what is lost of a namespace. */
  Recovery recovery(Chapter chapter, RandomGenerator random, int logEntries) {
    return new Recovery(reader, chapter, random, logEntries);
  }

  /** For a server that starts. */
  Reader reader() {
    return reader;
  }
}
