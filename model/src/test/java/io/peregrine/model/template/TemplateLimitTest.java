package io.peregrine.model.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.peregrine.core.TemplateException;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/// No template runs for ever, takes much memory, or breaks the stack.
class TemplateLimitTest {

    private static final List<HostileTemplates.Hostile> HOSTILE = HostileTemplates.ALL;

    private static String limit(String name) {
        return switch (name) {
            case "steps" -> "the template took more than 10000000 steps; it may never end"
                    + " (raise TemplateLimits.steps if it is right)";
            case "bytes" -> "the template made more than 16777216 bytes of text and values"
                    + " (raise TemplateLimits.bytes if that is right)";
            default -> "the template is nested deeper than 200 levels (raise TemplateLimits.depth if that is right)";
        };
    }

    private static String problem(TemplateException e) {
        return String.valueOf(e.getMessage()).replaceFirst("^test: line \\d+, column \\d+: ", "");
    }

    @DisplayName("42 template-infinite / exponential")
    @ParameterizedTest
    @FieldSource("HOSTILE")
    void hostileTemplate_meetsALimit(HostileTemplates.Hostile hostile) {
        long cold = nanos(hostile);
        long nanos = cold < 1_000_000_000 ? cold : nanos(hostile);
        assertTrue(nanos < 1_000_000_000, () -> nanos / 1_000_000 + " ms");
    }

    /// Time of the processor until the limit: what others do on the machine does not count.
    private static long nanos(HostileTemplates.Hostile hostile) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadCpuTime();
        TemplateException e = assertThrows(TemplateException.class, () -> Jinja.render(hostile.template()));
        long nanos = threads.getCurrentThreadCpuTime() - before;
        assertEquals(limit(hostile.limit()), problem(e));
        return nanos;
    }

    /// One after the other, with 64 MB for everything.
    @DisplayName("42 template-infinite / exponential")
    @Test
    void hostileTemplates_needLittleMemory() throws IOException, InterruptedException {
        String classPath = Stream.of(Jinja.class, Template.class, TemplateException.class, ObjectMapper.class,
                        JsonParser.class, JsonProperty.class)
                .map(type -> Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath()).toString())
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder(
                        java, "-Xmx64m", "-XX:+UseSerialGC", "-cp", classPath, HostileTemplates.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(String.valueOf(HostileTemplates.greedy().size()), output);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(", "[", "{'a':", "not ", "-", "a(", "a[", "1 if 1 else ", "a|list(", "(-",
                "a[1:", "a is in [", "f(x=", "f(*", "{1:[("
            })
    void deepNesting_isAnErrorAndNotAStackOverflow(String opening) {
        TemplateException e =
                assertThrows(TemplateException.class, () -> Jinja.render("{{ " + opening.repeat(10_000) + " }}"));
        assertEquals(limit("depth"), problem(e));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% if 1 %}", "{% for x in y %}", "{% filter upper %}", "{% set x %}", "{% macro m() %}",
                "{% generation %}", "{% with %}", "{% if 1 %}{% else %}", "{% for x in y %}{% else %}",
                "{% call m() %}"
            })
    void deepBlocks_areAnErrorAndNotAStackOverflow(String opening) {
        TemplateException e = assertThrows(TemplateException.class, () -> Jinja.render(opening.repeat(10_000)));
        assertEquals(limit("depth"), problem(e));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"1 + ", "'a' ~ ", "1 and ", "0 or ", "1 == 1 == ", "1 * ", "1 ** ", "[1] + [2] + [3] + ['x'] and "})
    void longChains_areNotDeep(String link) {
        Jinja.render("{{ " + link.repeat(2_000) + "1 }}");
    }

    @Test
    void longElifChain_isNotDeep() {
        assertEquals("last", Jinja.render("{% if 0 %}" + "{% elif 0 %}".repeat(5_000) + "{% else %}last{% endif %}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% macro m(n) %}{{ [{'a': (1 if n else [m(n - 1)])}] if m(n + 1) else '' }}{% endmacro %}{{ m(1) }}",
                "{% macro m() %}{% for x in [1] %}{% if x %}{% set y %}{{ m() | upper }}{% endset %}{% endif %}{% endfor %}{% endmacro %}{{ m() }}"
            })
    void deepestTemplate_fitsIntoASmallStack(String recursive) throws InterruptedException {
        AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
        String nested = "{{ " + "[(".repeat(95) + "1" + ")]".repeat(95) + " }}";
        Runnable work = () -> {
            Jinja.render(nested);
            TemplateException e = assertThrows(TemplateException.class, () -> Jinja.render(recursive));
            assertEquals(limit("depth"), problem(e));
        };
        Thread thread = new Thread(null, work, "small stack", 512 << 10);
        thread.setUncaughtExceptionHandler((t, e) -> thrown.set(e));
        thread.start();
        thread.join();
        assertNull(thrown.get());
    }

    @Test
    void textGatheredInAVariable_takesLinearTimeAndMemory() {
        String template = "{% set n = namespace(s='') %}{% for i in range(20000) %}{% set n.s = n.s ~ 'line ' ~ i ~ '\n' %}"
                + "{% if n.s.endswith('x') %}never{% endif %}{% endfor %}{{ n.s | length }}";
        assertEquals("208890", Jinja.render(template));
    }

    @Test
    void limitsOfASmallerBudget_areNamed() {
        Template template = Template.parse("small", "{% for i in range(9) %}{{ i }}{% endfor %}", 10);
        TemplateException steps = assertThrows(
                TemplateException.class, () -> template.render(Map.of(), new Budget(20, 10, 100), Jinja.NOW));
        assertEquals(
                "small: line 1, column 27: the template took more than 20 steps; it may never end"
                        + " (raise TemplateLimits.steps if it is right)",
                steps.getMessage());
    }
}
