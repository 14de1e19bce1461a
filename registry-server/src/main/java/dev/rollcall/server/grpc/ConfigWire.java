// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import com.google.protobuf.Timestamp;
import dev.rollcall.config.v1.DeleteRequest;
import dev.rollcall.config.v1.HistoryResponse;
import dev.rollcall.config.v1.ListResponse;
import dev.rollcall.config.v1.PutRequest;
import dev.rollcall.config.v1.Setting;
import dev.rollcall.config.v1.WatchRequest;
import dev.rollcall.config.v1.WatchResponse;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.config.Config;
import dev.rollcall.server.config.ConfigWatches;
import dev.rollcall.server.registry.Names;
import dev.rollcall.server.watch.FrameEncoder;
import dev.rollcall.server.watch.WatchEvent;
import java.util.List;
import java.util.OptionalLong;

/** Translates between {@code rollcall.config.v1} and the values of the server. Pure. */
public final class ConfigWire implements FrameEncoder {
  @Override
  public byte[] upsert(Change change) {
    if (!(change instanceof Change.Set set)) {
      throw new IllegalArgumentException("no setting: " + change);
    }
    return frame(element(change).setUpsert(setting(set.setting())));
  }

  @Override
  public byte[] removed(Change change) {
    return frame(element(change).setRemoved(change.key().id()));
  }

  private static dev.rollcall.config.v1.Change.Builder element(Change change) {
    return dev.rollcall.config.v1.Change.newBuilder()
        .setTime(Wire.timestamp(change.cause().time()))
        .setCaller(change.cause().caller());
  }

  /** One element of a watch message: appending it to a message adds the change to it. */
  private static byte[] frame(dev.rollcall.config.v1.Change.Builder element) {
    return WatchResponse.newBuilder().addChanges(element).build().toByteArray();
  }

  /** The header of this message, in front of frames that all followers share. */
  static RawMessage message(WatchEvent event, Timestamp asOf) {
    Position position = event.position();
    byte[] header =
        WatchResponse.newBuilder()
            .setEpoch(position.epoch())
            .setRevision(position.revision())
            .setNonce(position.nonce())
            .setSnapshot(event.snapshot())
            .setMore(event.more())
            .setRecovering(event.recovering())
            .setAsOf(asOf)
            .build()
            .toByteArray();
    return new RawMessage(header, event.frames());
  }

  static Setting setting(dev.rollcall.server.catalog.Setting setting) {
    return Setting.newBuilder()
        .setKey(setting.key())
        .setValue(setting.value())
        .setRevision(setting.revision())
        .setChangedAt(Wire.timestamp(setting.cause().time()))
        .setChangedBy(setting.cause().caller())
        .build();
  }

  static Config.PutCall call(PutRequest request, String caller) {
    return new Config.PutCall(
        Names.namespace(request.getNamespace()),
        request.getKey(),
        request.getValue(),
        request.hasExpectedRevision()
            ? OptionalLong.of(request.getExpectedRevision())
            : OptionalLong.empty(),
        caller);
  }

  static Config.DeleteCall call(DeleteRequest request, String caller) {
    return new Config.DeleteCall(
        Names.namespace(request.getNamespace()),
        request.getKey(),
        request.hasExpectedRevision()
            ? OptionalLong.of(request.getExpectedRevision())
            : OptionalLong.empty(),
        caller);
  }

  static ConfigWatches.Call call(WatchRequest request) {
    return new ConfigWatches.Call(
        Names.namespace(request.getNamespace()),
        request.getPrefix(),
        request.getKey(),
        new Position(request.getEpoch(), request.getAfterRevision(), request.getNonce()));
  }

  static ListResponse page(Config.Page page, Timestamp asOf, boolean recovering) {
    ListResponse.Builder answer =
        ListResponse.newBuilder()
            .setEpoch(page.position().epoch())
            .setRevision(page.position().revision())
            .setAsOf(asOf)
            .setRecovering(recovering)
            .setNextPageToken(page.nextPageToken());
    page.settings().forEach(setting -> answer.addSettings(setting(setting)));
    return answer.build();
  }

  static HistoryResponse history(List<Commit> versions, String epoch) {
    HistoryResponse.Builder answer = HistoryResponse.newBuilder().setEpoch(epoch);
    for (Commit version : versions) {
      answer
          .addVersionsBuilder()
          .setEpoch(version.position().epoch())
          .setSetting(setting(Config.settingOf(version)))
          .setDeleted(version.change() instanceof Change.Unset);
    }
    return answer.build();
  }
}
