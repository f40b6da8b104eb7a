package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peregrine.core.gguf.GgufFile;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.Fixture;
import io.peregrine.model.ToyFile;
import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Pixels;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tower and resampler of MiniCPM-V at odd widths, against the formulas of the authors' code (`modeling_navit_siglip.py`,
/// `resampler.py`) written down in plain loops and doubles.
class MiniCpmVTowerTest {

    private static final double EPS = 1e-6;
    private static final int PATCH = 6;
    private static final int DIM = 44;
    private static final int HEADS = 2;
    private static final int FFN = 54;
    private static final int SIDE = 5;
    private static final int WIDTH = 256;
    private static final int QUERIES = 7;
    private static final int OUT = 36;

    @TempDir
    private Path folder;

    private static ToyFile file() {
        ToyFile file = new ToyFile(3)
                .key("general.architecture", "clip")
                .key("clip.has_vision_encoder", true)
                .key("clip.projector_type", "resampler")
                .key("clip.minicpmv_version", 6)
                .key("clip.minicpmv_query_num", QUERIES)
                .key("clip.use_gelu", true)
                .key("clip.vision.image_size", 4 * PATCH)
                .key("clip.vision.patch_size", PATCH)
                .key("clip.vision.embedding_length", DIM)
                .key("clip.vision.feed_forward_length", FFN)
                .key("clip.vision.block_count", 2)
                .key("clip.vision.attention.head_count", HEADS)
                .key("clip.vision.attention.layer_norm_epsilon", (float) EPS)
                .key("clip.vision.image_mean", new float[] {0.5f, 0.4f, 0.3f})
                .key("clip.vision.image_std", new float[] {0.5f, 0.25f, 0.3f})
                .tensor("v.patch_embd.weight", 0, 1, DIM, 3, PATCH, PATCH)
                .vector("v.patch_embd.bias", 0, DIM)
                .matrix("v.position_embd.weight", SIDE * SIDE, DIM)
                .matrix("resampler.query", QUERIES, WIDTH)
                .matrix("resampler.kv.weight", WIDTH, DIM)
                .matrix("resampler.proj.weight", OUT, WIDTH);
        for (int i = 0; i < 2; i++) {
            String name = "v.blk." + i + ".";
            for (String part : List.of("attn_q", "attn_k", "attn_v", "attn_out")) {
                linear(file, name + part, DIM, DIM);
            }
            linear(file, name + "ffn_up", FFN, DIM);
            linear(file, name + "ffn_down", DIM, FFN);
            norm(file, name + "ln1", DIM);
            norm(file, name + "ln2", DIM);
        }
        norm(file, "v.post_ln", DIM);
        for (String part : List.of("q", "k", "v", "out")) {
            linear(file, "resampler.attn." + part, WIDTH, WIDTH);
        }
        for (String part : List.of("ln_q", "ln_kv", "ln_post")) {
            norm(file, "resampler." + part, WIDTH);
        }
        return file;
    }

    private static void norm(ToyFile file, String name, int dim) {
        file.vector(name + ".weight", 1, dim).vector(name + ".bias", 0, dim);
    }

    private static void linear(ToyFile file, String name, int out, int in) {
        file.matrix(name + ".weight", out, in).vector(name + ".bias", 0, out);
    }

    /// A view of its own size, and slices that go through the tower together.
    @Test
    void rows_areThoseOfTheFormulas() {
        ToyFile weights = file();
        byte[] rgb = new byte[3 * 61 * 37];
        new Random(5).nextBytes(rgb);
        try (GgufFile open = GgufFile.open(weights.write(folder.resolve("mmproj.gguf")));
                Workers workers = new Workers(2)) {
            ImageEncoder encoder =
                    ImageEncoders.bind(open.metadata(), new Weights(open), VisionOptions.DEFAULT, note -> {});
            assertEquals(OUT, encoder.dim());
            PreparedPicture picture = encoder.prepare(Image.of(rgb, 61, 37));
            Pass pass = new Pass(new Compute(workers, true), () -> false);
            List<Rows> found = encoder.encode(pass, picture);
            assertEquals(5, found.size());
            for (int i = 0; i < found.size(); i++) {
                Pixels view = picture.blocks().get(i).views().getFirst();
                Fixture.assertClose(
                        "view " + i, flat(rows(weights, view)), found.get(i).toArray(), 2e-5);
            }
        }
    }

