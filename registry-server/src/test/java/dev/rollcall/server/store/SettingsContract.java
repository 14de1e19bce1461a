// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store;

import static dev.rollcall.server.store.Samples.key;
import static dev.rollcall.server.store.Samples.put;
import static dev.rollcall.server.store.Samples.remove;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Setting;
import dev.rollcall.server.store.Store.Failure;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What every store promises about configuration. */
public abstract class SettingsContract extends StoreContract {
  private static Change set(String key, String value) {
    return new Change.Set(new Setting(key, value, ((Change.Put) put(key("x"), "1")).cause(), 0));
  }

  private static Change unset(String key) {
    return new Change.Unset(key, remove(key("x")).cause());
  }

  @Test
  void settings_areKeptLikeAnyRecord() {
    start();
    commit("config:shop", 0, set("a/b", "1"));
    commit("config:shop", 0, set("a/c", "ä"));
    commit("config:shop", 1, set("a/b", "2"));
    assertThat(failure(append("config:shop", 1, set("a/b", "3")))).isEqualTo(Failure.CONFLICT);
    commit("config:shop", 2, unset("a/c"));
    commit("shop", 0, put(key("a"), "1"));
    Catalog catalog = namespace(restart(), "config:shop").catalog();
    assertThat(catalog.position().revision()).isEqualTo(4);
    assertThat(catalog.settings().byKey().keySet()).containsExactly("a/b");
    Setting setting = catalog.settings().find("a/b");
    assertThat(setting).isNotNull();
    assertThat(setting.value()).isEqualTo("2");
    assertThat(setting.revision()).isEqualTo(3);
    assertThat(namespace(restart(), "shop").catalog().instances()).isEqualTo(1);
  }

  @Test
  void settings_twentyVersionsOfEachAreInTheLog() {
    start();
    long revision = 0;
    for (int i = 0; i < 50; i++) {
      revision = commit("config:shop", revision, set("a", "v" + i)).revision();
    }
    commit("config:shop", 0, set("b", "1"));
    List<Commit> versions =
        events()
            .newestFirst(
                new EventLog.Query(
                    "config:shop",
                    "",
                    "a",
                    Set.of(),
                    Long.MIN_VALUE,
                    Long.MAX_VALUE,
                    Long.MAX_VALUE,
                    100));
    assertThat(versions)
        .extracting(Commit::revision)
        .containsExactlyElementsOf(
            LongStream.rangeClosed(0, 19).mapToObj(back -> 50 - back).toList());
    assertThat(namespace(restart(), "config:shop").catalog().settings().byKey()).hasSize(2);
  }
}
