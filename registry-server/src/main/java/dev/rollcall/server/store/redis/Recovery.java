// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.ServiceView;
import dev.rollcall.server.catalog.Setting;
import dev.rollcall.server.store.Epoch;
import dev.rollcall.server.store.RecordCodec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Brings back what Redis lost.
 *
 * <p>The big idea: recovery is replay. A server acknowledges only what its feed brought back, so
 * whoever acknowledged a change still holds it. When Redis turns out to hold another history (it
 * went back, was wiped, or another of its replicas took over), a new epoch begins, and every server
 * appends what it holds beyond the last common revision, puts and removals, as ordinary changes. Of
 * several that bring back the same record the one that knew more wins.
 *
 * <p>Everything here may be broken off and done again. On the follower's thread.
 */
final class Recovery {
  private static final Logger log = LoggerFactory.getLogger(Recovery.class);
  private static final int STEP = 500;

  private final Reader reader;
  private final Chapter chapter;
  private final RandomGenerator random;
  private final int logEntries;

  Recovery(Reader reader, Chapter chapter, RandomGenerator random, int logEntries) {
    this.reader = reader;
    this.chapter = chapter;
    this.random = random;
    this.logEntries = logEntries;
  }

  /**
   * Begins a new epoch, or joins the one that another server began.
   *
   * @param view what this server holds
   * @param replay whether the view is fresh enough to bring back what an older store lacks; an
   *     empty one is filled from any view
   */
  void run(Catalog view, boolean replay) {
    for (; ; ) {
      long common = lastCommon();
      String epoch = found(view);
      if (!replay && !wasEmpty()) {
        log.warn("{}: this server's view is too old to bring anything back", chapter.namespace);
        chapter.parted(common);
        return;
      }
      List<Call> calls = calls(view, epoch, common);
      if (append(calls)) {
        finished(epoch);
        chapter.parted(common);
        return;
      }
      // yet another epoch began under it
    }
  }

  /** Whether Redis held nothing at all when this epoch began. */
  private boolean wasEmpty() {
    Object base = reader.fields(chapter.keys.meta(), "base").get(0);
    return base != null && Keys.text(base).equals("0");
  }

  /** The newest revision that both histories have; 0: none. */
  private long lastCommon() {
    long from = chapter.at().revision();
    while (from > 0) {
      List<Entry> page = reader.backward(chapter.keys.log(), from, STEP);
      for (Entry entry : page) {
        OptionalLong nonce = chapter.nonceOf(entry.revision());
        if (nonce.isPresent() && nonce.getAsLong() == entry.nonce()) {
          return entry.revision();
        }
      }
      if (page.size() < STEP) {
        return 0;
      }
      from = page.get(page.size() - 1).revision() - 1;
    }
    return 0;
  }

  /** The epoch that goes on. */
  private String found(Catalog view) {
    String fresh = Epoch.draw(random);
    List<Object> answer =
        reader.run(
            new Call(
                Script.FOUND,
                List.of(chapter.keys.meta(), chapter.keys.log(), Keys.names(chapter.keys.shard())),
                List.of(
                    Keys.bytes(view.position().epoch()),
                    Keys.bytes(fresh),
                    Entry.nonce(random.nextLong()),
                    Keys.bytes(view.position().revision()),
                    Keys.bytes(chapter.namespace))));
    if (Keys.text(answer.get(0)).equals("OK")) {
      log.warn(
          "{}: Redis does not continue epoch {} at revision {}, it stands at {}; begun epoch {}",
          chapter.namespace,
          view.position().epoch(),
          view.position().revision(),
          answer.get(1),
          fresh);
      return fresh;
    }
    Object other = reader.fields(chapter.keys.meta(), "epoch").get(0);
    return other == null ? "" : Keys.text(other);
  }

  private List<Call> calls(Catalog view, String epoch, long common) {
    List<Call> calls = new ArrayList<>();
    for (ServiceView service : view.services().values()) {
      for (Registration registration : service.instances().values()) {
        if (registration.revision() > common) {
          calls.add(call(epoch, common, registration.revision(), brought(registration, view)));
        }
      }
    }
    for (Setting setting : view.settings().byKey().values()) {
      if (setting.revision() > common) {
        calls.add(call(epoch, common, setting.revision(), new Change.Set(setting)));
      }
    }
    for (Commit removal : chapter.removals()) {
      if (removal.revision() > common) {
        calls.add(call(epoch, common, removal.revision(), removal.change()));
      }
    }
    return calls;
  }

  private static Change brought(Registration registration, Catalog view) {
    Cause before = registration.cause();
    String text =
        "brought back after Redis lost it; before: %s at revision %d of epoch %s"
            .formatted(before.kind(), registration.revision(), view.position().epoch());
    Instant time = before.time();
    return new Change.Put(
        registration.turned(
            registration.status(),
            registration.held(),
            new Cause(Cause.Kind.RECOVERED, text, before.caller(), time)));
  }

  private Call call(String epoch, long common, long origin, Change change) {
    InstanceKey key = change.key();
    return new Call(
        Script.RECOVER,
        List.of(
            chapter.keys.meta(),
            chapter.keys.inst(),
            chapter.keys.lease(),
            chapter.keys.log(),
            chapter.keys.gone()),
        List.of(
            Keys.bytes(epoch),
            Entry.nonce(random.nextLong()),
            Sent.id(key),
            Keys.bytes(origin),
            Keys.bytes(common),
            Sent.kind(change),
            Keys.bytes(Sent.ttlMillis(change)),
            RecordCodec.encodeRecord(change),
            RecordCodec.encode(change),
            // whether others could see it before is not known: a removal too many does no harm
            new byte[] {'1'},
            Keys.bytes(logEntries)));
  }

  /** False: the epoch is another one by now. */
  private boolean append(List<Call> calls) {
    int kept = 0;
    for (int from = 0; from < calls.size(); from += STEP) {
      for (Object answer : reader.run(calls.subList(from, Math.min(calls.size(), from + STEP)))) {
        if (answer instanceof JedisException e) {
          throw e;
        }
        String code = Keys.text(Reader.list(answer).get(0));
        if (code.equals("EPOCH")) {
          return false;
        }
        kept += code.equals("OK") ? 1 : 0;
      }
    }
    log.info("{}: {} changes brought back to Redis", chapter.namespace, kept);
    return true;
  }

  private void finished(String epoch) {
    reader.run(
        new Call(
            Script.ADOPT,
            List.of(chapter.keys.meta()),
            List.of(Keys.bytes(epoch), Keys.bytes("recovered"))));
  }
}
