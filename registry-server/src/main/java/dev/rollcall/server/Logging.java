// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import dev.rollcall.server.ServerConfig.LogFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets the log follow the flags; until then it is as in logback.xml. */
final class Logging {
  /** Kept here: the JDK forgets the level of a logger that nobody holds. */
  private static final java.util.logging.Logger GRPC =
      java.util.logging.Logger.getLogger("io.grpc");

  private Logging() {}

  /** Writes what waits to be written. */
  static void end() {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.stop();
    }
  }

  static void follow(ServerConfig config) {
    // gRPC logs a stack trace for a client's mistake (a message over the limit); clients are told
    GRPC.setLevel(java.util.logging.Level.SEVERE);
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
      return;
    }
    Level level = Level.toLevel(config.logLevel());
    context.getLogger("dev.rollcall").setLevel(level);
    if (config.logFormat() == LogFormat.JSON
        && context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("stderr")
            instanceof ConsoleAppender<ILoggingEvent> console) {
      JsonEncoder json = new JsonEncoder();
      json.setContext(context);
      json.setWithFormattedMessage(true);
      json.setWithMessage(false);
      json.setWithArguments(false);
      json.setWithSequenceNumber(false);
      json.setWithNanoseconds(false);
      json.setWithContext(false);
      json.start();
      console.stop();
      console.setEncoder(json);
      console.start();
    }
  }
}
