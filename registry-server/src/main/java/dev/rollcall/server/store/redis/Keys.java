// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.zip.CRC32;

/**
 * The keys of one namespace. All of them lie in one of {@link #SHARDS} hash tags, so that a script
 * may touch them together, in a cluster too.
 */
final class Keys {
  /** So many hash tags; may never change: it says where a namespace is found. */
  static final int SHARDS = 16;

  private static final String PREFIX = "rollcall:{rc%d}:";

  private final int shard;
  private final byte[] meta;
  private final byte[] inst;
  private final byte[] lease;
  private final byte[] log;
  private final byte[] gone;
  private final byte[] loss;
  private final byte[] versions;
  private final byte[] heard;

  private Keys(String namespace) {
    shard = shardOf(namespace);
    String prefix = PREFIX.formatted(shard) + namespace + ":";
    meta = bytes(prefix + "meta");
    inst = bytes(prefix + "inst");
    lease = bytes(prefix + "lease");
    log = bytes(prefix + "log");
    gone = bytes(prefix + "gone");
    loss = bytes(prefix + "loss");
    versions = bytes(prefix + "versions");
    heard = bytes(prefix + "heard");
  }

  static Keys of(String namespace) {
    return new Keys(namespace);
  }

  int shard() {
    return shard;
  }

  /** Hash: epoch, revision, nonce, the last sweep and outage, the server process. */
  byte[] meta() {
    return meta;
  }

  /** Hash: id to header and record. */
  byte[] inst() {
    return inst;
  }

  /** Sorted set: ids by the ends of their leases in ms on Redis' clock; of a grace, and a half. */
  byte[] lease() {
    return lease;
  }

  /** Stream: one entry for each change, its id is the revision. */
  byte[] log() {
    return log;
  }

  /** Sorted set: removed ids by the revision of their removal, as far as the log goes. */
  byte[] gone() {
    return gone;
  }

  /** Sorted set: services by the revision of their last loss, as far as the log goes. */
  byte[] loss() {
    return loss;
  }

  /** The shard of a namespace. */
  static int shardOf(String namespace) {
    CRC32 hash = new CRC32();
    hash.update(bytes(namespace));
    return (int) (hash.getValue() % SHARDS);
  }

  /** Hash: id to the revisions of its versions that are in the log; of settings only. */
  byte[] versions() {
    return versions;
  }

  /** Hash: id to when it was last heard; of leases that a grace lengthened, for two days. */
  byte[] heard() {
    return heard;
  }

  List<byte[]> ofLeases() {
    return List.of(meta, inst, lease);
  }

  /** The stream of a shard's namespaces. */
  static byte[] names(int shard) {
    return bytes(PREFIX.formatted(shard) + "names");
  }

  /** A key of a shard that nothing is kept under. */
  static byte[] nothing(int shard) {
    return bytes(PREFIX.formatted(shard) + "nothing");
  }

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  static byte[] bytes(long number) {
    return bytes(Long.toString(number));
  }

  static String text(Object bytes) {
    return new String((byte[]) bytes, UTF_8);
  }
}
