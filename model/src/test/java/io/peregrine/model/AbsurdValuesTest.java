package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.PeregrineException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every number in the files of every toy system, and every one that they could have, each replaced by absurd ones: the result is an exception of ours, or
/// a model that loads and generates a token, within bounds of time and memory.
///
/// A number of an architecture or a projector that several systems share is replaced in the first of them only. In the
/// normal build a seeded part of all cases runs; `-Dperegrine.sweep=1` runs all.
class AbsurdValuesTest {

    /// One in so many cases runs.
    private static final int SHARE = Integer.getInteger("peregrine.sweep", 32);

    private static final long SEED = 20_261_123;

    /// Others use the machine too.
    private static final int RETRIES = 3;

    private static final long MOST_NANOS = 2_000_000_000;
    private static final long MOST_BYTES = 64 << 20;

    /// A type with the bits of a value.
    private record Absurd(String what, int type, int bits) {}

    private static final List<Absurd> NUMBERS = List.of(
            new Absurd("0", GgufPlaces.UINT32, 0),
            new Absurd("1", GgufPlaces.UINT32, 1),
            new Absurd("-1", GgufPlaces.INT32, -1),
            new Absurd("2^20", GgufPlaces.UINT32, 1 << 20),
            new Absurd("2^31", GgufPlaces.UINT32, Integer.MIN_VALUE),
            new Absurd("2^32 - 1", GgufPlaces.UINT32, -1),
            new Absurd("0f", GgufPlaces.FLOAT32, 0),
            new Absurd("-1f", GgufPlaces.FLOAT32, Float.floatToRawIntBits(-1)),
            new Absurd("1e-40f", GgufPlaces.FLOAT32, Float.floatToRawIntBits(1e-40f)),
            new Absurd("1e30f", GgufPlaces.FLOAT32, Float.floatToRawIntBits(1e30f)),
            new Absurd("infinity", GgufPlaces.FLOAT32, Float.floatToRawIntBits(Float.POSITIVE_INFINITY)),
            new Absurd("NaN", GgufPlaces.FLOAT32, Float.floatToRawIntBits(Float.NaN)));

    /// Keys that architectures read and toy systems may lack; in front of the first goes the architecture's name.
    private static final List<String> OPTIONAL_OF_TEXT = List.of(
            ".attention.head_count_kv",
            ".attention.key_length",
            ".attention.value_length",
            ".attention.scale",
            ".attention.sliding_window",
            ".attention.sliding_window_pattern",
            ".embedding_scale",
            ".expert_count",
            ".final_logit_softcapping",
            ".logit_scale",
            ".n_deepstack_layers",
            ".residual_scale",
            ".rope.dimension_count",
            ".rope.freq_base",
            ".rope.freq_base_swa",
            ".rope.scale_linear",
            ".rope.scaling.attn_factor",
            ".rope.scaling.factor",
            ".rope.scaling.original_context_length",
            ".rope.train_length",
            ".shortconv.l_cache");

    private static final List<String> OPTIONAL_OF_VISION = List.of(
            "clip.minicpmv_query_num",
            "clip.minicpmv_version",
            "clip.vision.image_max_height",
            "clip.vision.image_max_width",
            "clip.vision.image_pad_value",
            "clip.vision.n_wa_pattern",
            "clip.vision.post_layer_norm_epsilon",
            "clip.vision.preproc_image_size",
            "clip.vision.preproc_max_tiles",
            "clip.vision.preproc_min_tiles",
            "clip.vision.projector.cross_attention_interval",
            "clip.vision.projector.head_count",
            "clip.vision.projector.layer_norm_epsilon",
            "clip.vision.projector.query_count",
            "clip.vision.projector.scale_factor",
            "clip.vision.projector.stack_factor",
            "clip.vision.region.mask_size",
            "clip.vision.spatial_merge_size",
            "clip.vision.token_stage",
            "clip.vision.window_size");

    @TempDir
    private Path folder;

    private final Random random = new Random(SEED);
    private final Set<String> seen = new HashSet<>();
    private final List<String> defects = new ArrayList<>();
    private int cases;
    private int refused;

    @Test
    @DisplayName("31 hyperparameter-absurd")
    void textModels(TestReporter reporter) {
        for (String name : ToySystems.names()) {
            DamagedFixture fixture = new DamagedFixture(name, folder, DamagedFixture.Part.TEXT, true);
            sweep(fixture);
            OPTIONAL_OF_TEXT.forEach(key -> add(fixture, fixture.family() + key));
        }
        finish(reporter);
    }

    @Test
    @DisplayName("40 projector-absurd")
    void visionFiles(TestReporter reporter) {
        for (String name : ToySystems.withPictures()) {
            DamagedFixture fixture = new DamagedFixture(name, folder, DamagedFixture.Part.VISION, true);
            sweep(fixture);
            OPTIONAL_OF_VISION.forEach(key -> add(fixture, key));
        }
        finish(reporter);
    }

