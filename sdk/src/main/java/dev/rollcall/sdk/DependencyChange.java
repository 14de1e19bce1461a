// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

/**
 * One change of a service that a registration requires.
 *
 * @param event what changed: an instance was added, changed or removed, and why
 * @param usable how many instances of the service can be called now
 */
public record DependencyChange(ServiceEvent event, int usable) {
  /** The service that is required. */
  public String service() {
    return event.instance().service();
  }

  /** Nobody of the service can be called any more. */
  public boolean unmet() {
    return usable == 0;
  }

  /** One line for people, such as {@code product: removed b-7082 (DRAINED: ...), 1 usable}. */
  @Override
  public String toString() {
    String why = event.cause().text().isEmpty() ? "" : ": " + event.cause().text();
    return service()
        + ": "
        + verb()
        + " "
        + event.instance().id()
        + " ("
        + event.cause().kind()
        + why
        + "), "
        + (unmet() ? "unmet: none usable" : usable + " usable");
  }

  private String verb() {
    if (event instanceof ServiceEvent.Added) {
      return "added";
    }
    return event instanceof ServiceEvent.Removed ? "removed" : "changed";
  }
}
