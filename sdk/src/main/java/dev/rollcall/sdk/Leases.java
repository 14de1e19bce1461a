// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.registry.v1.DeregisterRequest;
import dev.rollcall.registry.v1.DeregisterResponse;
import dev.rollcall.registry.v1.DrainRequest;
import dev.rollcall.registry.v1.DrainResponse;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.RegisterResponse;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import dev.rollcall.sdk.Lease.Stage;
import dev.rollcall.sdk.Registries.Registry;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this process's registrations listed: registers each as soon as the registry is there, beats
 * for all of them, and registers again what the registry does not know any more.
 *
 * <p>Runs on the session's loop.
 */
final class Leases {
  private static final Duration FAREWELL_DEADLINE = Duration.ofSeconds(1);

  /** Where there are several registries a farewell is tried at so many of them. */
  private static final int MOST_FAREWELLS = 3;

  private static final Duration SHORT_FAREWELL = Duration.ofMillis(600);

  /** An earlier copy holds the id until its lease ends, so there is no hurry. */
  private static final Duration TAKEN_RETRY = Duration.ofSeconds(1);

  /** Another server may have the registry's address for a moment, while things are moved. */
  private static final Duration NO_REGISTRY_RETRY = Duration.ofSeconds(30);

  /** A registry that forgot everybody is not asked by everybody at one moment. */
  private static final Duration UNKNOWN_SPREAD = Duration.ofMillis(200);

  private static final Logger log = LoggerFactory.getLogger(Leases.class);

  private final Loop loop;
  private final String namespace;
  private final Registries registries;
  private final Beats beats;
  private final Lookup lookup;
  private final List<Lease> leases = new ArrayList<>();

  Leases(Loop loop, String namespace, Registries registries, Backoff beatBackoff, Lookup lookup) {
    this.lookup = lookup;
    this.loop = loop;
    this.namespace = namespace;
    this.registries = registries;
    this.beats = new Beats(loop, namespace, registries, beatBackoff, new Listed());
  }

  void add(Lease lease) {
    loop.assertInside();
    leases.add(lease);
    register(lease);
  }

  private void register(Lease lease) {
    if (lease.stage != Stage.WANTED || lease.inFlight) {
      return;
    }
    lease.inFlight = true;
    CompletableFuture<Void> unused =
        lease
            .wanted
            .instance(lookup)
            .thenAccept(wanted -> loop.execute(() -> located(lease, wanted)))
            .exceptionally(
                e -> {
                  Throwable why = e.getCause() == null ? e : e.getCause();
                  loop.execute(() -> notLocated(lease, String.valueOf(why.getMessage())));
                  return null;
                });
  }

  private void notLocated(Lease lease, String why) {
    lease.inFlight = false;
    if (lease.stage == Stage.WANTED) {
      later(lease, "no way to the registry at " + registries.current().address() + ": " + why);
    } else if (lease.sentOnce) {
      deregister(lease);
    }
  }

  private void located(Lease lease, ServiceInstance wanted) {
    lease.inFlight = false;
    if (lease.stage == Stage.WANTED) {
      lease.last = lease.current(wanted);
      send(lease, Wire.instance(lease.last));
    } else if (lease.sentOnce) {
      deregister(lease);
    }
  }

  private void send(Lease lease, Instance.Builder instance) {
    Registry registry = registries.current();
    if (!lease.terms.ttl().isZero()) {
      instance.setLeaseTtl(Wire.duration(lease.terms.ttl()));
    }
    lease.terms.check().map(Wire::check).ifPresent(instance::setHealthCheck);
    RegisterRequest request =
        RegisterRequest.newBuilder()
            .setNamespace(namespace)
            .setInstance(instance)
            .setLeaseId(lease.secret)
            .build();
    lease.inFlight = true;
    lease.sentOnce = true;
    registry
        .stub(registries.patience())
        .register(
            request,
            new Reply<>(
                loop,
                answer -> {
                  registries.answered(registry);
                  registered(lease, answer);
                },
                why -> notRegistered(lease, registry, why)));
  }

  private void registered(Lease lease, RegisterResponse answer) {
    lease.inFlight = false;
    lease.last = Wire.instance(answer.getInstance());
    lease.backoff.reset();
    lease.lastTrouble = "";
    if (lease.stage == Stage.CLOSED) {
      deregister(lease);
      return;
    }
    lease.stage = Stage.LISTED;
    log.info("registered {} at {}", lease.name(), lease.last.address());
    lease.registered.complete(lease.last);
    lease.draining.ifPresent(reason -> drain(lease, reason, told -> {}));
    beats.begin(answer.getEpoch(), Wire.duration(answer.getHeartbeatInterval()));
    update(lease);
  }

  /** Lists it with other labels, by its own secret: it stays listed meanwhile. */
  void describe(Lease lease, Map<String, String> metadata) {
    loop.assertInside();
    lease.metadata = Optional.of(metadata);
    update(lease);
  }

  private void update(Lease lease) {
    if (lease.stage == Stage.LISTED && lease.outdated()) {
      lease.stage = Stage.WANTED;
      register(lease);
    }
  }

