// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.util.function.Consumer;

/**
 * The settings below one scope: {@code rollcall.config("order")} holds the keys that begin with
 * {@code order/}. What was heard last stays in use while the registry is away. Safe for all
 * threads.
 */
public final class Config {
  private final ConfigFollower follower;

  Config(ConfigFollower follower) {
    this.follower = follower;
  }

  /**
   * Follows one setting for as long as the client is open. The consumer is called with the fallback
   * at once, on this thread, and from then on with each new value on a thread of its own, one call
   * at a time. Where the key is missing, or is taken away, the value is the fallback. A value that
   * cannot be read as the type is logged, and the last good one stays. A consumer that throws is
   * logged and called again for the next value.
   *
   * @param key below the scope, such as {@code max-items}
   * @param type String, Integer, Long, Double, Boolean or Duration (as {@code 500ms}, {@code 10s},
   *     {@code 5m} or {@code 24h})
   * @param fallback the value as long as there is none
   * @throws IllegalArgumentException when the type is none of these, or the key no path
   */
  public <T> void watch(String key, Class<T> type, T fallback, Consumer<? super T> consumer) {
    follower.follow(key, new Typed<>(key, SettingText.reader(type), fallback, consumer));
  }

  /** One follower of one setting; called one at a time. */
  private static final class Typed<T> implements ConfigFollower.Listener {
    private final String key;
    private final SettingText<T> reader;
    private final T fallback;
    private final Consumer<? super T> consumer;
    private T told;

    Typed(String key, SettingText<T> reader, T fallback, Consumer<? super T> consumer) {
      this.key = key;
      this.reader = reader;
      this.fallback = fallback;
      this.consumer = consumer;
      this.told = fallback;
      consumer.accept(fallback);
    }

    @Override
    public void value(String text) {
      T value;
      try {
        value = reader.read(text);
      } catch (IllegalArgumentException e) {
        ConfigFollower.log.warn(
            "setting {}: \"{}\" is no {}; keeping {}", key, text, reader.form(), told);
        return;
      }
      tell(value);
    }

    @Override
    public void missing() {
      tell(fallback);
    }

    private void tell(T value) {
      if (!value.equals(told)) {
        told = value;
        consumer.accept(value);
      }
    }
  }
}
