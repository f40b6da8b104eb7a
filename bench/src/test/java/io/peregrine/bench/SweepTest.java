package io.peregrine.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.kernels.MachineLimits;
import io.peregrine.kernels.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a sweep chooses, measures and reports; never how fast anything is.
class SweepTest {

    @TempDir
    Path folder;

    @Test
    void casesAreChosenByKindVariantOrShape() {
        assertEquals("[decode:Q4_K, attention:64, attention:128]", name("decode:Q4_K,attention"));
        assertEquals("[prefill:Q6_K, decode:Q6_K]", name("*:Q6_K"));
        assertEquals("[577x1024x4096:F16, decode:TQ1_0]", name("577x1024x4096:F16, decode:TQ1_0"));
        assertEquals("[decode:F16]", name("decode:F16,decode:F16"));
        assertEquals(SweepCase.catalogue().toString(), name("*"));
    }

    private static String name(String only) {
        return SweepCase.choose(only).toString();
    }

    @Test
    void whatNamesNothing_isAnError() {
        assertEquals(
                "--only: found decode:Q4_Z, expected kind, kind:variant or *:variant of the kinds [image, prefill, decode,"
                        + " attention, context, attention-image] or 'tokens x rows x columns' as in 64x2048x512",
                assertThrows(IllegalArgumentException.class, () -> SweepCase.choose("decode:Q4_Z"))
                        .getMessage());
    }

    @Test
    void aStartMeasuresEachCaseOnce_againstTheLimitsOfItsProcess() {
        List<SweepResult> results = new ArrayList<>();
        try (Workers workers = new Workers(2)) {
            new SweepStart(workers, false, 7)
                    .run(SweepCase.choose("16x64x256:Q4_0,16x64x256:Q6_K"), true, results::add);
        }
        assertEquals(2, results.size());
        for (SweepResult result : results) {
            assertTrue(result.fraction() > 0 && result.flops() > 0 && result.bandwidth() > 0, result.toString());
            assertEquals(result, SweepResult.ofLine(result.toLine()));
        }
    }

    @Test
    void busyTimeIsThatOfUsersKernelAndHost_inHundredthsOfASecond() throws IOException {
        Path stat = folder.resolve("stat");
        Files.writeString(stat, "cpu  100 20 3 1000 50 6 7 800 900 900\ncpu0 1 1 1 1 1 1 1 1 1 1\n");
        assertEquals(9.36, OtherLoad.busySeconds(stat), 1e-9);
        assertTrue(Double.isNaN(OtherLoad.busySeconds(folder.resolve("none"))));
        assertTrue(OtherLoad.now().share() <= 1);
    }

    @Test
    void theReportOrdersStartsByFraction() {
        List<SweepCase> cases = SweepCase.choose("decode:F16");
        SweepReport report = new SweepReport(cases);
        for (int speed : new int[] {5, 9, 7}) {
            report.add(new SweepResult(
                            cases.getFirst(), true, speed * 1e9, speed == 9 ? 16 : 0, speed == 5 ? 0.25 : 0, 0, 0)
                    .within(new MachineLimits(50e9, 10e9)));
        }
        assertEquals(
                "decode:F16                    3  50.0%    25%  70.0%  90.0%     7.0 GB/s            16",
                report.table().lines().skip(1).findFirst().orElseThrow());
        assertEquals(
                "[\n  {\"kernel\": \"decode\", \"variant\": \"F16\", \"threads\": 2, \"starts\": 3, \"limit\":"
                        + " \"bandwidth\", \"worst\": 0.5000, \"others_at_worst\": 0.2500, \"median\": 0.7000, \"best\": 0.9000, \"per_second\":"
                        + " 7000000000, \"allocated_bytes_per_call\": 16, \"fma_flops_per_second\": 50000000000,"
                        + " \"read_bytes_per_second\": 10000000000}\n]",
                report.json(2));
    }
}
