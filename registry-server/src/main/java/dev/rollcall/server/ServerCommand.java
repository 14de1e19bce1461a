// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import dev.rollcall.server.store.StoreException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** {@code rollcall server}: reads the settings, starts the server, says so, and stays. */
final class ServerCommand implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(ServerCommand.class);

  private final Map<String, String> environment;
  private final Running.Starter starter;
  private final Function<Running, Runnable> stay;
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

  /**
   * @param stay follows signals for the server from then on; what it returns blocks until one came
   */
  ServerCommand(
      Map<String, String> environment, Running.Starter starter, Function<Running, Runnable> stay) {
    this.environment = environment;
    this.starter = starter;
    this.stay = stay;
  }

  /** The command with an option for each flag. */
  CommandSpec spec() {
    spec.name("server").mixinStandardHelpOptions(true).version("rollcall " + Version.current());
    spec.usageMessage()
        .description("Runs a registry.")
        .footer(
            "",
            "Each flag can also be set in the environment (--grpc-port: ROLLCALL_GRPC_PORT)",
            "and in the file (grpc-port). A flag wins over the environment, that over the file.")
        .width(100)
        .abbreviateSynopsis(true)
        .sortOptions(false);
    for (Flag flag : Flag.values()) {
      OptionSpec.Builder option =
          OptionSpec.builder(flag.option()).type(String.class).description(description(flag));
      if (flag.label().isEmpty()) {
        option.arity("0..1").fallbackValue("true").paramLabel("true|false");
      } else {
        option.arity("1").paramLabel(flag.label());
      }
      spec.addOption(option.build());
    }
    return spec;
  }

  private static String description(Flag flag) {
    boolean shown = !flag.preset().isEmpty() && !flag.label().isEmpty();
    // picocli formats descriptions: a percent sign has to say that it is one
    return flag.description()
        + (shown ? " (default: " + flag.preset().replace("%", "%%") + ")" : "");
  }

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    Flag store = Flag.DATA_DIR;
    try {
      List<String> warnings = new ArrayList<>();
      ServerConfig config = ServerConfig.of(Settings.gather(options(), environment, warnings::add));
      store = config.redis() == null ? Flag.DATA_DIR : Flag.REDIS_URL;
      Logging.follow(config);
      warnings.forEach(log::warn);
      try (Running server = starter.start(config)) {
        // before it is said: whoever reads the line may send a signal at once
        Runnable untilStopped = stay.apply(server);
        announce(config, server);
        untilStopped.run();
      }
      return CommandLine.ExitCode.OK;
    } catch (UsageException e) {
      err.println("rollcall: " + e.getMessage());
      return CommandLine.ExitCode.USAGE;
    } catch (StoreException e) {
      err.println("rollcall: " + store.option() + ": " + e.getMessage());
    } catch (StartException e) {
      err.println("rollcall: " + e.getMessage());
    } catch (IOException e) {
      err.println("rollcall: cannot start: " + e);
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  private Map<Flag, String> options() {
    Map<Flag, String> options = new EnumMap<>(Flag.class);
    for (Flag flag : Flag.values()) {
      if (spec.findOption(flag.option()).getValue() instanceof String value) {
        options.put(flag, value);
      }
    }
    return options;
  }

  private void announce(ServerConfig config, Running server) {
    String host = config.host().contains(":") ? "[" + config.host() + "]" : config.host();
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "rollcall ready grpc=%s:%d http=%s:%d store=%s%n",
        host, server.grpcPort(), host, server.httpPort(), config.store());
    out.flush();
  }
}
