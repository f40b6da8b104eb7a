package io.peregrine.bench;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.foreign.Arena;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// What the module system cannot say about the direction of imports. It lives here because `bench` sees them all.
class ArchitectureTest {

    private static final JavaClasses LIBRARY = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.peregrine.core", "io.peregrine.kernels", "io.peregrine.model");

    @Test
    void allThreeModulesAreRead() {
        Set<String> modules = LIBRARY.stream()
                .map(type -> type.getPackageName().split("\\.")[2])
                .collect(Collectors.toSet());
        assertEquals(Set.of("core", "kernels", "model"), modules);
    }

    @Test
    void onlyVectorKernelsTouchTheVectorApi() {
        noClasses()
                .that(not(resideInAPackage("io.peregrine.kernels.vector..")))
                .should()
                .dependOnClassesThat(resideInAPackage("jdk.incubator.vector.."))
                .check(LIBRARY);
    }

    @Test
    void onlyImagesTouchTheDesktopModule() {
        noClasses()
                .that(not(resideInAPackage("io.peregrine.model.image..")))
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.awt..", "javax.imageio..", "javax.swing.."))
                .check(LIBRARY);
    }

    @Test
    void architecturesAreMadeOfBlocks() {
        noClasses()
                .that(resideInAPackage("io.peregrine.model.arch.."))
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        "io.peregrine.kernels.vector..",
                        "io.peregrine.kernels.scalar..",
                        "io.peregrine.kernels.format..",
                        "java.util.concurrent..",
                        "java.lang.foreign.."))
                .allowEmptyShould(true)
                .check(LIBRARY);
    }

    @Test
    void memoryHasOneOwner() {
        noClasses()
                .that(not(resideInAPackage("io.peregrine.core.memory..")))
                .should()
                .callMethod(Arena.class, "ofShared")
                .orShould()
                .callMethod(Arena.class, "ofConfined")
                .orShould()
                .callMethod(Arena.class, "ofAuto")
                .orShould()
                .callMethod(Arena.class, "global")
                .check(LIBRARY);
    }

    @Test
    void theLibraryNeverEndsTheProcess_norLeavesTheSafeApis() {
        noClasses()
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(System.class, "load", String.class)
                .orShould()
                .callMethod(System.class, "loadLibrary", String.class)
                .orShould()
                .dependOnClassesThat(resideInAPackage("sun.."))
                .check(LIBRARY);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.peregrine.model.(*)..")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true)
                .check(LIBRARY);
        slices().matching("io.peregrine.core.(*)..").should().beFreeOfCycles().check(LIBRARY);
    }
}
