// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;

/** A certificate for 127.0.0.1 that signs itself, as files: PEM for servers, a trust store. */
public final class ServerCertificate {
  private static final String PASSWORD = "changeit";

  private final Path directory;

  /** Makes one. */
  public ServerCertificate(Path directory) throws Exception {
    this.directory = directory;
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                "server",
                "-dname",
                "CN=server",
                "-ext",
                "san=ip:127.0.0.1",
                "-storepass",
                PASSWORD,
                "-keystore",
                trustStore().toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (keytool.waitFor() != 0) {
      throw new IOException("keytool failed");
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(trustStore())) {
      store.load(in, PASSWORD.toCharArray());
    }
    write(key(), "PRIVATE KEY", store.getKey("server", PASSWORD.toCharArray()).getEncoded());
    write(certificate(), "CERTIFICATE", store.getCertificate("server").getEncoded());
    trust(store);
  }

  private void trust(KeyStore store) throws IOException, GeneralSecurityException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("server", store.getCertificate("server"));
    try (var out = Files.newOutputStream(trustStore())) {
      trusted.store(out, PASSWORD.toCharArray());
    }
  }

  private static void write(Path file, String what, byte[] bytes) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    Files.writeString(
        file, "-----BEGIN %1$s-----%n%2$s%n-----END %1$s-----%n".formatted(what, text));
  }

  /** Its key. */
  public Path key() {
    return directory.resolve("server-key.pem");
  }

  /** Itself. */
  public Path certificate() {
    return directory.resolve("server.pem");
  }

  private Path trustStore() {
    return directory.resolve("trust.p12");
  }

  /** Options of a JVM that trusts it. */
  public String trustOptions() {
    return "-Djavax.net.ssl.trustStore=%s -Djavax.net.ssl.trustStorePassword=%s"
        .formatted(trustStore(), PASSWORD);
  }
}
