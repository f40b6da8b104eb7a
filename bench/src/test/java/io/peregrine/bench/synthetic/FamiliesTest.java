package io.peregrine.bench.synthetic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The shapes of published models.
class FamiliesTest {

    /// As many weights as the model's page on Hugging Face counts. What a file holds beyond the checkpoint is given last:
    /// Moondream's last block is stored twice, and Pixtral's row behind lines is one of its token table too.
    @ParameterizedTest
    @CsvSource({
        "smolvlm-256m, 256484928, 0",
        "smolvlm-500m, 507482304, 0",
        "smolvlm-2.2b, 2246784880, 0",
        "qwen2-vl-2b, 2208985600, 0",
        "qwen2.5-vl-3b, 3754622976, 0",
        "qwen3-vl-2b, 2127532032, 0",
        "gemma-3-4b, 4300079472, 0",
        "internvl3-1b, 938193024, 0",
        "lfm2-vl-450m, 450822656, 0",
        "moondream2, 1857482608, 15239504",
        "minicpm-v-2.6, 8099175152, 0",
        "pixtral-12b, 12682739712, 5120"
    })
    void weights_areAsManyAsPublished(String name, long published, long twice) {
        Map<String, Preset> all = Preset.all();
        assertEquals(
                published + twice,
                all.get(name).parameters() + all.get(name + "-mmproj").parameters());
    }
}
