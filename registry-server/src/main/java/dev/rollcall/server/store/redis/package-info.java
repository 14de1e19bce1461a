// SPDX-License-Identifier: Apache-2.0

/**
 * The store that several servers share: a Redis.
 *
 * <p>Floor 2 (parts), an adapter of {@code store}. Every write is a Lua script that keeps all of a
 * change or nothing; two {@link dev.rollcall.server.store.redis.Lane lanes} send them, and one
 * {@link dev.rollcall.server.store.redis.Follower} for each connection reads what all servers
 * wrote.
 */
@NullMarked
package dev.rollcall.server.store.redis;

import org.jspecify.annotations.NullMarked;