    private static double[][] rows(ToyFile w, Pixels view) {
        int lines = view.height() / PATCH;
        int columns = view.width() / PATCH;
        double[][] x = patches(w, view, lines, columns);
        for (int i = 0; i < 2; i++) {
            String name = "v.blk." + i + ".";
            double[][] normed = norm(w, name + "ln1", x);
            double[][] mixed = attention(
                    linear(w, name + "attn_q", normed),
                    linear(w, name + "attn_k", normed),
                    linear(w, name + "attn_v", normed),
                    DIM / HEADS);
            add(x, linear(w, name + "attn_out", mixed));
            double[][] inner = linear(w, name + "ffn_up", norm(w, name + "ln2", x));
            for (double[] row : inner) {
                for (int j = 0; j < row.length; j++) {
                    double u = row[j];
                    row[j] = u / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (u + 0.044715 * u * u * u)));
                }
            }
            add(x, linear(w, name + "ffn_down", inner));
        }
        double[][] memory = norm(w, "resampler.ln_kv", linear(w, "resampler.kv", norm(w, "v.post_ln", x)));
        double[][] keys = new double[memory.length][];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = memory[i].clone();
            for (int j = 0; j < WIDTH; j++) {
                int axis = j < WIDTH / 2 ? i % columns : i / columns;
                double angle = axis / Math.pow(10000, j % (WIDTH / 4) / (WIDTH / 4.0));
                keys[i][j] += j % (WIDTH / 2) < WIDTH / 4 ? Math.sin(angle) : Math.cos(angle);
            }
        }
        double[][] queries = new double[QUERIES][WIDTH];
        for (int i = 0; i < QUERIES * WIDTH; i++) {
            queries[i / WIDTH][i % WIDTH] = w.weights("resampler.query")[i];
        }
        double[][] mixed = attention(
                linear(w, "resampler.attn.q", norm(w, "resampler.ln_q", queries)),
                linear(w, "resampler.attn.k", keys),
                linear(w, "resampler.attn.v", memory),
                128);
        return linear(w, "resampler.proj", norm(w, "resampler.ln_post", linear(w, "resampler.attn.out", mixed)));
    }

    /// Patches line by line, with the places at their fractions of the square.
    private static double[][] patches(ToyFile w, Pixels view, int lines, int columns) {
        float[] kernel = w.weights("v.patch_embd.weight");
        float[] places = w.weights("v.position_embd.weight");
        double[][] x = new double[lines * columns][DIM];
        for (int i = 0; i < x.length; i++) {
            int place = SIDE * (i / columns) / lines * SIDE + SIDE * (i % columns) / columns;
            for (int o = 0; o < DIM; o++) {
                x[i][o] = w.weights("v.patch_embd.bias")[o] + places[place * DIM + o];
                for (int at = 0; at < 3 * PATCH * PATCH; at++) {
                    int row = i / columns * PATCH + at / PATCH % PATCH;
                    int column = i % columns * PATCH + at % PATCH;
                    double pixel = view.values()[3 * (row * view.width() + column) + at / (PATCH * PATCH)];
                    x[i][o] += kernel[o * 3 * PATCH * PATCH + at] * pixel;
                }
            }
        }
        return x;
    }

    private static double[][] linear(ToyFile w, String name, double[][] x) {
        float[] weight = w.weights(name + ".weight");
        float[] bias = w.has(name + ".bias") ? w.weights(name + ".bias") : new float[weight.length / x[0].length];
        double[][] y = new double[x.length][bias.length];
        for (int r = 0; r < x.length; r++) {
            for (int o = 0; o < bias.length; o++) {
                y[r][o] = bias[o];
                for (int i = 0; i < x[r].length; i++) {
                    y[r][o] += weight[o * x[r].length + i] * x[r][i];
                }
            }
        }
        return y;
    }

    private static double[][] norm(ToyFile w, String name, double[][] x) {
        double[][] y = new double[x.length][x[0].length];
        for (int r = 0; r < x.length; r++) {
            int dim = x[r].length;
            double mean = 0;
            double variance = 0;
            for (double value : x[r]) {
                mean += value / dim;
            }
            for (double value : x[r]) {
                variance += (value - mean) * (value - mean) / dim;
            }
            for (int i = 0; i < dim; i++) {
                y[r][i] = (x[r][i] - mean) / Math.sqrt(variance + EPS) * w.weights(name + ".weight")[i]
                        + w.weights(name + ".bias")[i];
            }
        }
        return y;
    }

    private static double[][] attention(double[][] q, double[][] k, double[][] v, int headDim) {
        double[][] y = new double[q.length][q[0].length];
        for (int r = 0; r < q.length; r++) {
            for (int at = 0; at < q[r].length; at += headDim) {
                double[] weights = new double[k.length];
                double total = 0;
                for (int i = 0; i < k.length; i++) {
                    double score = 0;
                    for (int d = at; d < at + headDim; d++) {
                        score += q[r][d] * k[i][d];
                    }
                    weights[i] = Math.exp(score / Math.sqrt(headDim));
                    total += weights[i];
                }
                for (int i = 0; i < k.length; i++) {
                    for (int d = at; d < at + headDim; d++) {
                        y[r][d] += weights[i] / total * v[i][d];
                    }
                }
            }
        }
        return y;
    }

    private static void add(double[][] x, double[][] y) {
        for (int r = 0; r < x.length; r++) {
            for (int i = 0; i < x[r].length; i++) {
                x[r][i] += y[r][i];
            }
        }
    }

    private static float[] flat(double[][] rows) {
        float[] values = new float[rows.length * rows[0].length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) rows[i / rows[0].length][i % rows[0].length];
        }
        return values;
    }
}
