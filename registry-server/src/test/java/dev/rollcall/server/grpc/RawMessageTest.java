// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RawMessageTest {
  private static final byte[] WHOLE = {1, 2, 3, 4, 5};
  private final RawMessage message =
      new RawMessage(
          new byte[] {1, 2}, List.of(new byte[0], new byte[] {3}, new byte[0], new byte[] {4, 5}));

  @Test
  void stream_hasTheMarksThatSaveACopy() {
    assertThat(message.stream()).isInstanceOf(KnownLength.class).isInstanceOf(Drainable.class);
  }

  @Test
  void stream_isReadDrainedOrBoth() throws IOException {
    assertThat(message.stream().readAllBytes()).isEqualTo(WHOLE);
    InputStream half = message.stream();
    assertThat(half.available()).isEqualTo(5);
    assertThat(half.read()).isEqualTo(1);
    assertThat(half.readNBytes(2)).isEqualTo(new byte[] {2, 3});
    assertThat(half.available()).isEqualTo(2);
    ByteArrayOutputStream rest = new ByteArrayOutputStream();
    assertThat(((Drainable) half).drainTo(rest)).isEqualTo(2);
    assertThat(rest.toByteArray()).isEqualTo(new byte[] {4, 5});
    assertThat(half.read()).isEqualTo(-1);
  }

  @Test
  void emptyMessage_isNoBytes() throws IOException {
    assertThat(new RawMessage(new byte[0], List.of()).stream().readAllBytes()).isEmpty();
  }
}
