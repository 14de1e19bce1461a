// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.Rejection.Reason;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where probes may go. Whoever may register an address makes the registry connect to it, so the
 * registry must not become a way into places that only it can reach.
 *
 * <p>A name is resolved once for each probe, every address that it has is checked, and the probe
 * connects to exactly a checked one: a name that resolves to something else the next moment gains
 * nothing. Denied beats allowed. Immutable; from any thread.
 */
public final class ProbeTargets {
  /** What an answer to "who may be probed" is made of where nothing else is said. */
  public static final List<Cidr> PRIVATE =
      Cidr.all("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7");

  /** This machine; allowed where the registry itself listens on loopback. */
  public static final List<Cidr> LOOPBACK = Cidr.all("127.0.0.0/8", "::1/128");

  /** Ports where a stray connection does harm, or tells secrets: ssh, mail, dns, etcd, … */
  public static final Set<Integer> SENSITIVE_PORTS = Set.of(22, 25, 53, 2379, 2380, 6379, 10250);

  /** Never probed, whatever is allowed: the metadata services of clouds among them. */
  private static final List<Cidr> NEVER =
      Cidr.all(
          "0.0.0.0/8",
          "100.100.100.200/32",
          "169.254.0.0/16",
          "192.0.0.192/32",
          "224.0.0.0/4",
          "240.0.0.0/4",
          "::/128",
          "fd00:ec2::/32",
          "fe80::/10",
          "ff00::/8");

  private static final Cidr TRANSLATED = Cidr.all("64:ff9b::/96").get(0);
  private static final Pattern FORM =
      Pattern.compile("(?:\\[([^\\[\\]]*)]|([^:\\[\\]]*)):([1-9][0-9]{0,4})");

  private final Rules rules;
  private final Resolver resolver;

  /** With a resolver of one's own. */
  public ProbeTargets(Rules rules, Resolver resolver) {
    this.rules = rules;
    this.resolver = resolver;
  }

  /** With the system's resolver. */
  public ProbeTargets(Rules rules) {
    this(rules, name -> Arrays.asList(InetAddress.getAllByName(name)));
  }

  /**
   * What may be probed.
   *
   * @param allow only addresses in these ranges
   * @param deny but none in these
   * @param deniedPorts not at any address
   * @param ownPort whether the registry listens on a port: not probed on this machine
   */
  public record Rules(
      List<Cidr> allow, List<Cidr> deny, Set<Integer> deniedPorts, IntPredicate ownPort) {
    /** Copies the collections. */
    public Rules {
      allow = List.copyOf(allow);
      deny = List.copyOf(deny);
      deniedPorts = Set.copyOf(deniedPorts);
    }
  }

  /** Looks names up; may block. From any thread. */
  public interface Resolver {
    /** All addresses of a name. */
    List<InetAddress> resolve(String name) throws UnknownHostException;
  }

  /** What became of an address. */
  sealed interface Located {
    /** It may be probed. */
    record Found(Target target) implements Located {}

    /** It may not, or not now. */
    record Refused(Finding finding) implements Located {}
  }

  /** Whether this host:port names its host, so that it is looked up, which may block. */
  public static boolean needsLookup(String address) {
    Matcher parts = FORM.matcher(address);
    return parts.matches() && parts.group(2) != null && IpLiteral.parse(parts.group(2)) == null;
  }

  /**
   * The one address to connect to, for others than probes that go where instances say they are.
   * Blocks if the host is a name.
   */
  public Outcome<Target> check(String address) {
    Located located = locate(address);
    return located instanceof Located.Refused refused
        ? new Outcome.Refused<>(
            Rejection.of(Reason.RECEIVER_UNREACHABLE, refused.finding().detail()))
        : new Outcome.Done<>(((Located.Found) located).target());
  }

  /** Resolves and checks host:port. Blocks if the host is a name. */
  Located locate(String address) {
    Matcher parts = FORM.matcher(address);
    if (!parts.matches() || Integer.parseInt(parts.group(3)) > 65_535) {
      return refused("not an address: expected host:port");
    }
    boolean bracketed = parts.group(1) != null;
    String host = bracketed ? parts.group(1) : parts.group(2);
    int port = Integer.parseInt(parts.group(3));
    if (rules.deniedPorts().contains(port)) {
      return refused("target not allowed: port " + port + " is denied");
    }
    InetAddress literal = IpLiteral.parse(host);
    if (literal != null && bracketed == host.contains(":")) {
      return choose(host, port, List.of(literal));
    }
    if (bracketed || !IpLiteral.isName(host)) {
      return refused("target not allowed: neither a usual address nor a name");
    }
    try {
      return choose(host, port, resolver.resolve(host));
    } catch (UnknownHostException e) {
      return refused("address does not resolve");
    }
  }

  /** The first address that is allowed, if none is denied. */
  private Located choose(String host, int port, List<InetAddress> addresses) {
    for (InetAddress address : addresses) {
      String rule = denied(byValue(address), port);
      if (!rule.isEmpty()) {
        return refused("target not allowed: " + rule);
      }
    }
    for (InetAddress address : addresses) {
      InetAddress value = byValue(address);
      if (rules.allow().stream().anyMatch(range -> range.contains(value))) {
        return new Located.Found(
            new Target(new InetSocketAddress(plain(address.getAddress()), port), host));
      }
    }
    return refused(
        addresses.isEmpty()
            ? "address does not resolve"
            : "target not allowed: %s is in no range of --probe-allow"
                .formatted(plain(addresses.get(0).getAddress()).getHostAddress()));
  }

  /** The rule that denies an address; empty: none does. */
  private String denied(InetAddress address, int port) {
    for (Cidr range : NEVER) {
      if (range.contains(address)) {
        return "%s is in %s, which is never probed".formatted(address.getHostAddress(), range);
      }
    }
    for (Cidr range : rules.deny()) {
      if (range.contains(address)) {
        return "%s is in %s of --probe-deny".formatted(address.getHostAddress(), range);
      }
    }
    return rules.ownPort().test(port) && ofThisMachine(address)
        ? "port %d is the registry's own".formatted(port)
        : "";
  }

  private static boolean ofThisMachine(InetAddress address) {
    try {
      return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      return true;
    }
  }

  /** An IPv6 address that stands for an IPv4 one is judged as what it stands for. */
  private static InetAddress byValue(InetAddress address) {
    byte[] bytes = address.getAddress();
    // one that is mapped (::ffff:0:0/96) becomes IPv4 here: Java does so itself
    return TRANSLATED.contains(address) ? plain(Arrays.copyOfRange(bytes, 12, 16)) : plain(bytes);
  }

  private static InetAddress plain(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("bytes of an address", e);
    }
  }

  private static Located refused(String detail) {
    return new Located.Refused(Finding.failed(detail));
  }
}
