// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import dev.rollcall.examples.ollama.Places.Place;
import dev.rollcall.examples.ollama.Places.Why;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the Ollama that answers a question: one with the model, and another one where the first
 * gives no answer. As soon as a byte of an answer is here, it is the answer.
 */
final class Dispatch {
  private static final int MOST_TRIES = 4;
  private static final int ERROR_BYTES = 64 << 10;

  private final Places places;
  private final Upstream upstream;

  Dispatch(Places places, Upstream upstream) {
    this.places = places;
    this.upstream = upstream;
  }

  Places places() {
    return places;
  }

  /** What came of it. */
  sealed interface Outcome {
    /** An answer that has begun. Close it. */
    record Begun(Upstream.Reply reply, Optional<Place> place, Map<String, String> headers)
        implements Outcome, AutoCloseable {
      @Override
      public void close() {
        reply.close();
        place.ifPresent(Place::close);
      }
    }

    /** An Ollama's own words, or those of the proxy in the same form. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Failed(int status, byte[] body, Map<String, String> headers) implements Outcome {}

    /** Nobody waits for it any more. */
    record Left() implements Outcome {}
  }

  /**
   * Asks whoever is to answer.
   *
   * @param work whether it takes a place: the model has to think
   */
  Outcome ask(String model, Upstream.Ask ask, boolean work, Gone caller) {
    Set<String> tried = new HashSet<>();
    @Nullable Outcome last = null;
    boolean again = false;
    for (int tries = 0; tries < MOST_TRIES; tries++) {
      Places.Answer answer = work ? places.take(model, tried, caller) : places.peek(model, tried);
      if (answer instanceof Places.Answer.None none) {
        if (none.why() == Why.CALLER_GONE) {
          return new Outcome.Left();
        }
        return last != null && none.why() == Why.ALL_TRIED ? last : refusal(none.why(), model, ask);
      }
      Place place = ((Places.Answer.Granted) answer).place();
      try {
        Outcome outcome = finished(upstream.ask(place.backend, ask, caller), place);
        if (outcome instanceof Outcome.Begun) {
          return outcome;
        }
        last = outcome;
        tried.add(place.backend.address());
      } catch (IOException e) {
        place.close();
        if (caller.isGone()) {
          return new Outcome.Left();
        }
        last = unanswered(place.backend, String.valueOf(e.getMessage()), ask);
        // a connection that was kept may have been closed meanwhile: worth a second try
        if (again || places.others(model, place.backend) || refused(e)) {
          tried.add(place.backend.address());
        }
        again = true;
      }
    }
    return last == null ? new Outcome.Left() : last;
  }

  private static boolean refused(IOException e) {
    return !String.valueOf(e.getMessage()).startsWith("connection lost");
  }

  /** What is worth asking another one is read to its end; anything else is the answer. */
  private static Outcome finished(Upstream.Reply reply, Place place) throws IOException {
    Map<String, String> headers = Headers.back(reply.headers());
    headers.put("X-Rollcall-Instance", place.backend.id());
    headers.put("X-Rollcall-Route", place.route);
    if (reply.status() != 404 && reply.status() != 503) {
      return new Outcome.Begun(reply, Optional.of(place), headers);
    }
    try (place;
        reply) {
      var body = new ByteArrayOutputStream();
      byte[] buffer = reply.buffer();
      for (int count = reply.read(buffer);
          count >= 0 && body.size() < ERROR_BYTES;
          count = reply.read(buffer)) {
        body.write(buffer, 0, count);
      }
      if (reply.status() == 503) {
        headers.putIfAbsent("retry-after", "1");
      }
      return new Outcome.Failed(reply.status(), body.toByteArray(), headers);
    }
  }

  private static Outcome unanswered(Backend backend, String why, Upstream.Ask ask) {
    Map<String, String> headers = new TreeMap<>(Map.of("X-Rollcall-Instance", backend.id()));
    return Words.failed(ask.uri(), 502, backend.id() + " did not answer: " + why, headers);
  }

  private static Outcome refusal(Why why, String model, Upstream.Ask ask) {
    Map<String, String> later = new TreeMap<>(Map.of("Retry-After", "1"));
    return switch (why) {
      case QUEUE_FULL -> Words.failed(ask.uri(), 503, Words.BUSY, later);
      case WAITED_TOO_LONG ->
          Words.failed(ask.uri(), 503, "server busy, no place in time, please try again", later);
      default -> Words.failed(ask.uri(), 404, Words.noModel(model), new TreeMap<>());
    };
  }
}
