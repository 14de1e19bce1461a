// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.store.record.CauseProto;
import dev.rollcall.server.store.record.ChangeProto;
import dev.rollcall.server.store.record.RecordProto;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RecordCodecTest {
  private static Change.Put put(Status status) {
    return (Change.Put) Samples.put(Samples.key("a"), "1", status, Samples.NOW);
  }

  @ParameterizedTest
  @EnumSource(Status.class)
  void registration_everyField_comesBack(Status status) {
    Registration registration = put(status).registration().at(5);
    byte[] bytes = RecordCodec.encode(registration);
    assertThat(RecordCodec.registration(bytes, 5)).isEqualTo(registration);
    byte[] change = RecordCodec.encode(new Change.Put(registration));
    assertThat(RecordCodec.change(change, 5)).isEqualTo(new Change.Put(registration));
  }

  @ParameterizedTest
  @EnumSource(Cause.Kind.class)
  void change_removal_comesBack(Cause.Kind kind) {
    Change removal =
        new Change.Remove(Samples.key("a"), new Cause(kind, "why", "who", Samples.NOW));
    assertThat(RecordCodec.change(RecordCodec.encode(removal), 5)).isEqualTo(removal);
  }

  @Test
  void encode_timeBeyondMillis_throws() {
    Change tooLate = Samples.put(Samples.key("a"), "1", Status.SERVING, Instant.MAX);
    assertThatExceptionOfType(ArithmeticException.class)
        .isThrownBy(() -> RecordCodec.encode(tooLate));
  }

  @Test
  void decode_unknownBytes_saysWhat() {
    byte[] garbage = {-1, -1, -1};
    RecordProto future =
        RecordProto.newBuilder().setCause(CauseProto.newBuilder().setKind(1)).setStatus(99).build();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RecordCodec.registration(garbage, 1))
        .withMessageStartingWith("not a record");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RecordCodec.change(garbage, 1))
        .withMessageStartingWith("not a change");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RecordCodec.change(new byte[0], 1))
        .withMessage("not a change: neither a put nor a removal");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                RecordCodec.change(
                    ChangeProto.newBuilder().setPut(future).build().toByteArray(), 1))
        .withMessage("status: 99 (expected: a known number)");
  }
}