    @Test
    @DisplayName("31 hyperparameter-absurd: embedding models")
    void towers(TestReporter reporter) {
        sweep(new DamagedFixture("clip", folder, DamagedFixture.Part.TOWERS, true));
        finish(reporter);
    }

    /// Examples of what the sweep finds.
    @ParameterizedTest(name = "{displayName}: {0} {1}")
    @DisplayName("40 projector-absurd: messages")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    llava15          | clip.vision.patch_size                         | a number from 1 to 56
                    vlm_idefics3     | clip.vision.projector.scale_factor             | a number from 1 to 64
                    vlm_qwen25vl     | clip.vision.spatial_merge_size                 | a number from 1 to 256
                    qwen_vl          | clip.vision.projector.query_count              | a number from 1 to 65536
                    minigpt4         | clip.vision.projector.cross_attention_interval | a number from 1 to 1024
                    osprey           | clip.vision.region.mask_size                   | a number from 1 to 1024
                    """)
    void zeros(String name, String key, String expected) {
        DamagedFixture fixture = new DamagedFixture(name, folder, DamagedFixture.Part.VISION, false);
        GgufPlaces.Value value = fixture.places().values().stream()
                .filter(v -> v.key().equals(key))
                .findFirst()
                .orElseThrow();
        int keyAt = value.typeAt() - key.length() - Long.BYTES;
        assertEquals(
                fixture.file() + ": key " + key + " at byte " + keyAt + ": found 0, expected " + expected,
                fixture.with(value.at(), DamagedFixture.bytes(0)).message());
    }

    @Test
    @DisplayName("40 projector-absurd: a window of 65,536")
    void window() {
        DamagedFixture fixture = new DamagedFixture("vlm_qwen25vl", folder, DamagedFixture.Part.VISION, false);
        assertEquals(
                fixture.file() + ": key clip.vision.window_size at byte 24: found 65536, expected a number from 28"
                        + " to 16384",
                fixture.withKey("clip.vision.window_size", GgufPlaces.UINT32, 65_536).message());
    }

    private void finish(TestReporter reporter) {
        reporter.publishEntry("cases", cases + ", refused " + refused);
        assertEquals("", String.join("\n", defects));
        assertTrue(refused > cases / 5 && refused <= cases && cases > 0, refused + " of " + cases + " were refused");
    }

    private void sweep(DamagedFixture fixture) {
        assertNull(fixture.use().error(), fixture.name());
        String family = fixture.family();
        for (GgufPlaces.Value value : fixture.places().values()) {
            if (value.size() == Integer.BYTES && seen.add(family + " " + value.key())) {
                for (Absurd absurd : NUMBERS) {
                    // An element has its array's type.
                    if (random.nextInt(SHARE) == 0 && (value.alone() || value.type() == absurd.type())) {
                        run(fixture, value, absurd);
                    }
                }
            } else if (value.type() == GgufPlaces.BOOL && value.alone() && seen.add(family + " " + value.key())) {
                for (byte flag : new byte[] {0, 1, 2}) {
                    if (random.nextInt(SHARE) == 0) {
                        check(fixture, value.key() + " = " + flag, () -> fixture.with(value.at(), new byte[] {flag}));
                    }
                }
            }
        }
    }

    private void add(DamagedFixture fixture, String key) {
        if (seen.add(fixture.family() + " " + key)) {
            for (Absurd absurd : NUMBERS) {
                if (random.nextInt(SHARE) == 0) {
                    check(
                            fixture,
                            key + " added = " + absurd.what(),
                            () -> fixture.withKey(key, absurd.type(), absurd.bits()));
                }
            }
        }
    }

    private void run(DamagedFixture fixture, GgufPlaces.Value value, Absurd absurd) {
        int type = value.alone() ? absurd.type() : value.type();
        check(
                fixture,
                value.key() + " = " + absurd.what(),
                () -> fixture.with(
                        value.typeAt(), DamagedFixture.bytes(type), value.at(), DamagedFixture.bytes(absurd.bits())));
    }

    private void check(DamagedFixture fixture, String what, Supplier<DamagedFixture.Outcome> use) {
        String name = fixture.name() + ": " + what;
        cases++;
        DamagedFixture.Outcome outcome;
        try {
            outcome = use.get();
            for (int i = 0; i < RETRIES && outcome.nanos() > MOST_NANOS; i++) {
                outcome = use.get();
            }
        } catch (RuntimeException | Error e) {
            defects.add(name + ": " + e + " " + List.of(e.getStackTrace()).stream().limit(6).toList());
            return;
        }
        PeregrineException error = outcome.error();
        if (error != null) {
            refused++;
            if (!(error instanceof ContextOverflowException) && !outcome.message().startsWith(folder.toString())) {
                defects.add(name + ": names no file: " + outcome.message());
            }
        }
        if (outcome.bytes() > MOST_BYTES || outcome.nanos() > MOST_NANOS) {
            defects.add(name + ": took " + outcome.bytes() + " bytes, " + outcome.nanos() + " ns: " + outcome.message());
        }
    }
}