  private void notRegistered(Lease lease, Registry registry, Status why) {
    lease.inFlight = false;
    if (lease.stage == Stage.CLOSED) {
      deregister(lease);
      return;
    }
    registries.failed(registry, why);
    String said = registry.address() + " said " + why.getCode() + ": " + Advice.why(why);
    switch (why.getCode()) {
      case UNIMPLEMENTED -> {
        trouble(lease, "met a server that is no registry, trying again every 30 s: " + said);
        again(lease, lease.backoff.jittered(NO_REGISTRY_RETRY));
      }
      case INVALID_ARGUMENT -> {
        lease.stage = Stage.REFUSED;
        leases.remove(lease);
        String message = "the registry refused " + lease.name() + ", it is not listed: " + said;
        log.error(message);
        lease.registered.completeExceptionally(
            new RollcallException(RollcallException.Reason.REFUSED, message));
      }
      case ALREADY_EXISTS -> {
        trouble(lease, "is still held by an earlier copy, trying again every second: " + said);
        again(lease, lease.backoff.jittered(TAKEN_RETRY));
      }
      default -> later(lease, said);
    }
  }

  private void later(Lease lease, String why) {
    trouble(lease, "is not registered yet, trying again: " + why);
    again(lease, lease.backoff.next());
  }

  private void again(Lease lease, Duration in) {
    lease.nextAttempt = loop.schedule(in, () -> register(lease));
  }

  /** Said once per kind of trouble, however long it lasts. */
  private static void trouble(Lease lease, String what) {
    if (!what.equals(lease.lastTrouble)) {
      lease.lastTrouble = what;
      log.warn("{} {}", lease.name(), what);
    }
  }

  /** Ends the beats without taking anything off the list. */
  void goodbye() {
    beats.stop();
  }

  /** What the beats are for. */
  private final class Listed implements Beats.Holder {
    @Override
    public List<String> secrets() {
      return leases.stream().filter(l -> l.stage == Stage.LISTED).map(l -> l.secret).toList();
    }

    @Override
    public void unknown(Set<String> secrets) {
      for (Lease lease : leases) {
        if (lease.stage == Stage.LISTED && secrets.contains(lease.secret)) {
          log.warn("the registry does not know {} any more: registering again", lease.name());
          lease.stage = Stage.WANTED;
          again(lease, lease.backoff.jittered(UNKNOWN_SPREAD));
        }
      }
    }
  }

  /** Asks for no new traffic, also after registering again; says whether watchers are told. */
  void drain(Lease lease, String reason, Consumer<Boolean> told) {
    loop.assertInside();
    lease.draining = Optional.of(reason);
    if (lease.stage != Stage.LISTED) {
      told.accept(false);
      return;
    }
    DrainRequest request =
        DrainRequest.newBuilder()
            .setNamespace(namespace)
            .setLeaseId(lease.secret)
            .setReason(reason)
            .build();
    this.<DrainResponse>farewell(
        registries.count(),
        (registry, reply) -> registry.drain(request, reply),
        () -> {
          log.info("{} takes no new calls: {}", lease.name(), reason);
          told.accept(true);
        },
        why -> {
          log.info("{} leaves without a drain: {}", lease.name(), Advice.why(why));
          told.accept(false);
        });
  }

  /** Takes the registration back; its future {@code deregistered} completes in any case. */
  void remove(Lease lease) {
    loop.assertInside();
    leases.remove(lease);
    lease.nextAttempt.cancel();
    boolean refused = lease.stage == Stage.REFUSED;
    lease.stage = Stage.CLOSED;
    lease.registered.completeExceptionally(
        new RollcallException(RollcallException.Reason.CLOSED, lease.name() + " was closed"));
    if (!lease.sentOnce || refused) {
      lease.deregistered.complete(null);
    } else if (!lease.inFlight) {
      deregister(lease);
    }
  }

  /** Only after an outstanding register has its outcome, or it could be listed afterwards. */
  private void deregister(Lease lease) {
    DeregisterRequest request =
        DeregisterRequest.newBuilder().setNamespace(namespace).setLeaseId(lease.secret).build();
    this.<DeregisterResponse>farewell(
        registries.count(),
        (registry, reply) -> registry.deregister(request, reply),
        () -> {
          log.info("deregistered {}", lease.name());
          lease.deregistered.complete(null);
        },
        why -> {
          log.warn("{} leaves only when its lease ends: {}", lease.name(), Advice.why(why));
          lease.deregistered.complete(null);
        });
  }

  /** Says something last; where the registry is not reached the next one is told. */
  private <T> void farewell(
      int registriesLeft,
      BiConsumer<RegistryServiceStub, Reply<T>> call,
      Runnable answered,
      Consumer<Status> failed) {
    Registry registry = registries.current();
    Consumer<Status> notHere =
        why -> {
          registries.failed(registry, why);
          if (Registries.unreached(why) && registriesLeft > 1) {
            farewell(Math.min(registriesLeft, MOST_FAREWELLS) - 1, call, answered, failed);
          } else {
            failed.accept(why);
          }
        };
    Duration patience = registries.count() > 1 ? SHORT_FAREWELL : FAREWELL_DEADLINE;
    call.accept(registry.stub(patience), new Reply<>(loop, answer -> answered.run(), notHere));
  }
}
