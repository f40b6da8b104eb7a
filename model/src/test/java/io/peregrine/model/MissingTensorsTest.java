package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.peregrine.core.ModelFormatException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/// Every tensor of every toy system, missing or with its rows and columns exchanged.
///
/// Tensors that an architecture or a projector shares between systems are tried in the first of them only, those of
/// blocks in the first.
class MissingTensorsTest {

    private static final Pattern LATER_BLOCK = Pattern.compile(".*blk\\.[1-9]\\d*\\..*");

    /// What messages say of tensors that other ones can stand for, or that decide what a model is.
    private static final Map<String, String> OTHER_MESSAGES = Map.of(
            "attn_qkv.weight", "attn_q(kv)?\\.weight: found nothing, expected ",
            "v.image_newline", "tensor model\\.image_newline: found nothing, expected ",
            "v.class_embd", "v\\.class_embd",
            "v.pre_ln.weight", "v\\.pre_ln");

    /// Without these a model is another one, which exists: output matrices that are the token table, norms and biases that
    /// a family has or has not, second layers and other parts of projectors, tables that are computed.
    private static final List<Pattern> OPTIONAL = Stream.of(
                    "(?!clip ).* output\\.(weight|bias)",
                    "(?!clip ).* output_norm\\.bias",
                    "clip .*(patch_embd|patch_ln|post_ln|pre_ln|proj_norm|proj_linear|feat|input_norm)\\.bias",
                    "clip (mlp|osprey) mm\\.2\\.weight",
                    "clip mlp v\\.post_ln\\.weight",
                    "clip minigpt_v2 mm\\.0\\.bias",
                    "clip lfm2 mm\\.input_norm\\.weight",
                    "clip pixtral (mm\\.patch_merger\\.weight|v\\.token_embd\\.img_break)",
                    "clip \\w*resampler resampler\\.(.*\\.bias|pos_embed_k)")
            .map(Pattern::compile)
            .toList();

    @TempDir
    private Path folder;

    private final Set<String> seen = new HashSet<>();
    private final Set<String> optional = new TreeSet<>();
    private final List<String> defects = new ArrayList<>();
    private int cases;

    @Test
    @DisplayName("32 tensor-missing / tensor-shape-swapped")
    void textModels(TestReporter reporter) {
        ToySystems.names().forEach(name -> sweep(new DamagedFixture(name, folder, DamagedFixture.Part.TEXT, false)));
        finish(reporter);
    }

    @Test
    @DisplayName("32 tensor-missing / tensor-shape-swapped: vision files")
    void visionFiles(TestReporter reporter) {
        ToySystems.withPictures().forEach(name -> sweep(new DamagedFixture(name, folder, DamagedFixture.Part.VISION, false)));
        finish(reporter);
    }

    @Test
    @DisplayName("32 tensor-missing / tensor-shape-swapped: embedding models")
    void towers(TestReporter reporter) {
        sweep(new DamagedFixture("clip", folder, DamagedFixture.Part.TOWERS, false));
        finish(reporter);
    }

    private void finish(TestReporter reporter) {
        reporter.publishEntry("cases", cases + ", optional " + optional.size());
        optional.removeIf(name -> OPTIONAL.stream().anyMatch(pattern -> pattern.matcher(name).matches()));
        assertEquals("", String.join("\n", defects), "wrong messages");
        assertEquals("", String.join("\n", optional), "optional");
    }

    private void sweep(DamagedFixture fixture) {
        assertNull(fixture.use().error(), fixture.name());
        for (GgufPlaces.TensorPlace tensor : fixture.places().tensors()) {
            String name = tensor.name();
            if (LATER_BLOCK.matcher(name).matches() || !seen.add(fixture.family() + " " + name)) {
                continue;
            }
            remove(fixture, tensor);
            List<Long> dims = tensor.dims();
            if (dims.size() > 1 && !dims.get(0).equals(dims.get(1))) {
                exchange(fixture, tensor);
            }
        }
    }

    /// Under another name it is as good as absent, except that a note tells of it.
    private void remove(DamagedFixture fixture, GgufPlaces.TensorPlace tensor) {
        cases++;
        DamagedFixture.Outcome outcome = fixture.with(tensor.nameAt(), new byte[] {'?'});
        String renamed = "?" + tensor.name().substring(1);
        if (outcome.error() == null) {
            optional.add(fixture.family() + " " + tensor.name());
            if (outcome.notes().stream().noneMatch(note -> note.contains(renamed))) {
                defects.add(fixture.name() + ": no note of " + renamed + ": " + outcome.notes());
            }
            return;
        }
        String missing = OTHER_MESSAGES.entrySet().stream()
                .filter(entry -> tensor.name().endsWith(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("tensor " + Pattern.quote(tensor.name()) + ": found nothing, expected ");
        if (!Pattern.compile(missing).matcher(outcome.message()).find()) {
            defects.add(fixture.name() + " without " + tensor.name() + ": " + outcome.error());
        }
    }

    private void exchange(DamagedFixture fixture, GgufPlaces.TensorPlace tensor) {
        cases++;
        List<Long> dims = tensor.dims();
        DamagedFixture.Outcome outcome = fixture.with(
                tensor.dimsAt(),
                DamagedFixture.bytes((long) dims.get(1)),
                tensor.dimsAt() + Long.BYTES,
                DamagedFixture.bytes((long) dims.get(0)));
        List<Long> found = new ArrayList<>(dims.reversed());
        Collections.swap(found, found.size() - 2, found.size() - 1);
        String shape = "tensor " + tensor.name() + ": found shape " + found + ", expected shape [";
        String rows = "tensor " + tensor.name() + ": found " + found.getFirst() + " rows, expected ";
        boolean named = outcome.error() instanceof ModelFormatException
                && (outcome.message().contains(shape) || outcome.message().contains(rows));
        boolean unused = outcome.notes().stream().anyMatch(note -> note.contains(tensor.name()));
        if (!named && !unused) {
            defects.add(fixture.name() + " " + tensor.name() + " exchanged: " + outcome.error());
        }
    }
}
