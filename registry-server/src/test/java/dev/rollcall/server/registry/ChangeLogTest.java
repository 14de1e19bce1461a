// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import static dev.rollcall.server.testing.Samples.put;
import static dev.rollcall.server.testing.Samples.remove;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Setting;
import dev.rollcall.server.testing.FakeLoop;
import dev.rollcall.server.testing.Samples;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class ChangeLogTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger(ChangeLog.class);
  private final Level before = logger.getLevel();
  private final ListAppender<ILoggingEvent> said = new ListAppender<>();
  private final FakeLoop loop = new FakeLoop();
  private final ChangeLog log = new ChangeLog(loop);

  @BeforeEach
  void listen() {
    said.start();
    logger.addAppender(said);
    logger.setLevel(Level.INFO);
    logger.setAdditive(false);
  }

  @AfterEach
  void leave() {
    logger.detachAppender(said);
    logger.setLevel(before);
    logger.setAdditive(true);
  }

  private List<String> lines() {
    return said.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  private static Commit at(long revision, Change change) {
    return new Commit(new Position("e", revision, 1), false, change.at(revision));
  }

  @Test
  void change_isToldWithItsCauseAndWhoMadeIt() {
    Change.Put put = put("a", "x", 1);
    log.changed("default", null, at(7, put));
    log.changed("default", put.registration(), at(8, remove("a", "x")));
    assertThat(lines())
        .containsExactly(
            "default a/x: SERVING, REGISTERED: in a test, revision 7, by 127.0.0.1:1",
            "default a/x: SERVING to GONE, DEREGISTERED: in a test, revision 8, by 127.0.0.1:1");
    assertThat(said.list.get(1).getKeyValuePairs())
        .extracting(pair -> pair.key + "=" + pair.value)
        .containsExactly(
            "namespace=default",
            "instance=a/x",
            "revision=8",
            "status=GONE",
            "cause=DEREGISTERED",
            "caller=127.0.0.1:1");
  }

  @Test
  void setting_isToldByItsKey_neverByItsValue() {
    Setting setting = new Setting("db/password", "hunter2", Samples.cause(Cause.Kind.UPDATED), 0);
    log.changed("config:default", null, at(3, new Change.Set(setting)));
    assertThat(lines())
        .containsExactly("config:default db/password: SET, revision 3, by 127.0.0.1:1");
    assertThat(Objects.toString(said.list.get(0).getKeyValuePairs())).doesNotContain("hunter2");
  }

  @Test
  void storm_isCountedBeyondTheFirstLines() {
    for (int i = 0; i < ChangeLog.MOST + 50; i++) {
      log.changed("default", null, at(i + 1, put("a", "x" + i, 1)));
    }
    assertThat(lines()).hasSize(ChangeLog.MOST);
    loop.advance(Duration.ofSeconds(1));
    assertThat(lines())
        .hasSize(ChangeLog.MOST + 1)
        .last()
        .isEqualTo("and 50 more changes within a second");
    log.changed("default", null, at(999, put("a", "y", 1)));
    assertThat(lines()).last().asString().startsWith("default a/y: SERVING");
  }
}
