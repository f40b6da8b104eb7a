package io.peregrine.model;

import io.peregrine.model.image.Pixels;

/// A small vision file of the InternVL kind with random weights, and what it should compute: the formulas written down in
/// plain loops and doubles, sharing nothing with the model. Width 6, 2 heads, patches of 2, views of 8 by 8, squares of 2
/// by 2 patches.
///
/// @param large whether its norms are RMSNorms, with norms of queries and keys, as those of the tower of 6 billion
///     parameters
public record ToyInternVl(boolean large) {

    public static final int SIDE = 8;
    private static final int DIM = 6;
    private static final int FFN = 7;
    private static final int HEADS = 2;
    private static final int BLOCKS = 2;
    private static final int PATCH = 2;
    private static final int GRID = SIDE / PATCH;
    private static final int ROWS = 1 + GRID * GRID;
    private static final int OUT = 5;

    public ToyFile file(long seed) {
        ToyFile file = new ToyFile(seed)
                .key("general.architecture", "clip")
                .key("clip.projector_type", "internvl")
                .key("clip.use_gelu", true)
                .key("clip.vision.image_size", SIDE)
                .key("clip.vision.patch_size", PATCH)
                .key("clip.vision.embedding_length", DIM)
                .key("clip.vision.feed_forward_length", FFN)
                .key("clip.vision.block_count", BLOCKS)
                .key("clip.vision.attention.head_count", HEADS)
                .key("clip.vision.attention.layer_norm_epsilon", 1e-6f)
                .key("clip.vision.image_mean", new float[] {0.5f, 0.5f, 0.5f})
                .key("clip.vision.image_std", new float[] {0.25f, 0.25f, 0.25f})
                .key("clip.vision.projector.scale_factor", 2)
                .key("clip.vision.preproc_max_tiles", 6)
                .vector("v.class_embd", 0, DIM)
                .tensor("v.patch_embd.weight", 0, 1, DIM, 3, PATCH, PATCH)
                .vector("v.patch_embd.bias", 0, DIM)
                .matrix("v.position_embd.weight", ROWS, DIM);
        for (int i = 0; i < BLOCKS; i++) {
            String name = "v.blk." + i + ".";
            norm(file, name + "ln1", DIM, !large);
            norm(file, name + "ln2", DIM, !large);
            for (String part : new String[] {"attn_q", "attn_k", "attn_v", "attn_out"}) {
                linear(file, name + part, DIM, DIM);
            }
            if (large) {
                norm(file, name + "attn_q_norm", DIM, false);
                norm(file, name + "attn_k_norm", DIM, false);
            }
            file.vector(name + "ls1.weight", 0.5, DIM).vector(name + "ls2.weight", 0.5, DIM);
            linear(file, name + "ffn_up", FFN, DIM);
            linear(file, name + "ffn_down", DIM, FFN);
        }
        norm(file, "mm.model.mlp.0", 4 * DIM, true);
        linear(file, "mm.model.mlp.1", OUT, 4 * DIM);
        linear(file, "mm.model.mlp.3", OUT, OUT);
        return file;
    }

    private static void norm(ToyFile file, String name, int width, boolean bias) {
        file.vector(name + ".weight", 1, width);
        if (bias) {
            file.vector(name + ".bias", 0.2, width);
        }
    }

    private static void linear(ToyFile file, String name, int out, int in) {
        file.matrix(name + ".weight", out, in).vector(name + ".bias", 0, out);
    }

    /// The rows of a view: `[4, 5]`.
    public static float[] rows(ToyFile file, Pixels view) {
        double[][] x = new double[ROWS][];
        x[0] = sum(values(file, "v.class_embd", 0), values(file, "v.position_embd.weight", 0));
        for (int p = 0; p < GRID * GRID; p++) {
            x[1 + p] = sum(patch(file, view, p), values(file, "v.position_embd.weight", (1 + p) * DIM));
        }
        for (int i = 0; i < BLOCKS; i++) {
            block(file, "v.blk." + i + ".", x);
        }
        float[] rows = new float[4 * OUT];
        for (int square = 0; square < 4; square++) {
            double[] wide = new double[4 * DIM];
            for (int i = 0; i < wide.length; i++) {
                int part = i / DIM;
                int line = square / 2 * 2 + part / 2;
                int column = square % 2 * 2 + part % 2;
                wide[i] = x[1 + line * GRID + column][i % DIM];
            }
            double[] inner = apply(file, "mm.model.mlp.1", normed(file, "mm.model.mlp.0", wide, 1e-5));
            double[] row = apply(file, "mm.model.mlp.3", gelu(inner));
            for (int i = 0; i < OUT; i++) {
                rows[square * OUT + i] = (float) row[i];
            }
        }
        return rows;
    }

