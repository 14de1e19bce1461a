// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.HealthCheck;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a health check must look like: fills in defaults and checks every limit. Pure. */
final class CheckAdmission {
  private static final String FIELD = "instance.health_check";
  private static final Pattern PATH = Pattern.compile("/[!-~]{0,1023}");
  private static final Pattern GRPC_SERVICE = Pattern.compile("[!-~]{0,255}");
  private static final Duration INTERVAL = Duration.ofSeconds(5);
  private static final Duration TIMEOUT = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration MONTH = Duration.ofDays(30);
  private static final int UNHEALTHY_AFTER = 2;
  private static final int HEALTHY_AFTER = 1;
  private static final int MOST_IN_A_ROW = 100;

  private CheckAdmission() {}

  /** The check of a draft, with what is wrong noted; null: it has none, or a wrong one. */
  static @Nullable HealthCheck admit(Names names, Draft draft) {
    Draft.Check check = draft.healthCheck();
    if (check == null) {
      if (draft.probeRenewsLease()) {
        names.violated(
            "instance.probe_renews_lease", "true", "false, or a health_check that can renew it");
      }
      return null;
    }
    HealthCheck.Question question = question(names, draft, check);
    Duration interval =
        within(names, "interval", check.interval(), INTERVAL, Duration.ofMillis(100), HOUR);
    Duration timeout =
        within(names, "timeout", check.timeout(), shorter(interval), Duration.ofMillis(10), HOUR);
    if (timeout.compareTo(interval) > 0) {
      names.violated(
          FIELD + ".timeout",
          Admission.text(timeout),
          "at most the interval, " + Admission.text(interval));
    }
    Duration removeAfter = check.removeAfter() == null ? Duration.ZERO : check.removeAfter();
    if (!removeAfter.isZero()) {
      within(names, "remove_after", removeAfter, removeAfter, Duration.ofSeconds(1), MONTH);
    }
    int unhealthy = row(names, "unhealthy_after", check.unhealthyAfter(), UNHEALTHY_AFTER);
    int healthy = row(names, "healthy_after", check.healthyAfter(), HEALTHY_AFTER);
    return question == null
        ? null
        : new HealthCheck(question, interval, timeout, unhealthy, healthy, removeAfter);
  }

  /** The default timeout, unless the interval is shorter still. */
  private static Duration shorter(Duration interval) {
    return TIMEOUT.compareTo(interval) < 0 ? TIMEOUT : interval;
  }

  private static HealthCheck.@Nullable Question question(
      Names names, Draft draft, Draft.Check check) {
    if (check.question() instanceof HealthCheck.Grpc grpc) {
      if (!GRPC_SERVICE.matcher(grpc.service()).matches()) {
        names.violated(
            FIELD + ".grpc.service",
            Names.quoted(grpc.service()),
            "at most 255 visible ASCII characters");
      }
      return grpc;
    }
    if (check.question() instanceof HealthCheck.Http http) {
      String path = http.path().isEmpty() ? "/" : http.path();
      if (!PATH.matcher(path).matches()) {
        names.violated(
            FIELD + ".http.path",
            Names.quoted(path),
            "a / and then at most 1023 visible ASCII characters");
      }
      checkEndpoint(names, draft, ".http.endpoint", http.endpoint());
      return new HealthCheck.Http(path, http.endpoint(), http.tls());
    }
    if (check.question() instanceof HealthCheck.Tcp tcp) {
      checkEndpoint(names, draft, ".tcp.endpoint", tcp.endpoint());
      return tcp;
    }
    names.violated(FIELD, "no kind", "one of grpc, http and tcp");
    return null;
  }

  private static void checkEndpoint(Names names, Draft draft, String field, String endpoint) {
    if (!endpoint.isEmpty() && !draft.endpoints().containsKey(endpoint)) {
      names.violated(
          FIELD + field, Names.quoted(endpoint), "a name in endpoints, or empty for the address");
    }
  }

  private static Duration within(
      Names names,
      String field,
      @Nullable Duration given,
      Duration preset,
      Duration least,
      Duration longest) {
    Duration value = given == null ? preset : given;
    if (value.compareTo(least) < 0 || value.compareTo(longest) > 0) {
      names.violated(
          FIELD + "." + field,
          Admission.text(value),
          Admission.text(least) + " to " + Admission.text(longest));
      return preset;
    }
    return Duration.ofMillis(value.toMillis());
  }

  private static int row(Names names, String field, long given, int preset) {
    if (given > MOST_IN_A_ROW) {
      names.violated(FIELD + "." + field, Long.toString(given), "0 to " + MOST_IN_A_ROW);
      return preset;
    }
    return given == 0 ? preset : (int) given;
  }
}
