// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import static dev.rollcall.server.testing.Samples.cause;
import static dev.rollcall.server.testing.Samples.put;
import static dev.rollcall.server.testing.Samples.remove;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Cause.Kind;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.telemetry.Meters;
import org.junit.jupiter.api.Test;

final class ChangeMetersTest {
  private final Meters meters = new Meters();
  private final ChangeMeters counting = new ChangeMeters(meters);

  private void changed(Change change) {
    counting.changed("default", null, new Commit(new Position("e", 1, 1), false, change));
  }

  @Test
  void owners_areCountedByWhatTheyDid_andNobodyElseAsTheyAre() {
    Registration registered = put("a", "x", 1).registration();
    changed(new Change.Put(registered));
    changed(new Change.Put(registered.turned(Status.SERVING, false, cause(Kind.UPDATED))));
    changed(new Change.Put(registered.turned(Status.NOT_SERVING, false, cause(Kind.PROBE_FAILED))));
    assertThat(meters.scrape())
        .contains("registrations_total{cause=\"REGISTERED\"} 1")
        .contains("registrations_total{cause=\"UPDATED\"} 1")
        .doesNotContain("PROBE_FAILED");
  }

  @Test
  void removals_areCountedByCause_leasesOnTheirOwnToo() {
    changed(remove("a", "x"));
    changed(new Change.Remove(remove("a", "y").key(), cause(Kind.LEASE_EXPIRED)));
    assertThat(meters.scrape())
        .contains("deregistrations_total{cause=\"DEREGISTERED\"} 1")
        .contains("deregistrations_total{cause=\"LEASE_EXPIRED\"} 1")
        .contains("lease_expirations_total 1");
  }

  @Test
  void settings_areCounted() {
    changed(new Change.Unset("k", cause(Kind.DEREGISTERED)));
    assertThat(meters.scrape())
        .contains("config_changes_total 1")
        .doesNotContain("deregistrations_total{");
  }
}
