// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.helm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the chart makes of single values, and what it says to wrong ones. */
final class ValuesTest {
  private static Cluster cluster;

  @TempDir Path directory;

  @BeforeAll
  static void open() throws IOException {
    cluster = Cluster.open();
  }

  @AfterAll
  static void close() {
    cluster.close();
  }

  @Test
  void beforeKubernetes130_thePauseIsACommand() throws IOException {
    assertThat(Chart.render(directory, "{}", "1.29.0")).contains("command: [sleep, \"5\"]");
    assertThat(Chart.render(directory, "{}", "1.30.0"))
        .contains("sleep:\n                seconds: 5");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          replicas: 3                                    | replicas
          store: etcd                                    | /store
          replicaCount: 0                                | /replicaCount
          image: {name: x}                               | name
          image: {digest: latest}                        | /image/digest
          redis: {url: "http://redis"}                   | /redis/url
          redis: {url: "redis://me:secret@redis:6379"}   | redis.existingSecret
          redis: {password: secret}                      | password
          server: {probeAllow: [10.0.0.1]}               | /server/probeAllow/0
          server: {httpHosts: ["http://a"]}              | /server/httpHosts/0
          server: {logLevel: loud}                       | /server/logLevel
          server: {config: {grpc-port: 1}}               | server.config.grpc-port
          insecure: false                                | no access rules
          {store: embedded, autoscaling: {enabled: true}}| store: redis
          {store: embedded, redis: {url: "redis://r"}}   | redis.url
          autoscaling: {enabled: true, minReplicas: 9}   | autoscaling.maxReplicas
          preStopSeconds: 30                             | terminationGracePeriodSeconds
          networkPolicy: {from: []}                      | /networkPolicy/from
          service: {type: ExternalName}                  | /service/type
          """)
  void values_thatAreWrong_areRefusedByName(String values, String named) {
    assertThatThrownBy(() -> Chart.render(directory, values, "1.34.0"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(named);
  }
}
