// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ModelsTest {
  @Test
  void whole_addsWhatOllamaTakesForGranted() {
    assertThat(Models.whole("llama3.2")).isEqualTo("llama3.2:latest");
    assertThat(Models.whole("registry.ollama.ai/library/LLama3.2:3b")).isEqualTo("llama3.2:3b");
    assertThat(Models.whole("me/mine")).isEqualTo("me/mine:latest");
    assertThat(Models.whole("host:5000/me/mine")).isEqualTo("host:5000/me/mine:latest");
  }

  @Test
  void labels_areReadBackAsTheyWere_alsoWhereThereAreMany() {
    Set<String> pulled = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      pulled.add("a-model-with-a-rather-long-name-" + i + ":latest");
    }
    Models models = new Models(pulled, Set.of("a-model-with-a-rather-long-name-7:latest"));
    assertThat(models.labels().values()).allMatch(value -> value.length() <= 4_096);
    assertThat(Models.of(models.labels())).isEqualTo(models);
  }

  @Test
  void labels_typedByHand_areUnderstood() {
    Models models = Models.of(Map.of("models", "llama3.2, phi3:mini", "loaded", "Mistral"));
    assertThat(models.has("LLAMA3.2:latest")).isTrue();
    assertThat(models.has("phi3")).isFalse();
    assertThat(models.hasLoaded("mistral")).isTrue();
    assertThat(models.has("mistral")).isTrue();
    assertThat(Models.of(Map.of()).pulled()).isEmpty();
  }

  @Test
  void hosts_areAddresses_inAnyUsualForm() {
    assertThat(OllamaAgent.hosts(" gpu-1, http://gpu-2:11500/,127.0.0.1:11434 "))
        .containsExactly("gpu-1:11434", "gpu-2:11500", "127.0.0.1:11434");
    assertThat(OllamaAgent.hosts("")).isEmpty();
    assertThatThrownBy(() -> OllamaAgent.hosts("a/b")).isInstanceOf(IllegalArgumentException.class);
  }
}
