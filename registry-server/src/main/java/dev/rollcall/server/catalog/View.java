// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

/** Which instances a reader sees. */
public enum View {
  /** Only instances that callers may use. */
  USABLE {
    @Override
    public boolean shows(Registration registration) {
      return registration.usable();
    }
  },
  /** Every listed instance. */
  ALL {
    @Override
    public boolean shows(Registration registration) {
      return true;
    }
  };

  /** Whether a reader of this view sees the record. */
  public abstract boolean shows(Registration registration);
}
