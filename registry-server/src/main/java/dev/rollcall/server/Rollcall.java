// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program. Exit codes: 0 ok, 1 cannot start, 2 wrong usage. */
public final class Rollcall {
  private static final Logger log = LoggerFactory.getLogger(Rollcall.class);
  private static final long STOP_WITHIN_MILLIS = 9_500;

  private Rollcall() {}

  /** Runs a verb and exits; {@code server} runs until a signal ends it. */
  public static void main(String[] args) {
    Thread.setDefaultUncaughtExceptionHandler(Rollcall::died);
    System.exit(program(System.getenv(), RollcallServer::start, Rollcall::stay).execute(args));
  }

  /**
   * A server with a dead thread looks alive and answers nothing: better it ends and is restarted.
   */
  private static void died(Thread thread, Throwable why) {
    log.error("thread {} died, stopping", thread.getName(), why);
    Runtime.getRuntime().halt(CommandLine.ExitCode.SOFTWARE);
  }

  /** All verbs; tests bring an environment, a server and an end of their own. */
  static CommandLine program(
      Map<String, String> environment, Running.Starter starter, Function<Running, Runnable> stay) {
    String version = "rollcall " + Version.current();
    CommandSpec root = CommandSpec.create().name("rollcall").mixinStandardHelpOptions(true);
    root.version(version);
    root.usageMessage()
        .description("Service discovery over gRPC: who is here, where, and can I call them now.");
    root.addSubcommand("server", new ServerCommand(environment, starter, stay).spec());
    CommandLine program = new CommandLine(root);
    program.addSubcommand("health", health(program, environment));
    program.addSubcommand("version", version(program, version));
    program.setParameterExceptionHandler((error, args) -> wrongUsage(error));
    return program;
  }

  /** Here it is for the list of verbs; the start script runs it on its own. */
  private static CommandSpec health(CommandLine program, Map<String, String> environment) {
    PositionalParamSpec rest =
        PositionalParamSpec.builder().type(String[].class).arity("0..*").paramLabel("URL").build();
    Callable<Integer> ask =
        () -> {
          String[] args = rest.getValue() instanceof String[] given ? given : new String[0];
          return HealthCommand.run(args, environment, program.getOut(), program.getErr());
        };
    CommandSpec spec = CommandSpec.wrapWithoutInspection(ask).addPositional(rest);
    spec.parser().unmatchedOptionsArePositionalParams(true);
    spec.usageMessage().description("Asks a server whether it may be sent calls.");
    return spec;
  }

  private static CommandSpec version(CommandLine program, String version) {
    Callable<Integer> print =
        () -> {
          program.getOut().printf("%s (Java %s)%n", version, Runtime.version());
          program.getOut().flush();
          return CommandLine.ExitCode.OK;
        };
    CommandSpec spec = CommandSpec.wrapWithoutInspection(print).mixinStandardHelpOptions(true);
    spec.usageMessage().description("Prints the version.");
    return spec;
  }

  private static int wrongUsage(ParameterException error) {
    CommandLine command = error.getCommandLine();
    String line = String.valueOf(error.getMessage());
    if (error instanceof UnmatchedArgumentException unmatched
        && !unmatched.getUnmatched().isEmpty()) {
      String typed = unmatched.getUnmatched().get(0).split("=", 2)[0];
      line = "unknown %s; %s".formatted(typed, Nearest.question(typed, known(command)));
    }
    command.getErr().println("rollcall: " + line);
    if (error.getClass() == ParameterException.class && command.getParent() == null) {
      // no verb at all: say which there are
      command.usage(command.getErr());
    }
    return CommandLine.ExitCode.USAGE;
  }

  private static List<String> known(CommandLine command) {
    List<String> known = new ArrayList<>(command.getSubcommands().keySet());
    for (OptionSpec option : command.getCommandSpec().options()) {
      known.add(option.longestName());
    }
    return known;
  }

  /** From now on SIGTERM and SIGINT close the server and end the process with 0. */
  private static Runnable stay(Running server) {
    Thread stop = new Thread(() -> stop(server), "rollcall-stop");
    Runtime.getRuntime().addShutdownHook(stop);
    return Rollcall::sleep;
  }

  private static void sleep() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void stop(Running server) {
    Thread closing = new Thread(server::close, "rollcall-close");
    closing.setDaemon(true);
    closing.start();
    try {
      closing.join(STOP_WITHIN_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Logging.end();
    // a signal was asked for and followed: not the 143 that the JVM would answer
    Runtime.getRuntime().halt(CommandLine.ExitCode.OK);
  }
}
