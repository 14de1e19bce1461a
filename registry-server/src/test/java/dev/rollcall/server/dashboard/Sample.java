// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.dashboard;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import dev.rollcall.registry.v1.DeregisterRequest;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.RegisterResponse;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import io.grpc.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** Registers what the dashboard is to show. */
record Sample(Channel channel) {
  /** Longer than any test. */
  private static final int LEASE_SECONDS = 3_600;

  private static final int TOGETHER = 200;
  private static final int LONGEST_SECRET = 64;

  /** Lists an instance, or changes it. */
  void register(String service, String id, String... requires) {
    register(instance(service, id).addAllRequires(List.of(requires)));
  }

  /** The same with more of it. */
  void register(Instance.Builder instance) {
    RegistryServiceGrpc.newBlockingStub(channel).register(request(instance));
  }

  /** An instance to fill. */
  static Instance.Builder instance(String service, String id) {
    return Instance.newBuilder()
        .setService(service)
        .setId(id)
        .setAddress("127.0.0.1:50051")
        .setVersion("1.4.2")
        .setZone("eu-west-1a");
  }

  private static RegisterRequest request(Instance.Builder instance) {
    instance.getLeaseTtlBuilder().setSeconds(LEASE_SECONDS);
    return RegisterRequest.newBuilder()
        .setInstance(instance)
        .setLeaseId(secret(instance.getService(), instance.getId()))
        .build();
  }

  /** Takes it off the list, with a reason. */
  void deregister(String service, String id, String reason) {
    RegistryServiceGrpc.newBlockingStub(channel)
        .deregister(
            DeregisterRequest.newBuilder()
                .setLeaseId(secret(service, id))
                .setReason(reason)
                .build());
  }

  /** A small shop: 12 instances of 8 services, one of them unmet. */
  void shop() {
    for (String id : List.of("web-1", "web-2")) {
      register("web", id, "order", "account");
    }
    for (String id : List.of("order-1", "order-2")) {
      register("order", id, "product", "payment");
    }
    for (String id : List.of("product-1", "product-2")) {
      register("product", id, "stock");
    }
    register("payment", "payment-1", "ledger");
    register("account", "account-1");
    register("stock", "stock-1");
    register("ollama-proxy", "ollama-proxy-1", "ollama");
    register(
        instance("ollama", "ollama-1")
            .putMetadata("models", "llama3.2:latest,qwen3:8b")
            .putMetadata("loaded", "llama3.2:latest"));
    register(instance("ollama", "ollama-2").putMetadata("models", "llama3.2:latest,mistral"));
  }

  /** 5,000 instances: half of them of one service, half of 250 others. */
  void crowd() throws ExecutionException, InterruptedException {
    List<ListenableFuture<RegisterResponse>> under = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      boolean big = i % 2 == 0;
      Instance.Builder instance = instance(big ? "big" : "small-" + i % 500, "i-" + i);
      if (!big && i > 1 && i < 500) {
        instance.addRequires("small-" + (i / 4 * 2 + 1));
      }
      under.add(RegistryServiceGrpc.newFutureStub(channel).register(request(instance)));
      if (under.size() == TOGETHER) {
        Futures.allAsList(under).get();
        under.clear();
      }
    }
  }

  private static String secret(String service, String id) {
    String whole = ("secret-of-" + service + "-" + id + "-----------").replace('.', '_');
    return whole.substring(Math.max(0, whole.length() - LONGEST_SECRET));
  }
}
