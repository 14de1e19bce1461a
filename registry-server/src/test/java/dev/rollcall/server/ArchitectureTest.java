// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import static com.tngtech.archunit.lang.SimpleConditionEvent.violated;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** The architecture as rules; docs/architecture.md holds the same as a picture. */
@AnalyzeClasses(
    packages = "dev.rollcall.server",
    importOptions = {
      ImportOption.DoNotIncludeTests.class,
      ArchitectureTest.DoNotIncludeGenerated.class
    })
final class ArchitectureTest {
  private static final String ROOT = "dev.rollcall.server";

  /** Rooms by floor. A room sees itself and lower floors, never its neighbours or upwards. */
  private static final List<Set<String>> FLOORS =
      List.of(
          Set.of("catalog", "loop", "telemetry"),
          Set.of("store", "watch", "lease", "probe", "access"),
          Set.of("ledger"),
          Set.of("registry", "config", "relay", "history"),
          Set.of("grpc", "http", "xds"),
          Set.of(""));

  /** What protoc writes follows its own rules. */
  static final class DoNotIncludeGenerated implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("/store/record/");
    }
  }

  @ArchTest static final ArchRule floors = classes().should(lookOnlyDownwards());

  @ArchTest
  static final ArchRule noCycles = slices().matching(ROOT + ".(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule facesReachTheCoreThroughUseCases =
      noClasses()
          .that()
          .resideInAnyPackage(rooms("grpc", "http", "xds"))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(rooms("store", "lease", "probe", "ledger"));

  @ArchTest
  static final ArchRule onlyWiringChoosesTheStore =
      noClasses()
          .that()
          .resideOutsideOfPackages(ROOT, ROOT + ".store..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(rooms("store.sqlite", "store.redis"));

  @ArchTest
  static final ArchRule measurementsAreDefinedInOneRoom =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + ".telemetry")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.micrometer..", "io.prometheus..");

  @ArchTest
  static final ArchRule catalogIsPlainValues =
      classes()
          .that()
          .resideInAPackage(ROOT + ".catalog")
          .and()
          .doNotHaveSimpleName("package-info")
          .and()
          .areTopLevelClasses()
          .should()
          .beRecords()
          .orShould()
          .beEnums()
          .orShould()
          .beInterfaces();

  @ArchTest
  static final ArchRule protoStaysAtTheEdge =
      noClasses()
          .that()
          .resideInAnyPackage(
              rooms("catalog", "loop", "watch", "lease", "ledger", "registry", "config", "history"))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.grpc..",
              "com.google.protobuf..",
              "dev.rollcall.registry.v1..",
              "dev.rollcall.relay.v1..");

  @ArchTest
  static final ArchRule onlyLoopsKnowTimeAndThreads =
      noClasses()
          .that()
          .resideOutsideOfPackages(ROOT, ROOT + ".loop")
          .should()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(Instant.class, "now")
          .orShould()
          .callMethod(Thread.class, "sleep", long.class)
          .orShould()
          .callConstructor(Thread.class, Runnable.class)
          .orShould()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.util.concurrent.Executors");

  @ArchTest
  static final ArchRule namesTell =
      noClasses()
          .should()
          .haveNameMatching(".*(Impl|Utils?|Helper|Manager|Common|Base)(\\$.*)?")
          .orShould()
          .haveSimpleNameStartingWith("Abstract")
          .orShould()
          .resideInAnyPackage("..util..", "..common..", "..impl..", "..misc..");

  /** The root room prints the readiness line and start-up errors. */
  @ArchTest
  static final ArchRule noPrinting =
      noClasses().that().resideOutsideOfPackage(ROOT).should(ACCESS_STANDARD_STREAMS);

  /** NullAway checks only what is marked. */
  @ArchTest
  static final ArchRule everyRoomIsNullMarked =
      classes()
          .that()
          .haveSimpleName("package-info")
          .should()
          .beAnnotatedWith(org.jspecify.annotations.NullMarked.class);

  @ArchTest static final ArchRule noGenericExceptions = NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS;

  private static String[] rooms(String... names) {
    return List.of(names).stream().map(n -> ROOT + "." + n + "..").toArray(String[]::new);
  }

  private static String roomOf(JavaClass type) {
    String name = type.getPackageName();
    return name.equals(ROOT) ? "" : name.substring(ROOT.length() + 1).split("\\.")[0];
  }

  private static int floorOf(JavaClass type) {
    for (int floor = 0; floor < FLOORS.size(); floor++) {
      if (FLOORS.get(floor).contains(roomOf(type))) {
        return floor;
      }
    }
    throw new AssertionError(type.getName() + ": room not on any floor; add it to FLOORS");
  }

  private static ArchCondition<JavaClass> lookOnlyDownwards() {
    return new ArchCondition<>("look only downwards") {
      @Override
      public void check(JavaClass from, ConditionEvents events) {
        from.getDirectDependenciesFromSelf().stream()
            .filter(d -> d.getTargetClass().getPackageName().startsWith(ROOT))
            .filter(d -> !roomOf(from).equals(roomOf(d.getTargetClass())))
            .filter(d -> floorOf(from) <= floorOf(d.getTargetClass()))
            .forEach(d -> events.add(violated(d, d.getDescription())));
      }
    };
  }
}
