// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import dev.rollcall.sdk.ServiceInstance;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** One Ollama as the registry shows it. Immutable. */
record Backend(String id, String address, Models models) {
  /** Those that may be called; an Ollama that is listed twice is one. */
  static List<Backend> of(List<ServiceInstance> instances) {
    Set<String> seen = new HashSet<>();
    List<Backend> backends = new ArrayList<>();
    for (ServiceInstance instance : instances) {
      if (instance.weight() > 0 && seen.add(instance.address())) {
        Models models = Models.of(instance.metadata());
        backends.add(new Backend(instance.id(), instance.address(), models));
      }
    }
    return List.copyOf(backends);
  }

  URI at(String pathAndQuery) {
    return URI.create("http://" + address + pathAndQuery);
  }
}
