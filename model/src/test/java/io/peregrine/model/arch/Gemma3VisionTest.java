package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.Fixture;
import io.peregrine.model.ToyFile;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.Trace;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Fit;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.image.Preprocess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A vision side of Gemma 3 with odd sizes: 6 x 6 patches of 2 pixels, squares of 3 x 3 of them, width 10, 7 for the
/// decoder.
class Gemma3VisionTest {

    private static final int WIDTH = 10;
    private static final int OUT = 7;
    private static final int GRID = 6;
    private static final int FACTOR = 3;

    @TempDir
    private Path folder;

    private final List<String> notes = new ArrayList<>();

    private static ToyFile file() {
        ToyFile file = new ToyFile(7)
                .key("general.architecture", "clip")
                .key("clip.has_vision_encoder", true)
                .key("clip.projector_type", "gemma3")
                .key("clip.use_gelu", true)
                .key("clip.vision.image_size", 2 * GRID)
                .key("clip.vision.patch_size", 2)
                .key("clip.vision.embedding_length", WIDTH)
                .key("clip.vision.feed_forward_length", 13)
                .key("clip.vision.block_count", 1)
                .key("clip.vision.projection_dim", OUT)
                .key("clip.vision.attention.head_count", 2)
                .key("clip.vision.attention.layer_norm_epsilon", 1e-6f)
                .key("clip.vision.image_mean", new float[] {0.5f, 0.5f, 0.5f})
                .key("clip.vision.image_std", new float[] {0.5f, 0.5f, 0.5f})
                .key("clip.vision.projector.scale_factor", FACTOR)
                .tensor("v.patch_embd.weight", 0, 1, WIDTH, 3, 2, 2)
                .vector("v.patch_embd.bias", 0, WIDTH)
                .matrix("v.position_embd.weight", GRID * GRID, WIDTH)
                .vector("mm.soft_emb_norm.weight", 1, WIDTH)
                .matrix("mm.input_projection.weight", WIDTH, OUT);
        for (String norm : new String[] {"v.post_ln", "v.blk.0.ln1", "v.blk.0.ln2"}) {
            file.vector(norm + ".weight", 1, WIDTH).vector(norm + ".bias", 0, WIDTH);
        }
        for (String part : new String[] {"attn_q", "attn_k", "attn_v", "attn_out"}) {
            file.matrix("v.blk.0." + part + ".weight", WIDTH, WIDTH).vector("v.blk.0." + part + ".bias", 0, WIDTH);
        }
        return file.matrix("v.blk.0.ffn_up.weight", 13, WIDTH)
                .vector("v.blk.0.ffn_up.bias", 0, 13)
                .matrix("v.blk.0.ffn_down.weight", WIDTH, 13)
                .vector("v.blk.0.ffn_down.bias", 0, WIDTH);
    }

    private GgufFile open(ToyFile file) {
        return GgufFile.open(file.write(folder.resolve("mmproj.gguf")));
    }

    private Gemma3Vision bind(GgufFile file, VisionOptions options) {
        return Gemma3Vision.bind(file.metadata(), new Weights(file), options, notes::add);
    }

    private PreparedPicture prepare(VisionOptions options, Image image) {
        try (GgufFile file = open(file())) {
            return bind(file, options).prepare(image);
        }
    }

