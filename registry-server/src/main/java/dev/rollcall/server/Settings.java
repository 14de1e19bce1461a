// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * What was given for each flag, and where: the command line wins over the environment, that over
 * the file, that over the preset. Reads values as what they are meant to be; the error names the
 * place where the value stands.
 */
final class Settings {
  private static final String PREFIX = "ROLLCALL_";
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

  private record Given(String where, String value) {}

  private final Map<Flag, Given> given = new EnumMap<>(Flag.class);

  private Settings() {
    for (Flag flag : Flag.values()) {
      given.put(flag, new Given(flag.option(), flag.preset()));
    }
  }

  /**
   * Gathers from all places.
   *
   * @param options as given on the command line
   * @param environment all variables; those that nobody knows are only warned of, because an
   *     orchestrator sets some of that prefix for its own reasons
   * @throws UsageException if the file cannot be read, or has a key that nobody knows
   */
  static Settings gather(
      Map<Flag, String> options, Map<String, String> environment, Consumer<String> warn) {
    Settings settings = new Settings();
    Map<Flag, Given> variables = variables(environment, warn);
    Map<Flag, Given> flags = new EnumMap<>(Flag.class);
    options.forEach((flag, value) -> flags.put(flag, new Given(flag.option(), value)));
    Given config = flags.getOrDefault(Flag.CONFIG, variables.get(Flag.CONFIG));
    if (config != null) {
      settings.given.putAll(file(config));
    }
    settings.given.putAll(variables);
    settings.given.putAll(flags);
    return settings;
  }

  /** What the SDK reads: may well stand in the same environment. */
  private static final Set<String> OF_CLIENTS =
      Set.of("ROLLCALL_ADDR", "ROLLCALL_NAMESPACE", "ROLLCALL_ZONE", "ROLLCALL_ADVERTISE_HOST");

  private static Map<Flag, Given> variables(
      Map<String, String> environment, Consumer<String> warn) {
    Map<Flag, Given> variables = new EnumMap<>(Flag.class);
    List<String> known = Arrays.stream(Flag.values()).map(Flag::variable).toList();
    for (Map.Entry<String, String> entry : new TreeMap<>(environment).entrySet()) {
      String name = entry.getKey();
      if (known.contains(name)) {
        Flag flag = Flag.valueOf(name.substring(PREFIX.length()));
        variables.put(flag, new Given(name, entry.getValue()));
      } else if (name.startsWith(PREFIX) && !OF_CLIENTS.contains(name)) {
        warn.accept(
            "environment variable %s is not known and ignored; %s"
                .formatted(name, Nearest.question(name, known)));
      }
    }
    return variables;
  }

  private static Map<Flag, Given> file(Given config) {
    List<String> known =
        Arrays.stream(Flag.values()).filter(f -> f != Flag.CONFIG).map(Flag::key).toList();
    Map<Flag, Given> values = new EnumMap<>(Flag.class);
    document(config)
        .forEach(
            (key, value) -> {
              String name = String.valueOf(key);
              if (!known.contains(name)) {
                throw new UsageException(
                    "%s: unknown key %s; %s"
                        .formatted(config.value(), name, Nearest.question(name, known)));
              }
              String where = name + " in " + config.value();
              if (value == null || value instanceof Map || value instanceof Iterable) {
                throw UsageException.value(where, String.valueOf(value), "one value");
              }
              Flag flag = Flag.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
              values.put(flag, new Given(where, value.toString()));
            });
    return values;
  }

  /** The YAML document in the file that a flag names. */
  Map<?, ?> document(Flag flag) {
    return document(entry(flag));
  }

  private static Map<?, ?> document(Given config) {
    String expected = "a YAML file of keys and values";
    try {
      String text = Files.readString(Path.of(config.value()), StandardCharsets.UTF_8);
      LoadSettings strict =
          LoadSettings.builder().setAllowDuplicateKeys(false).setLabel(config.value()).build();
      Object document = new Load(strict).loadFromString(text);
      if (document == null) {
        return Map.of();
      }
      if (document instanceof Map<?, ?> map) {
        return map;
      }
      throw UsageException.value(config.where(), config.value() + " holds no keys", expected);
    } catch (IOException e) {
      throw UsageException.value(config.where(), "cannot read " + e.getMessage(), expected);
    } catch (MarkedYamlEngineException e) {
      String line = e.getProblemMark().map(mark -> ", line " + (mark.getLine() + 1)).orElse("");
      throw UsageException.value(
          config.where(), config.value() + line + ": " + e.getProblem(), expected);
    } catch (YamlEngineException e) {
      throw UsageException.value(config.where(), config.value() + ": " + e.getMessage(), expected);
    }
  }

  /** Where the value of a flag comes from, as an error names it. */
  String where(Flag flag) {
    return entry(flag).where();
  }

  /** A share of a hundred, written with or without its sign. */
  int percent(Flag flag) {
    String text = text(flag);
    String digits = text.endsWith("%") ? text.substring(0, text.length() - 1) : text;
    if (!digits.matches("[0-9]{1,3}") || Integer.parseInt(digits) > 100) {
      throw refused(flag, "a percentage from 0% to 100%");
    }
    return Integer.parseInt(digits);
  }

  /** As it was given. */
  String text(Flag flag) {
    return entry(flag).value();
  }

  private Given entry(Flag flag) {
    Given entry = given.get(flag);
    if (entry == null) {
      throw new AssertionError("every flag has a preset: " + flag);
    }
    return entry;
  }

  UsageException refused(Flag flag, String expected) {
    return UsageException.value(where(flag), quoted(text(flag)), expected);
  }

  private static String quoted(String value) {
    return value.isEmpty() ? "''" : value;
  }

  boolean toggle(Flag flag) {
    return choice(flag, List.of("true", "false")).equals("true");
  }

  String choice(Flag flag, List<String> allowed) {
    String value = text(flag).toLowerCase(Locale.ROOT);
    if (!allowed.contains(value)) {
      throw refused(flag, String.join(" or ", allowed));
    }
    return value;
  }

  /** Values between commas; empty: none. */
  List<String> list(Flag flag) {
    return text(flag).isBlank()
        ? List.of()
        : Arrays.stream(text(flag).split(",", -1)).map(String::strip).toList();
  }

  int number(Flag flag, int least, int most, String what) {
    String expected = "%s from %d to %d".formatted(what, least, most);
    try {
      int value = Integer.parseInt(text(flag));
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw refused(flag, expected);
    }
    throw refused(flag, expected);
  }

  /** A duration within bounds, both of which are spelled as they are typed. */
  Duration duration(Flag flag, String least, String most) {
    Duration value = duration(text(flag));
    if (value.isNegative()
        || value.compareTo(duration(least)) < 0
        || value.compareTo(duration(most)) > 0) {
      throw refused(
          flag, "a duration from %s to %s, such as 500ms, 10s, 24h or 7d".formatted(least, most));
    }
    return value;
  }

  /** The duration of this text; negative if it is none. */
  private static Duration duration(String text) {
    Matcher parts = DURATION.matcher(text);
    if (!parts.matches()) {
      return Duration.ofMillis(-1);
    }
    long count = Long.parseLong(parts.group(1));
    return switch (parts.group(2)) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }
}
