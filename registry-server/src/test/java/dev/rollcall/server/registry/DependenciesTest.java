// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import static dev.rollcall.server.testing.Samples.instance;
import static dev.rollcall.server.testing.Samples.registration;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Instance;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.registry.Dependencies.Edge;
import dev.rollcall.server.registry.Dependencies.Pair;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DependenciesTest {
  private Catalog catalog = Catalog.unborn("default");
  private long revision;

  private void list(String service, String id, Status status, String... requires) {
    Instance plain = instance(service, id, 1);
    Instance instance =
        new Instance(
            service,
            id,
            plain.address(),
            Map.of(),
            "",
            "",
            100,
            Map.of(),
            List.of(requires),
            plain.leaseTtl(),
            null,
            false);
    revision++;
    catalog =
        catalog.with(
            registration(instance, "s", status).at(revision), new Position("e", revision, 1));
  }

  @Test
  void edges_countWhoDeclaresAndWhoWatchesAndSayWhatIsUnmet() {
    list("order", "1", Status.SERVING, "product", "stock");
    list("order", "2", Status.SERVING, "product", "product");
    list("product", "1", Status.SERVING);
    list("stock", "1", Status.NOT_SERVING);
    var graph =
        Dependencies.graph(
            catalog, Map.of(new Pair("order", "product"), 2, new Pair("", "product"), 1));
    assertThat(graph.edges())
        .containsExactly(
            new Edge("", "product", 0, 1, false),
            new Edge("order", "product", 2, 2, false),
            new Edge("order", "stock", 1, 0, true));
    assertThat(graph.cycles()).isEmpty();
  }

  @Test
  void cycles_areRingsInTheOrderOfTheirEdges() {
    list("a", "1", Status.SERVING, "b");
    list("b", "1", Status.SERVING, "c", "x");
    list("c", "1", Status.SERVING, "a");
    list("self", "1", Status.SERVING, "self");
    list("x", "1", Status.SERVING, "y");
    list("y", "1", Status.SERVING);
    assertThat(Dependencies.graph(catalog, Map.of()).cycles())
        .containsExactly(List.of("a", "b", "c"), List.of("self"));
  }
}
