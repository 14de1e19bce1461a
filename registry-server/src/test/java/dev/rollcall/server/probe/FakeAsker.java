// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.testing.FakeLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Answers for all targets at once; they are well unless a test says otherwise. */
final class FakeAsker implements Asker {
  private enum Way {
    HOLDS,
    ALTERNATES
  }

  private record Asked(String id, long atNanos, Consumer<Finding> found) {}

  private final FakeLoop loop;
  private final List<Asked> asked = new ArrayList<>();
  private final Map<String, Finding> answers = new HashMap<>();
  private final Map<String, Way> ways = new HashMap<>();
  private boolean broken;
  private int underWay;
  private int mostUnderWay;
  private int abandoned;

  FakeAsker(FakeLoop loop) {
    this.loop = loop;
  }

  void answer(String id, Finding finding) {
    ways.remove(id);
    answers.put(id, finding);
  }

  /** It does not answer by itself. */
  void hold(String id) {
    ways.put(id, Way.HOLDS);
  }

  /** It fails, passes, fails, … */
  void alternate(String id) {
    ways.put(id, Way.ALTERNATES);
    answers.put(id, Finding.passed("connected"));
  }

  /** Answers for a question that was held. */
  void release(int question, Finding finding) {
    asked.get(question).found().accept(finding);
  }

  /** Throws from now on. */
  void breakDown() {
    broken = true;
  }

  void recover() {
    broken = false;
  }

  List<String> asked() {
    return asked.stream().map(Asked::id).toList();
  }

  List<Long> askedNanos() {
    return asked.stream().map(Asked::atNanos).toList();
  }

  List<Long> askedNanos(String id) {
    return asked.stream().filter(one -> one.id().equals(id)).map(Asked::atNanos).toList();
  }

  int mostUnderWay() {
    return mostUnderWay;
  }

  int abandoned() {
    return abandoned;
  }

  void clear() {
    asked.clear();
  }

  @Override
  public Asking ask(Registration target, boolean slow, Consumer<Finding> found) {
    if (broken) {
      throw new IllegalStateException("made up");
    }
    String id = target.instance().id();
    asked.add(new Asked(id, loop.nanoTime(), found));
    Way way = ways.get(id);
    if (way == Way.ALTERNATES) {
      Finding last = answers.getOrDefault(id, Finding.refused());
      answers.put(
          id, last.kind() == Finding.Kind.PASSED ? Finding.refused() : Finding.passed("connected"));
    }
    boolean holds = way == Way.HOLDS;
    if (!holds) {
      found.accept(answers.getOrDefault(id, Finding.passed("connected")));
    }
    mostUnderWay = Math.max(mostUnderWay, ++underWay);
    return new Held(!holds);
  }

  @Override
  public void close() {}

  private final class Held implements Asking {
    private final boolean answered;
    private boolean over;

    Held(boolean answered) {
      this.answered = answered;
    }

    @Override
    public String stage() {
      return "connecting";
    }

    @Override
    public void abandon() {
      if (!over) {
        over = true;
        underWay--;
        abandoned += answered ? 0 : 1;
      }
    }
  }
}
