// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

/** Which Rollcall this is. */
final class Version {
  private Version() {}

  /** As in the jar's manifest; "dev" where the classes are in no jar. */
  static String current() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "dev" : version;
  }
}
