// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.dashboard;

import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** A headless Chromium of its own, the one on the PATH; nothing is downloaded. */
final class Browser implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final List<String> FLAGS =
      List.of(
          "--headless=new",
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          "--disable-dev-shm-usage",
          "--hide-scrollbars",
          "--force-prefers-reduced-motion");

  /** Silent: it misses a protocol that no test needs; kept, or the JDK forgets the level. */
  private static final Logger PROTOCOL = Logger.getLogger("org.openqa.selenium.devtools");

  private final ChromeDriver driver;
  private final String site;

  /** Opens it for the pages of one server. */
  Browser(int httpPort) {
    PROTOCOL.setLevel(Level.SEVERE);
    ChromeOptions options = new ChromeOptions();
    options.addArguments(FLAGS);
    options.setBinary(program("chromium"));
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.WARNING);
    options.setCapability("goog:loggingPrefs", logs);
    ChromeDriverService service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(program("chromedriver"))
            .usingAnyFreePort()
            .build();
    this.driver = new ChromeDriver(service, options);
    this.site = "http://localhost:" + httpPort + "/";
    size(1280, 860);
  }

  /** Whether there is one on the PATH. */
  static boolean isHere() {
    return find("chromium") != null && find("chromedriver") != null;
  }

  /** Whether its absence is a failure. */
  static boolean isRequired() {
    return "required".equals(System.getProperty("rollcall.browser"));
  }

  private static File program(String name) {
    File program = find(name);
    if (program == null) {
      throw new IllegalStateException(
          name + " is not on the PATH (apt-get install chromium chromium-driver)");
    }
    return program;
  }

  private static @Nullable File find(String name) {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      File file = new File(folder, name);
      if (!folder.isEmpty() && file.canExecute() && file.isFile()) {
        return file;
      }
    }
    return null;
  }

  /** Sets what one sees, in CSS pixels. */
  void size(int width, int height) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
  }

  /** "light" or "dark", as a system would say it. */
  void theme(String theme) {
    Map<String, String> scheme = Map.of("name", "prefers-color-scheme", "value", theme);
    Map<String, String> motion = Map.of("name", "prefers-reduced-motion", "value", "reduce");
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia", Map.of("features", List.of(scheme, motion)));
  }

  /** Loads the page anew at a place: {@code services/order}. */
  void open(String place) {
    driver.get("about:blank");
    driver.get(site + "#/" + place);
    await().atMost(PATIENCE).until(() -> !driver.findElements(By.cssSelector("main h1")).isEmpty());
  }

  /** Goes to a place within the page, as a link does. */
  void go(String place) {
    run("location.hash = arguments[0]", "#/" + place);
  }

  /** Runs a script in the page; answers what it returns. */
  @Nullable Object run(String script, @Nullable Object... arguments) {
    return driver.executeScript(script, arguments);
  }

  /** The same, where the script calls its last argument when it is done. */
  @Nullable Object runAsync(String script, @Nullable Object... arguments) {
    driver.manage().timeouts().scriptTimeout(Duration.ofSeconds(30));
    return driver.executeAsyncScript(script, arguments);
  }

  /** The text that one sees of the whole page. */
  String text() {
    return String.valueOf(run("return document.body.innerText"));
  }

  /** Waits until the page shows a text. */
  void awaitText(String text) {
    await("to see \"" + text + "\"")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(this::text, seen -> seen.contains(text));
  }

  /** Waits until the page does not show a text any more. */
  void awaitNoText(String text) {
    awaitNoText(text, PATIENCE);
  }

  /** The same with a patience of its own. */
  void awaitNoText(String text, Duration patience) {
    await("not to see \"" + text + "\"")
        .atMost(patience)
        .pollInterval(Duration.ofMillis(50))
        .until(this::text, seen -> !seen.contains(text));
  }

  /** Clicks the first element of a kind that shows a text. */
  void click(String selector, String text) {
    await("to click \"" + text + "\"")
        .atMost(PATIENCE)
        .until(
            () ->
                run(
                    "const one = [...document.querySelectorAll(arguments[0])].find((e) =>"
                        + " e.textContent.trim() === arguments[1] && e.offsetParent !== null);"
                        + " one?.click(); return one !== undefined;",
                    selector,
                    text),
            Boolean.TRUE::equals);
  }

  /** Types into the first field of a kind, in place of what is there. */
  void type(String selector, String text) {
    var field = driver.findElement(By.cssSelector(selector));
    field.clear();
    field.sendKeys(text);
  }

  /** Presses keys wherever the focus is. */
  void press(CharSequence... keys) {
    driver.switchTo().activeElement().sendKeys(keys);
  }

  /** What the page complained about since the last time. */
  List<String> complaints() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .map(LogEntry::getMessage)
        .toList();
  }

  /** Keeps a picture of what one sees under target/screenshots. */
  void picture(String name) throws IOException {
    Path file = Path.of("target", "screenshots", name + ".png");
    Files.createDirectories(file.getParent());
    Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
  }

  @Override
  public void close() {
    driver.quit();
  }
}
