// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.dashboard;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests that need a Chromium. Where there is none they are not run, and one line says how many and
 * how to get it; with {@code -Drollcall.browser=required} they fail.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(WhereABrowserIs.class)
@interface InBrowser {}