    /// Three black columns and three white ones, `lines` high.
    private static Image halves(int lines) {
        byte[] rgb = new byte[lines * 6 * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i / 3 % 6 < 3 ? 0 : 255);
        }
        return Image.of(rgb, 6, lines);
    }

    private static VisionOptions by(Preprocess preprocess) {
        return new VisionOptions(-1, null, 0, preprocess, 0, 0);
    }

    /// The mean of each square, normed, times the matrix `[width, out]` that is stored: as `Gemma3MultiModalProjector`
    /// of transformers, in plain loops.
    @Test
    void rows_areMeansOfSquaresNormedAndMultiplied() {
        ToyFile toy = file();
        Rows features = new Rows();
        Rows found;
        try (GgufFile file = open(toy);
                Workers workers = new Workers(2)) {
            Gemma3Vision encoder = bind(file, VisionOptions.DEFAULT);
            assertEquals(OUT, encoder.dim());
            Pass pass = new Pass(new Compute(workers, true), () -> false);
            pass.traceTo((name, layer, rows) -> {
                if (name.equals(Trace.FEATURES)) {
                    System.arraycopy(
                            rows.data(), 0, features.shape(rows.rows(), rows.width()).data(), 0, rows.elements());
                }
            });
            found = encoder.encode(pass, encoder.prepare(halves(5))).getFirst();
        }
        assertEquals(GRID * GRID, features.rows());
        float[] weight = toy.weights("mm.input_projection.weight");
        int squares = GRID / FACTOR;
        float[] expected = new float[squares * squares * OUT];
        for (int square = 0; square < squares * squares; square++) {
            double[] mean = new double[WIDTH];
            double power = 0;
            for (int i = 0; i < WIDTH; i++) {
                for (int patch = 0; patch < FACTOR * FACTOR; patch++) {
                    int line = square / squares * FACTOR + patch / FACTOR;
                    int column = square % squares * FACTOR + patch % FACTOR;
                    mean[i] += features.data()[(line * GRID + column) * WIDTH + i] / (FACTOR * FACTOR);
                }
                power += mean[i] * mean[i] / WIDTH;
            }
            for (int o = 0; o < OUT; o++) {
                double sum = 0;
                for (int i = 0; i < WIDTH; i++) {
                    double normed = mean[i] / Math.sqrt(power + 1e-6) * toy.weights("mm.soft_emb_norm.weight")[i];
                    sum += normed * weight[i * OUT + o];
                }
                expected[square * OUT + o] = (float) sum;
            }
        }
        Fixture.assertClose("rows", expected, found.toArray(), 1e-5);
    }

    /// Stretched as PIL does it bilinearly, by hand: between black and white stand a quarter and three quarters of 255,
    /// rounded. The line breaks are those of `full_image_sequence` in `processing_gemma3.py`.
    @Test
    void authors_stretchAndLeaveEmptyLines() {
        List<PreparedPicture.Piece> pieces = prepare(VisionOptions.DEFAULT, halves(2)).pieces();
        assertEquals(new PreparedPicture.Mark("\n\n<start_of_image>"), pieces.get(0));
        assertEquals(new PreparedPicture.Mark("<end_of_image>\n\n"), pieces.get(2));
        PreparedPicture.Block block = (PreparedPicture.Block) pieces.get(1);
        assertEquals(4, block.tokens());
        Pixels view = block.views().getFirst();
        assertEquals(12, view.height());
        int[] columns = {0, 0, 0, 0, 0, 64, 191, 255, 255, 255, 255, 255};
        for (int i = 0; i < 12 * 12 * 3; i++) {
            assertEquals((columns[i / 3 % 12] / 255f - 0.5f) / 0.5f, view.values()[i], 1e-6);
        }
        assertEquals(List.of(), notes);
    }

    /// The picture keeps its shape: 12 by 4 pixels in the middle, black above and below.
    @Test
    void llamaCpp_letterboxes() {
        List<PreparedPicture.Piece> pieces = prepare(by(Preprocess.LLAMA_CPP), halves(2)).pieces();
        assertEquals(new PreparedPicture.Mark("<start_of_image>"), pieces.get(0));
        assertEquals(new PreparedPicture.Mark("<end_of_image>"), pieces.get(2));
        Pixels view = ((PreparedPicture.Block) pieces.get(1)).views().getFirst();
        for (int line = 0; line < 12; line++) {
            assertEquals(-1, view.values()[line * 36], 1e-6);
            assertEquals(line >= 4 && line < 8 ? 1 : -1, view.values()[line * 36 + 35], 1e-6);
        }
    }

    @Test
    void wishes_areHeardOrSaidToBeWithoutUse() {
        Pixels cropped = ((PreparedPicture.Block) prepare(
                                new VisionOptions(-1, Fit.CROP, 3, Preprocess.AUTHORS, 0, 100), halves(2))
                        .pieces()
                        .get(1))
                .views()
                .getFirst();
        assertEquals(12, cropped.width());
        assertEquals(-1, cropped.values()[0], 1e-6);
        assertEquals(1, cropped.values()[35], 1e-6);
        assertEquals(
                List.of(
                        "vision: a picture is one view; how many tiles are allowed does not matter",
                        "vision: a picture always takes 4 tokens; how many are asked for does not matter"),
                notes);
    }

    @Test
    void wrongFiles_areRefused() {
        try (GgufFile file = open(file().key("clip.vision.projector.scale_factor", 4))) {
            assertEquals(
                    file.path() + ": key clip.vision.projector.scale_factor: found 4, expected a divisor of 6, the number of"
                            + " patches on a side of a view",
                    assertThrows(ModelFormatException.class, () -> bind(file, VisionOptions.DEFAULT))
                            .getMessage());
        }
        try (GgufFile file = open(file().matrix("mm.input_projection.weight", OUT, WIDTH))) {
            assertEquals(
                    file.path() + ": tensor mm.input_projection.weight: found shape [7, 10], expected shape [10, outputs]",
                    assertThrows(ModelFormatException.class, () -> bind(file, VisionOptions.DEFAULT))
                            .getMessage());
        }
    }
}
