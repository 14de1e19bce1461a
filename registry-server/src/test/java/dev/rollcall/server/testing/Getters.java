// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Callers that ask for a service's instances again as soon as they are answered. They do not parse
 * the answers, so that it is the server which is busy.
 */
public final class Getters implements AutoCloseable {
  private static final int CONNECTIONS = 8;
  private static final MethodDescriptor<byte[], Long> GET =
      RegistryServiceGrpc.getGetMethod().toBuilder(new Sent(), new Counted()).build();

  private final List<Client> clients = new ArrayList<>();
  private final AtomicLong answers = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private volatile boolean closed;

  /** Starts so many callers. */
  public Getters(int port, String service, int callers) {
    byte[] request = GetRequest.newBuilder().setService(service).build().toByteArray();
    for (int i = 0; i < CONNECTIONS; i++) {
      clients.add(new Client(port));
    }
    for (int i = 0; i < callers; i++) {
      new Caller(clients.get(i % CONNECTIONS), request).ask();
    }
  }

  /** How many calls were answered so far. */
  public long answers() {
    return answers.get();
  }

  /** How many failed; a caller that fails asks no more. */
  public long failures() {
    return failures.get();
  }

  @Override
  public void close() {
    closed = true;
    clients.forEach(Client::close);
  }

  private final class Caller implements StreamObserver<Long> {
    private final Client client;
    private final byte[] request;

    Caller(Client client, byte[] request) {
      this.client = client;
      this.request = request;
    }

    void ask() {
      var call = client.channel().newCall(GET, CallOptions.DEFAULT);
      ClientCalls.asyncUnaryCall(call, request, this);
    }

    @Override
    public void onNext(Long bytes) {
      answers.incrementAndGet();
    }

    @Override
    public void onError(Throwable failure) {
      if (!closed) {
        failures.incrementAndGet();
      }
    }

    @Override
    public void onCompleted() {
      if (!closed) {
        ask();
      }
    }
  }

  private record Sent() implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] request) {
      return new ByteArrayInputStream(request);
    }

    @Override
    public byte[] parse(InputStream stream) {
      throw new UnsupportedOperationException("requests are only sent here");
    }
  }

  private record Counted() implements MethodDescriptor.Marshaller<Long> {
    @Override
    public InputStream stream(Long answer) {
      throw new UnsupportedOperationException("answers are only received here");
    }

    @Override
    public Long parse(InputStream stream) {
      try {
        return stream.skip(Long.MAX_VALUE);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