    private static double[] patch(ToyFile file, Pixels view, int p) {
        double[] y = values(file, "v.patch_embd.bias", 0);
        float[] kernel = file.weights("v.patch_embd.weight");
        for (int o = 0; o < DIM; o++) {
            for (int i = 0; i < 3 * PATCH * PATCH; i++) {
                int line = p / GRID * PATCH + i / PATCH % PATCH;
                int column = p % GRID * PATCH + i % PATCH;
                int channel = i / (PATCH * PATCH);
                y[o] += kernel[o * 3 * PATCH * PATCH + i] * view.values()[3 * (line * SIDE + column) + channel];
            }
        }
        return y;
    }

    private static void block(ToyFile file, String name, double[][] x) {
        double[][] q = new double[ROWS][];
        double[][] k = new double[ROWS][];
        double[][] v = new double[ROWS][];
        for (int r = 0; r < ROWS; r++) {
            double[] normed = normed(file, name + "ln1", x[r], 1e-6);
            q[r] = headNormed(file, name + "attn_q_norm", apply(file, name + "attn_q", normed));
            k[r] = headNormed(file, name + "attn_k_norm", apply(file, name + "attn_k", normed));
            v[r] = apply(file, name + "attn_v", normed);
        }
        for (int r = 0; r < ROWS; r++) {
            double[] attended = apply(file, name + "attn_out", mixed(q[r], k, v));
            for (int i = 0; i < DIM; i++) {
                x[r][i] += attended[i] * file.weights(name + "ls1.weight")[i];
            }
        }
        for (int r = 0; r < ROWS; r++) {
            double[] inner = gelu(apply(file, name + "ffn_up", normed(file, name + "ln2", x[r], 1e-6)));
            double[] fed = apply(file, name + "ffn_down", inner);
            for (int i = 0; i < DIM; i++) {
                x[r][i] += fed[i] * file.weights(name + "ls2.weight")[i];
            }
        }
    }

    private static double[] headNormed(ToyFile file, String name, double[] x) {
        return file.has(name + ".weight") ? normed(file, name, x, 1e-6) : x;
    }

    private static double[] mixed(double[] q, double[][] k, double[][] v) {
        int headDim = DIM / HEADS;
        double[] mixed = new double[DIM];
        for (int i = 0; i < DIM; i++) {
            int head = i / headDim * headDim;
            double total = 0;
            for (int s = 0; s < ROWS; s++) {
                double dot = 0;
                for (int j = head; j < head + headDim; j++) {
                    dot += q[j] * k[s][j];
                }
                double weight = Math.exp(dot / Math.sqrt(headDim));
                total += weight;
                mixed[i] += weight * v[s][i];
            }
            mixed[i] /= total;
        }
        return mixed;
    }

    /// With a bias: LayerNorm; without: RMSNorm.
    private static double[] normed(ToyFile file, String name, double[] x, double eps) {
        boolean rms = !file.has(name + ".bias");
        double mean = 0;
        for (double value : x) {
            mean += rms ? 0 : value / x.length;
        }
        double variance = 0;
        for (double value : x) {
            variance += (value - mean) * (value - mean) / x.length;
        }
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = (x[i] - mean) / Math.sqrt(variance + eps) * file.weights(name + ".weight")[i]
                    + (rms ? 0 : file.weights(name + ".bias")[i]);
        }
        return y;
    }

    /// `x * P(X <= x)` of a normal variable, the integral by Simpson's rule.
    private static double[] gelu(double[] x) {
        int steps = 400;
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            double h = x[i] / steps;
            double sum = 0;
            for (int s = 0; s <= steps; s++) {
                double weight = s == 0 || s == steps ? 1 : s % 2 == 1 ? 4 : 2;
                sum += weight * Math.exp(-(s * h) * (s * h) / 2);
            }
            y[i] = x[i] * (0.5 + sum * h / 3 / Math.sqrt(2 * Math.PI));
        }
        return y;
    }

    private static double[] apply(ToyFile file, String name, double[] x) {
        double[] y = new double[file.weights(name + ".bias").length];
        for (int n = 0; n < y.length; n++) {
            y[n] = file.weights(name + ".bias")[n];
            for (int i = 0; i < x.length; i++) {
                y[n] += file.weights(name + ".weight")[n * x.length + i] * x[i];
            }
        }
        return y;
    }

    private static double[] values(ToyFile file, String name, int from) {
        double[] values = new double[DIM];
        for (int i = 0; i < DIM; i++) {
            values[i] = file.weights(name)[from + i];
        }
        return values;
    }

    private static double[] sum(double[] a, double[] b) {
        double[] sum = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            sum[i] = a[i] + b[i];
        }
        return sum;
    }
}
