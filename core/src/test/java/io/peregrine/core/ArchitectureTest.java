package io.peregrine.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.lang.foreign.Arena;
import java.nio.charset.Charset;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// What `module-info` cannot say about this module.
class ArchitectureTest {

    /// From the build's directory, not the module path, which the library cannot look into.
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPath(Path.of("target", "classes"));

    private static void check(ArchRule rule) {
        rule.check(CLASSES);
    }

    /// A rule over no classes would hold too.
    @Test
    void rules_seeTheClasses() {
        ArchRule broken = noClasses().should().callMethod(Arena.class, "ofShared");
        AssertionError e = assertThrows(AssertionError.class, () -> check(broken));
        assertTrue(String.valueOf(e.getMessage()).contains("io.peregrine.core.memory.ModelMemory"), e.toString());
    }

    @Test
    void onlyMemory_makesArenas() {
        for (String maker : new String[] {"ofShared", "ofConfined", "ofAuto", "global"}) {
            check(noClasses()
                    .that()
                    .resideOutsideOfPackage("io.peregrine.core.memory")
                    .should()
                    .callMethod(Arena.class, maker));
        }
    }

    @Test
    void packages_haveNoCycles() {
        check(slices().matching("io.peregrine.core.(*)").should().beFreeOfCycles());
    }

    @Test
    void tensors_knowNoFilesAndNoMemoryOwner() {
        check(noClasses()
                .that()
                .resideInAPackage("io.peregrine.core.tensor")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.peregrine.core.gguf", "io.peregrine.core.memory"));
        check(noClasses()
                .that()
                .resideInAPackage("io.peregrine.core.memory")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.peregrine.core.gguf", "io.peregrine.core.tensor"));
    }

    @Test
    void nothing_endsTheJvmOrReachesBelowIt() {
        check(noClasses().should().callMethod(System.class, "exit", int.class));
        check(noClasses().should().callMethod(Runtime.class, "exit", int.class));
        check(noClasses().should().callMethod(Runtime.class, "halt", int.class));
        check(noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("sun.misc.Unsafe")
                .orShould()
                .dependOnClassesThat()
                .resideInAnyPackage("jdk.internal..", "sun.."));
    }

    @Test
    void nothing_takesTheDefaultCharset() {
        check(noClasses().should().callMethod(Charset.class, "defaultCharset"));
        check(noClasses().should().callMethod(String.class, "getBytes"));
        check(noClasses().should().callConstructor(String.class, byte[].class));
        check(noClasses().should().callConstructor(InputStreamReader.class, InputStream.class));
        check(noClasses().should().callConstructor(OutputStreamWriter.class, OutputStream.class));
        check(noClasses().should().callMethod(String.class, "format", String.class, Object[].class));
        check(noClasses().should().callMethod(String.class, "toLowerCase"));
        check(noClasses().should().callMethod(String.class, "toUpperCase"));
    }
}
