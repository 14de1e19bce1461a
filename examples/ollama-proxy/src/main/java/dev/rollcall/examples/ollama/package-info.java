// SPDX-License-Identifier: Apache-2.0

/**
 * One front door for many Ollamas, which are found in the registry by the models that they have.
 *
 * <p>Two halves that only meet in the registry: {@code OllamaAgent} lists the Ollamas that the
 * program is told of as service {@code ollama}; everything else uses what a watch on {@code ollama}
 * shows, whoever listed it. A request goes {@code Front} (a connection) -> {@code Router} (which
 * model?) -> {@code Dispatch} (which instance? {@code Places} knows) -> {@code Upstream}, and its
 * answer goes back byte by byte. Each request has a thread of its own.
 */
@NullMarked
package dev.rollcall.examples.ollama;

import org.jspecify.annotations.NullMarked;
