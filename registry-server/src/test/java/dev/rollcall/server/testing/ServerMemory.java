// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.net.InetAddress;
import java.net.ServerSocket;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** Looks into a server's memory from outside: heap after a collection, and direct buffers. */
public final class ServerMemory {
  private final int port;

  private ServerMemory(int port) {
    this.port = port;
  }

  /** A view that a server opens when it is started with {@link #javaOptions}. */
  public static ServerMemory onAFreePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new ServerMemory(free.getLocalPort());
    }
  }

  /** What the server must be started with. */
  public String javaOptions() {
    return String.join(
        " ",
        "-XX:+UseSerialGC -Xmx512m -XX:TieredStopAtLevel=1",
        // netty's buffers from the JDK, which counts them
        "-Dio.grpc.netty.shaded.io.netty.maxDirectMemory=0",
        "-Dcom.sun.management.jmxremote.host=127.0.0.1",
        "-Djava.rmi.server.hostname=127.0.0.1",
        "-Dcom.sun.management.jmxremote.port=" + port,
        "-Dcom.sun.management.jmxremote.rmi.port=" + port,
        "-Dcom.sun.management.jmxremote.authenticate=false",
        "-Dcom.sun.management.jmxremote.ssl=false");
  }

  /** Heap after a full collection, and all direct buffers, in bytes. */
  public long usedBytes() throws IOException {
    JMXServiceURL url =
        new JMXServiceURL("service:jmx:rmi:///jndi/rmi://127.0.0.1:%d/jmxrmi".formatted(port));
    try (JMXConnector connector = JMXConnectorFactory.connect(url)) {
      MBeanServerConnection server = connector.getMBeanServerConnection();
      MemoryMXBean memory =
          ManagementFactory.newPlatformMXBeanProxy(
              server, ManagementFactory.MEMORY_MXBEAN_NAME, MemoryMXBean.class);
      memory.gc();
      long used = memory.getHeapMemoryUsage().getUsed();
      for (BufferPoolMXBean pool :
          ManagementFactory.getPlatformMXBeans(server, BufferPoolMXBean.class)) {
        used += pool.getMemoryUsed();
      }
      return used;
    }
  }
}
