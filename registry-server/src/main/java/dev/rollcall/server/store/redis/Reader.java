// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * One connection with the few questions that are asked over it. For one thread, but for {@link
 * #hangUp}. Each method blocks until the answer is there and throws {@link JedisException} if none
 * comes.
 */
final class Reader implements AutoCloseable {
  private static final int STEP = 500;

  private final Connection connection;

  Reader(Connection connection) {
    this.connection = connection;
  }

  /** The values of some fields; null for those that are not there. */
  List<Object> fields(byte[] hash, String... fields) {
    return list(ask(Command.HMGET, arguments(hash, fields)));
  }

  /**
   * The values of some fields of several hashes, asked for together; for each a list, or the
   * failure.
   */
  List<Object> fieldsOfEach(List<byte[]> hashes, String... fields) {
    List<Object> all = new ArrayList<>(hashes.size());
    for (int from = 0; from < hashes.size(); from += STEP) {
      List<byte[]> some = hashes.subList(from, Math.min(hashes.size(), from + STEP));
      some.forEach(hash -> connection.sendCommand(Command.HMGET, arguments(hash, fields)));
      all.addAll(connection.getMany(some.size()));
    }
    return all;
  }

  private static byte[][] arguments(byte[] hash, String... fields) {
    byte[][] arguments = new byte[fields.length + 1][];
    arguments[0] = hash;
    for (int i = 0; i < fields.length; i++) {
      arguments[i + 1] = Keys.bytes(fields[i]);
    }
    return arguments;
  }

  /** Entries of a log from a revision on, oldest first. */
  List<Entry> forward(byte[] log, long from, int most) {
    return entries(
        ask(
            Command.XRANGE,
            log,
            Keys.bytes(from + "-0"),
            Keys.bytes("+"),
            Keys.bytes("COUNT"),
            Keys.bytes(most)));
  }

  /** Entries of a log from a revision back, newest first. */
  List<Entry> backward(byte[] log, long from, int most) {
    sendBackward(log, from, most);
    return entries(answer());
  }

  /** Asks for the same, to be read from the {@link #answer}. */
  void sendBackward(byte[] log, long from, int most) {
    send(
        Command.XREVRANGE,
        log,
        from == Long.MAX_VALUE ? Keys.bytes("+") : Keys.bytes(from + "-0"),
        Keys.bytes("-"),
        Keys.bytes("COUNT"),
        Keys.bytes(most));
  }

  /** Whatever a command answers. */
  Object ask(Command command, byte[]... arguments) {
    send(command, arguments);
    return answer();
  }

  /** Sends a command; {@link #answer} must follow, before anything else is asked. */
  void send(Command command, byte[]... arguments) {
    connection.sendCommand(command, arguments);
  }

  /** The answer to what was sent. */
  Object answer() {
    return connection.getOne();
  }

  /** Sends these calls together; the answers are in the same order, failures among them. */
  List<Object> run(List<Call> calls) {
    calls.forEach(call -> connection.sendCommand(Command.EVALSHA, call.arguments()));
    List<Object> answers = connection.getMany(calls.size());
    List<Object> complete = new ArrayList<>(answers);
    for (int i = 0; i < calls.size(); i++) {
      if (answers.get(i) instanceof JedisDataException e && noScript(e)) {
        // after a restart of Redis, or for the first time
        ask(Command.SCRIPT, Keys.bytes("LOAD"), calls.get(i).script().text());
        connection.sendCommand(Command.EVALSHA, calls.get(i).arguments());
        complete.set(i, connection.getMany(1).get(0));
      }
    }
    return complete;
  }

  /** Runs one script. */
  List<Object> run(Call call) {
    Object answer = run(List.of(call)).get(0);
    if (answer instanceof JedisException e) {
      throw e;
    }
    return list(answer);
  }

  /** Ends whatever is being waited for. From any thread. */
  void hangUp() {
    try {
      connection.forceDisconnect();
    } catch (IOException e) {
      // it is closed already
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (JedisException e) {
      // it was broken, and is gone now
    }
  }

  /** Why a connection failed, in a few words. */
  static String reason(Throwable failure) {
    Throwable last = failure;
    while (last.getCause() != null && last.getCause() != last) {
      last = last.getCause();
    }
    if (last.getSuppressed().length > 0) {
      // the client library hides there why it could not connect
      return last.getMessage() + " " + last.getSuppressed()[0].getMessage();
    }
    String text = last.getMessage();
    return text == null || text.isBlank() ? last.getClass().getSimpleName() : text;
  }

  static boolean noScript(JedisDataException e) {
    return says(e, "NOSCRIPT");
  }

  /** Whether Redis refused with this code, itself or, before Redis 7, inside of a script. */
  static boolean says(JedisDataException e, String code) {
    String text = e.getMessage();
    return text != null && (text.startsWith(code) || text.contains(": -" + code + " "));
  }

  @SuppressWarnings("unchecked")
  static List<Object> list(Object answer) {
    return (List<Object>) answer;
  }

  static List<Entry> entries(Object answer) {
    List<Entry> entries = new ArrayList<>();
    for (Object entry : list(answer)) {
      entries.add(Entry.of(list(entry)));
    }
    return entries;
  }
}
