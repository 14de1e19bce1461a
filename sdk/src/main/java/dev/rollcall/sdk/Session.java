// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.GetStatusResponse;
import dev.rollcall.registry.v1.InstanceRef;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.relay.v1.RelayServiceGrpc;
import dev.rollcall.relay.v1.SendRequest;
import dev.rollcall.sdk.Registries.Registry;
import dev.rollcall.sdk.Settings.Place;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What this process has with one namespace of one registry: one loop, one watch stream, one beat.
 *
 * <p>Shared by all clients and channels that name the same registry and namespace; the last one
 * that lets go ends it. {@link #acquire} and {@link #release} may be called from any thread.
 */
final class Session {
  /** By place. A channel made from a plain target has no client object that could hold it. */
  private static final Map<Place, Session> LIVING = new HashMap<>();

  private static final Duration LONGEST_BEAT_WAIT = Duration.ofSeconds(1);

  /** What the last messages are given to get out; longer than a stream waits for its end. */
  private static final Duration GOODBYE = Duration.ofMillis(1_500);

  private final Place place;
  private final ThreadLoop loop = new ThreadLoop("rollcall-session");
  private final Lookup lookup = new Lookup(InetAddress::getByName, Lookup.PATIENCE);
  private final Registries registries;
  private final Directory directory;
  private final Leases leases;
  private final Random random = new Random();
  private final Map<String, ConfigFollower> configs = new ConcurrentHashMap<>();

  /** Guarded by {@link #LIVING}. */
  private int users;

  private Session(Place place) {
    this.place = place;
    registries = new Registries(loop, place.registries(), random);
    var source = new Source();
    directory = new Directory(loop, place.namespace(), source, Backoff.standard(random));
    registries.join(source);
    var beatBackoff = new Backoff(Duration.ofMillis(100), LONGEST_BEAT_WAIT, random);
    leases = new Leases(loop, place.namespace(), registries, beatBackoff, lookup);
  }

  static Session acquire(Place place) {
    synchronized (LIVING) {
      Session session = LIVING.computeIfAbsent(place, Session::new);
      session.users++;
      return session;
    }
  }

  void release() {
    synchronized (LIVING) {
      users--;
      if (users > 0) {
        return;
      }
      LIVING.remove(place);
    }
    loop.execute(
        () -> {
          directory.close();
          configs.values().forEach(ConfigFollower::close);
          directory.lastKnown().close();
          leases.goodbye();
          registries.startClosing();
          loop.schedule(GOODBYE, this::end);
        });
  }

  private void end() {
    registries.close();
    lookup.close();
    loop.close();
  }

  /** Also keeps the last known instances there. The first directory stays. */
  void keepIn(Path root) {
    var files = new SetFiles(root, place, InstantSource.system());
    loop.execute(() -> directory.lastKnown().alsoIn(files));
  }

  Place place() {
    return place;
  }

  Loop loop() {
    return loop;
  }

  Lookup lookup() {
    return lookup;
  }

  Directory directory() {
    return directory;
  }

  Leases leases() {
    return leases;
  }

  /** The settings below a scope; the same follower for the same scope. */
  ConfigFollower config(String scope) {
    return configs.computeIfAbsent(
        scope,
        name -> {
          var follower =
              new ConfigFollower(
                  loop, registries, place.namespace(), name, Backoff.standard(random));
          loop.execute(() -> registries.join(follower));
          return follower;
        });
  }

  Lease register(ServiceInstance draft, Lease.Wanted wanted, Lease.Terms terms) {
    var lease = new Lease(draft, wanted, terms, Backoff.standard(random));
    InstanceRef label =
        InstanceRef.newBuilder().setService(draft.service()).setId(draft.id()).build();
    loop.execute(
        () -> {
          directory.label(label);
          leases.add(lease);
        });
    return lease;
  }

  /** Passes a message; on the caller's thread, so that its context holds. */
  String send(String service, String message, Duration patience) {
    Line line =
        CompletableFuture.supplyAsync(() -> new Line(registries.current(), directory.label()), loop)
            .join();
    SendRequest request =
        SendRequest.newBuilder()
            .setNamespace(place.namespace())
            .setSender(line.from().getService())
            .setTo(service)
            .setMessage(message)
            .build();
    return RelayServiceGrpc.newBlockingStub(line.registry().channel())
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(Hop.headers()))
        .withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS)
        .send(request)
        .getMessage();
  }

  /** Who passes a message on, and whose it is. */
  private record Line(Registry registry, InstanceRef from) {}

  /** Opens watch streams at the registry in use. */
  private final class Source implements WatchStream.Source, Registries.Guest {
    /** Where the stream is, or was last. */
    private @Nullable Registry used;

    @Override
    public String open(WatchRequest request, WatchStream<WatchRequest, WatchResponse> stream) {
      Registry registry = registries.current();
      used = registry;
      registry.stub().watch(request, stream);
      return registry.address();
    }

    @Override
    public void ask(Consumer<Status> answer) {
      Registry asked = used == null ? registries.current() : used;
      Consumer<GetStatusResponse> answered =
          status -> {
            registries.answered(asked);
            answer.accept(Status.OK);
          };
      Duration patience = count() > 1 ? Registries.PATIENCE : Directory.FIRST_ANSWER;
      asked
          .stub(patience)
          .getStatus(GetStatusRequest.getDefaultInstance(), new Reply<>(loop, answered, answer));
    }

    @Override
    public void heard() {
      if (used != null) {
        registries.answered(used);
      }
    }

    @Override
    public void failed(Status status) {
      if (used != null) {
        registries.failed(used, status);
      }
    }

    @Override
    public int count() {
      return registries.count();
    }

    @Override
    public void heard(Registry registry) {
      if (registry.equals(used)) {
        directory.pulse().alive();
      }
    }

    @Override
    public void suspect(Registry registry) {
      if (registry.equals(used)) {
        directory.pulse().check();
      }
    }

    @Override
    public void moved() {
      if (used != null && !used.equals(registries.current())) {
        directory.reopen();
      }
    }
  }
}
