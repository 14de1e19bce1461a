// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import dev.rollcall.examples.web.Flags;
import dev.rollcall.examples.web.Program;
import dev.rollcall.relay.v1.RelayServiceGrpc;
import dev.rollcall.relay.v1.SendStreamRequest;
import dev.rollcall.relay.v1.SendStreamResponse;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Sends one message by name and prints the answer as it comes: what grpcurl does in one line, where
 * there is a grpcurl. Flags: {@code --registry}, {@code --to}, {@code --message}.
 */
public final class AskByName {
  private AskByName() {}

  /** Sends it. */
  public static void main(String[] args) {
    Program.main(args, Set.of("registry", "to", "message"), AskByName::run);
  }

  private static void run(Flags flags) throws IOException {
    ManagedChannel channel =
        ManagedChannelBuilder.forTarget(flags.text("registry", "localhost:7070"))
            .usePlaintext()
            .build();
    try {
      Iterator<SendStreamResponse> parts =
          RelayServiceGrpc.newBlockingStub(channel)
              .withDeadlineAfter(60, TimeUnit.SECONDS)
              .sendStream(
                  SendStreamRequest.newBuilder()
                      .setSender("demo")
                      .setTo(flags.text("to", "ollama-proxy"))
                      .setMessage(flags.text("message", "hello"))
                      .build());
      int count = 0;
      while (parts.hasNext()) {
        System.out.print(parts.next().getMessage());
        System.out.flush();
        count++;
      }
      System.out.println("\n(" + count + " parts)");
    } catch (StatusRuntimeException e) {
      throw new IOException(e.getStatus().getCode() + ": " + e.getStatus().getDescription(), e);
    } finally {
      channel.shutdownNow();
    }
  }
}
