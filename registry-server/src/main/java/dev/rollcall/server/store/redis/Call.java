// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import java.util.ArrayList;
import java.util.List;

/** One run of a script. */
record Call(Script script, List<byte[]> keys, List<byte[]> values) {
  /** As EVALSHA takes it. */
  byte[][] arguments() {
    List<byte[]> all = new ArrayList<>(2 + keys.size() + values.size());
    all.add(script.digest());
    all.add(Keys.bytes(keys.size()));
    all.addAll(keys);
    all.addAll(values);
    return all.toArray(byte[][]::new);
  }
}
