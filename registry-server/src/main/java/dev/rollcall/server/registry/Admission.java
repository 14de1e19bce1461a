// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.HealthCheck;
import dev.rollcall.server.catalog.Instance;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Rejection;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an instance must look like to be listed: fills in defaults and checks every limit. Pure.
 *
 * @param leaseDefault the lease of an instance that names none
 * @param leaseMax the longest lease
 */
public record Admission(Duration leaseDefault, Duration leaseMax) {
  private static final Duration LEASE_MIN = Duration.ofSeconds(1);
  private static final int ENTRIES = 64;
  private static final int KEY_BYTES = 128;
  private static final int VALUE_BYTES = 4 << 10;
  private static final int METADATA_BYTES = 32 << 10;
  private static final int WORD_BYTES = 128;
  private static final int WEIGHT = 65_535;

  /**
   * Checks a draft.
   *
   * @param id the id to use where the draft has none
   */
  Outcome<Instance> admit(Draft draft, String id) {
    Names names = new Names();
    names.checkService("instance.service", draft.service());
    names.checkId("instance.id", id);
    checkAddress(names, "instance.address", draft.address());
    checkEndpoints(names, draft.endpoints());
    names.checkBytes("instance.version", draft.version(), WORD_BYTES);
    names.checkBytes("instance.zone", draft.zone(), WORD_BYTES);
    long weight = draft.weight().orElse(Instance.DEFAULT_WEIGHT);
    if (weight < 0 || weight > WEIGHT) {
      names.violated("instance.weight", Long.toString(weight), "0 to " + WEIGHT);
    }
    checkMetadata(names, draft.metadata());
    names.checkCount("instance.requires", draft.requires().size(), ENTRIES);
    for (int i = 0; i < Math.min(draft.requires().size(), ENTRIES); i++) {
      names.checkService("instance.requires[" + i + "]", draft.requires().get(i));
    }
    Duration ttl = draft.leaseTtl() == null ? leaseDefault : draft.leaseTtl();
    checkTtl(names, draft.leaseTtl());
    HealthCheck check = CheckAdmission.admit(names, draft);
    Rejection rejection = names.rejection();
    return rejection != null
        ? new Outcome.Refused<>(rejection)
        : new Outcome.Done<>(instance(draft, id, (int) weight, ttl, check));
  }

  private static Instance instance(
      Draft draft, String id, int weight, Duration ttl, @Nullable HealthCheck check) {
    return new Instance(
        draft.service(),
        id,
        draft.address(),
        draft.endpoints(),
        draft.version(),
        draft.zone(),
        weight,
        draft.metadata(),
        draft.requires(),
        // leases are counted in milliseconds; a shorter rest would make a retry look like a change
        Duration.ofMillis(ttl.toMillis()),
        check,
        draft.probeRenewsLease());
  }

  private static void checkAddress(Names names, String field, String address) {
    String expected = Addresses.expectedInsteadOf(address);
    if (expected != null) {
      names.violated(field, Names.quoted(address), expected);
    }
  }

  private static void checkEndpoints(Names names, Map<String, String> endpoints) {
    names.checkCount("instance.endpoints", endpoints.size(), ENTRIES);
    if (endpoints.size() <= ENTRIES) {
      endpoints.forEach(
          (name, address) -> {
            String field = "instance.endpoints[" + Names.quoted(name) + "]";
            checkKey(names, field, name);
            checkAddress(names, field, address);
          });
    }
  }

  private static void checkMetadata(Names names, Map<String, String> metadata) {
    names.checkCount("instance.metadata", metadata.size(), ENTRIES);
    long bytes = 0;
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      bytes += utf8(entry.getKey()) + utf8(entry.getValue());
      if (metadata.size() <= ENTRIES) {
        String field = "instance.metadata[" + Names.quoted(entry.getKey()) + "]";
        checkKey(names, field, entry.getKey());
        names.checkBytes(field, entry.getValue(), VALUE_BYTES);
      }
    }
    if (bytes > METADATA_BYTES) {
      names.violated(
          "instance.metadata", bytes + " bytes in all", "at most " + METADATA_BYTES + " bytes");
    }
  }

  private static void checkKey(Names names, String field, String key) {
    int bytes = utf8(key);
    if (bytes < 1 || bytes > KEY_BYTES) {
      names.violated(field, "a key of " + bytes + " bytes", "1 to " + KEY_BYTES + " bytes");
    }
  }

  private void checkTtl(Names names, @Nullable Duration ttl) {
    if (ttl != null && (ttl.compareTo(LEASE_MIN) < 0 || ttl.compareTo(leaseMax) > 0)) {
      names.violated("instance.lease_ttl", text(ttl), text(LEASE_MIN) + " to " + text(leaseMax));
    }
  }

  private static int utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /** A duration as proto JSON writes it. */
  static String text(Duration duration) {
    return BigDecimal.valueOf(duration.getSeconds())
            .add(BigDecimal.valueOf(duration.getNano(), 9))
            .stripTrailingZeros()
            .toPlainString()
        + "s";
  }
}
