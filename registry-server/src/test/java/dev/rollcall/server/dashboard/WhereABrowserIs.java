// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.dashboard;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Decides about {@link InBrowser}. */
final class WhereABrowserIs implements ExecutionCondition {
  private static final ExtensionContext.Namespace HERE =
      ExtensionContext.Namespace.create(WhereABrowserIs.class);

  /** Counts until all tests of this JVM are over, then says it once. */
  private static final class NotRun implements AutoCloseable {
    private final AtomicInteger tests = new AtomicInteger();

    @Override
    public void close() {
      System.out.printf(
          "NOT RUN: %d browser tests, no chromium and chromedriver on the PATH"
              + " (apt-get install chromium chromium-driver)%n",
          tests.get());
    }
  }

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (Browser.isHere() || Browser.isRequired() || context.getTestMethod().isPresent()) {
      return ConditionEvaluationResult.enabled("there is a browser, or its absence is a failure");
    }
    NotRun notRun =
        context
            .getRoot()
            .getStore(HERE)
            .computeIfAbsent(NotRun.class, k -> new NotRun(), NotRun.class);
    long tests =
        Arrays.stream(context.getRequiredTestClass().getDeclaredMethods())
            .filter(method -> method.isAnnotationPresent(Test.class))
            .count();
    notRun.tests.addAndGet((int) tests);
    return ConditionEvaluationResult.disabled("no browser");
  }
}
