// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/**
 * A response that is encoded already: a header of its own and chunks that it shares with others.
 * Appending the encodings of two messages merges them, so header and chunks together are one proto
 * message.
 */
final class RawMessage {
  private final byte[] header;
  private final List<byte[]> chunks;

  RawMessage(byte[] header, List<byte[]> chunks) {
    this.header = header;
    this.chunks = chunks;
  }

  int length() {
    int length = header.length;
    for (byte[] chunk : chunks) {
      length += chunk.length;
    }
    return length;
  }

  /** Its bytes, written by the transport without another copy. */
  InputStream stream() {
    return new Bytes(this);
  }

  /** Needs both marks: without the length gRPC buffers it, without draining it copies it. */
  private static final class Bytes extends InputStream implements KnownLength, Drainable {
    private final RawMessage message;
    private int left;
    private int chunk = -1;
    private int at;

    Bytes(RawMessage message) {
      this.message = message;
      this.left = message.length();
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      int drained = left;
      while (left > 0) {
        byte[] current = current();
        target.write(current, at, current.length - at);
        left -= current.length - at;
        at = current.length;
      }
      return drained;
    }

    @Override
    public int read() {
      if (left == 0) {
        return -1;
      }
      left--;
      byte[] current = current();
      return current[at++] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      if (length == 0) {
        return 0;
      }
      if (left == 0) {
        return -1;
      }
      byte[] current = current();
      int read = Math.min(length, current.length - at);
      System.arraycopy(current, at, into, offset, read);
      at += read;
      left -= read;
      return read;
    }

    @Override
    public int available() {
      return left;
    }

    /** The chunk that holds the next byte; only while there is one. */
    private byte[] current() {
      byte[] bytes = chunk < 0 ? message.header : message.chunks.get(chunk);
      while (at == bytes.length) {
        chunk++;
        at = 0;
        bytes = message.chunks.get(chunk);
      }
      return bytes;
    }
  }
}
