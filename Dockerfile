# SPDX-License-Identifier: Apache-2.0
# The server, and each example by its name:
#
#   docker build -t rollcall .
#   docker build -t rollcall-product --target product .
#   docker build -t rollcall-order --target order .
#   docker build -t rollcall-ollama-proxy --target ollama-proxy .
#
# For amd64 and arm64; in another registry's names: --build-arg MAVEN_IMAGE=… --build-arg BASE_IMAGE=…

ARG MAVEN_IMAGE=maven:3.9-eclipse-temurin-17
ARG BASE_IMAGE=debian:bookworm-slim

# ---- all programs, each as a folder of jars ----
FROM ${MAVEN_IMAGE} AS build
# Further options of Maven, such as those of a mirror
ARG MAVEN_FLAGS=""
WORKDIR /src
COPY . .
# Tests and style belong to `mvn verify`
RUN --mount=type=cache,target=/root/.m2/repository \
    mvn -q -DskipTests -Dspotless.check.skip -Dcheckstyle.skip ${MAVEN_FLAGS} package -pl '!helm'
# What changes seldom goes into a layer of its own: out/NAME/libraries and out/NAME/own
RUN set -eu; \
    for program in registry-server/target/*/bin examples/*/target/*/bin; do \
      folder=${program%/bin}; \
      name=$(basename "$folder"); \
      mkdir -p "/out/$name/libraries/lib" "/out/$name/own/lib"; \
      mv "$folder/bin" "/out/$name/own/"; \
      mv "$folder"/lib/rollcall-*.jar "/out/$name/own/lib/"; \
      mv "$folder"/lib/*.jar "/out/$name/libraries/lib/"; \
    done

# ---- a Java of only what is needed ----
FROM ${MAVEN_IMAGE} AS java
RUN jlink --output /opt/java --strip-java-debug-attributes --no-man-pages --no-header-files --compress=2 \
      --add-modules java.base,java.logging,java.management,java.naming,java.net.http,java.sql,jdk.crypto.ec,jdk.httpserver,jdk.jcmd,jdk.jfr,jdk.management,jdk.unsupported \
    && /opt/java/bin/java -Xshare:dump

FROM ${BASE_IMAGE} AS base
ARG VERSION=0.1.0-SNAPSHOT
ARG REVISION=""
LABEL org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.vendor="Rollcall"
COPY --from=java /opt/java /opt/java
ENV JAVA_HOME=/opt/java LANG=C.UTF-8
STOPSIGNAL SIGTERM

# ---- examples: they answer /health on their HTTP port ----
FROM base AS product
LABEL org.opencontainers.image.title="rollcall-product" \
      org.opencontainers.image.description="An example of Rollcall: a warehouse that is found by its name"
COPY --from=build /out/product/libraries /opt/product
COPY --from=build /out/product/own /opt/product
USER 65532:65532
EXPOSE 7081 7091
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${HTTP_PORT:-7091}; printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&3; read -r -u 3 line; [[ $line = *' 200 '* ]]"]
ENTRYPOINT ["/opt/product/bin/product"]

FROM base AS order
LABEL org.opencontainers.image.title="rollcall-order" \
      org.opencontainers.image.description="An example of Rollcall: a shop that finds its warehouses by their name"
COPY --from=build /out/order/libraries /opt/order
COPY --from=build /out/order/own /opt/order
USER 65532:65532
EXPOSE 7080
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${HTTP_PORT:-7080}; printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&3; read -r -u 3 line; [[ $line = *' 200 '* ]]"]
ENTRYPOINT ["/opt/order/bin/order"]

# Beside the proxy the image has ollama-stand-in, which speaks Ollama's API without a model
FROM base AS ollama-proxy
LABEL org.opencontainers.image.title="rollcall-ollama-proxy" \
      org.opencontainers.image.description="An example of Rollcall: a front door for Ollamas, found by their models"
COPY --from=build /out/ollama-proxy/libraries /opt/ollama-proxy
COPY --from=build /out/ollama-proxy/own /opt/ollama-proxy
ENV LISTEN=0.0.0.0
USER 65532:65532
EXPOSE 11434 11435 11436
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${HTTP_PORT:-11435}; printf 'GET /api/version HTTP/1.0\\r\\n\\r\\n' >&3; read -r -u 3 line; [[ $line = *' 200 '* ]]"]
ENTRYPOINT ["/opt/ollama-proxy/bin/ollama-proxy"]

# ---- the server; the last stage is what is built without --target ----
FROM base AS server
LABEL org.opencontainers.image.title="rollcall" \
      org.opencontainers.image.description="Service discovery over gRPC: who is here, where, and can I call them now"
COPY --from=build /out/rollcall/libraries /opt/rollcall
COPY --from=build /out/rollcall/own /opt/rollcall
# A server is started and stopped once, so that the next one finds its classes loaded and checked:
# half the time to start. The heap leaves room for what netty, SQLite and threads take beside it.
RUN set -eu; \
    echo "-XX:MaxRAMPercentage=60" >/opt/rollcall/lib/java.options; \
    cd /tmp; \
    JAVA_OPTS=-XX:ArchiveClassesAtExit=/opt/rollcall/lib/rollcall.jsa \
      /opt/rollcall/bin/rollcall server --grpc-port 0 --http-port 0 --data-dir /tmp/train >train.out & \
    server=$!; \
    for i in $(seq 120); do \
      if grep -q ready /tmp/train.out 2>/dev/null; then break; fi; \
      sleep 0.5; \
    done; \
    kill -TERM "$server"; \
    wait "$server"; \
    rm -rf /tmp/* ; \
    chmod 0444 /opt/rollcall/lib/rollcall.jsa; \
    mkdir /data && chown 65532:65532 /data
# Off loopback it starts only with ROLLCALL_INSECURE=true: this version has no access rules
ENV ROLLCALL_HOST=0.0.0.0 ROLLCALL_DATA_DIR=/data/rollcall
USER 65532:65532
EXPOSE 7070 7071
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s CMD ["/opt/rollcall/bin/rollcall", "health"]
ENTRYPOINT ["/opt/rollcall/bin/rollcall"]
CMD ["server"]
