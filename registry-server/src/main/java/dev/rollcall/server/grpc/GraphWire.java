// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import dev.rollcall.registry.v1.Cycle;
import dev.rollcall.registry.v1.Edge;
import dev.rollcall.registry.v1.GetGraphResponse;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.View;
import dev.rollcall.server.registry.Dependencies;
import dev.rollcall.server.registry.Names;
import dev.rollcall.server.registry.WatchCall;

/** The protos of watching and of who requires whom, to and from values; nothing else. Pure. */
final class GraphWire {
  private GraphWire() {}

  static WatchCall call(WatchRequest request) {
    return new WatchCall(
        Names.namespace(request.getNamespace()),
        request.getServicesList(),
        request.hasRequiredBy()
            ? new InstanceKey(request.getRequiredBy().getService(), request.getRequiredBy().getId())
            : null,
        request.getAllStatuses() ? View.ALL : View.USABLE,
        new Position(request.getEpoch(), request.getAfterRevision(), request.getNonce()),
        request.getWatcher().getService());
  }

  static GetGraphResponse answer(Dependencies.Graph graph, Position position) {
    GetGraphResponse.Builder answer =
        GetGraphResponse.newBuilder().setEpoch(position.epoch()).setRevision(position.revision());
    for (Dependencies.Edge edge : graph.edges()) {
      answer.addEdges(
          Edge.newBuilder()
              .setFrom(edge.from())
              .setTo(edge.to())
              .setDeclared(edge.declared())
              .setWatching(edge.watching())
              .setUnmet(edge.unmet()));
    }
    graph.cycles().forEach(ring -> answer.addCycles(Cycle.newBuilder().addAllServices(ring)));
    return answer.build();
  }
}
