// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.relay;

import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.Rejection.Reason;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.probe.ProbeTargets;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;

/**
 * Passes messages to services by name. From any thread; never blocks.
 *
 * <p>What it must not become: a way into places that only the registry reaches (so the rules for
 * probes hold), a load that one slow target puts on all (so each target has so many places), a
 * circle (so a relayed message is not relayed again).
 */
public final class Relay implements AutoCloseable {
  /** The most that a message, an answer or a part of one may be. */
  public static final int MESSAGE_BYTES = 1 << 20;

  /** Set on what goes to a receiver; who sends it here is refused. */
  public static final String HOP_HEADER = "rollcall-hop";

  private static final int PLACES = 100;

  /** For senders that name no deadline: a place is not held for good. */
  private static final long DEADLINE_MINUTES = 10;

  private final Ledgers ledgers;
  private final Bulkhead bulkhead = new Bulkhead(PLACES);
  private final EventLoopGroup group;
  private final Connections connections;
  private final Relaying.Means means;

  /**
   * With an event loop of its own.
   *
   * @param lookups looks names up, which blocks
   * @param dice a number below the one given; from any thread
   */
  public Relay(
      Ledgers ledgers,
      ProbeTargets targets,
      ThreadFactory threads,
      Executor lookups,
      IntUnaryOperator dice) {
    this.ledgers = ledgers;
    group = new MultiThreadIoEventLoopGroup(1, threads, NioIoHandler.newFactory());
    connections = new Connections(group);
    means =
        new Relaying.Means(
            targets, lookups, dice, new GrpcReceivers(connections), new HttpReceivers(group));
  }

  /** Passes it on; the deadline and the cancellation of the current context hold. */
  public Passing pass(Message message, Sender sender) {
    Context context = Context.current();
    String target = message.namespace() + "/" + message.to();
    if (message.hopped()) {
      return refuse(
          sender,
          Reason.RELAY_LOOP,
          "to: a message that was relayed is not relayed again; "
              + "answer it, or call %s over a channel of your own".formatted(message.to()));
    }
    if (ledgers.catalog(message.namespace()).service(message.to()) == null) {
      return refuse(sender, Reason.SERVICE_UNKNOWN, unknown(message));
    }
    if (!bulkhead.enter(target)) {
      return refuse(
          sender,
          Reason.RELAY_BUSY,
          "%s: %d messages to it are under way, which is the most; try again later"
              .formatted(message.to(), PLACES));
    }
    Deadline deadline = context.getDeadline();
    var relaying =
        new Relaying(
            message,
            sender,
            means,
            () -> ledgers.catalog(message.namespace()).service(message.to()),
            deadline == null ? Deadline.after(DEADLINE_MINUTES, TimeUnit.MINUTES) : deadline,
            () -> bulkhead.leave(target));
    relaying.begin(context);
    return relaying;
  }

  static String unknown(Message message) {
    return "to: no service %s in namespace %s; List shows those that are there"
        .formatted(message.to(), message.namespace());
  }

  private static Passing refuse(Sender sender, Reason reason, String text) {
    sender.refused(Rejection.of(reason, text));
    return () -> {};
  }

  /** Ends what is under way. */
  @Override
  public void close() {
    connections.close();
    var unused = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
