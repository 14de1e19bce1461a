// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.sqlite;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicReference;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** Real connections to a file, at whose COMMIT (or opening) a test may let something happen. */
final class FaultyConnection implements Database.Connector {
  /** What happens instead of one COMMIT. */
  interface Fault {
    void at(Statement statement) throws SQLException;
  }

  private final String url;
  private final AtomicReference<Fault> nextCommit = new AtomicReference<>();
  private volatile SQLException refusal;
  private volatile Connection newest;

  FaultyConnection(String url) {
    this.url = url;
  }

  /** An error as SQLite itself makes it. */
  static SQLException error(SQLiteErrorCode code) {
    return new SQLiteException("made up: " + code, code);
  }

  /** Lets the next COMMIT fail before it does anything. */
  void failCommit(SQLiteErrorCode code) {
    nextCommit.set(
        statement -> {
          throw error(code);
        });
  }

  /** Lets the next COMMIT keep everything, and fail then. */
  void failAfterCommit(SQLiteErrorCode code) {
    nextCommit.set(
        statement -> {
          statement.execute("COMMIT");
          throw error(code);
        });
  }

  /** Lets no connection be opened any more. */
  void refuseConnections() {
    refusal = error(SQLiteErrorCode.SQLITE_CANTOPEN);
  }

  /** Bounds the file: what a full disk does. Between transactions only. */
  void limitPages(long pages) throws SQLException {
    try (Statement statement = newest.createStatement()) {
      statement.execute("PRAGMA max_page_count = " + pages);
    }
  }

  @Override
  public Connection connect() throws SQLException {
    SQLException why = refusal;
    if (why != null) {
      throw why;
    }
    Connection real = DriverManager.getConnection(url);
    newest = real;
    return proxy(
        Connection.class,
        real,
        (name, result) ->
            name.equals("createStatement") ? faulty((Statement) result.call()) : result.call());
  }

  private Statement faulty(Statement real) {
    return (Statement)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Statement.class},
            (proxy, method, args) -> {
              if (method.getName().equals("execute") && "COMMIT".equals(args[0])) {
                Fault fault = nextCommit.getAndSet(null);
                if (fault != null) {
                  fault.at(real);
                }
              }
              return call(() -> method.invoke(real, args));
            });
  }

  private interface Call {
    Object call() throws Throwable;
  }

  private interface Around {
    Object call(String method, Call real) throws Throwable;
  }

  private static <T> T proxy(Class<T> type, T real, Around around) {
    return type.cast(
        Proxy.newProxyInstance(
            FaultyConnection.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, args) ->
                around.call(method.getName(), () -> call(() -> method.invoke(real, args)))));
  }

  private static Object call(Call real) throws Throwable {
    try {
      return real.call();
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
