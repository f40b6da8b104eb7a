package io.peregrine.model;

import io.peregrine.model.image.Pixels;
import java.util.function.DoubleUnaryOperator;

/// Small vision files of Qwen3-VL with random weights, and what they should compute: the formulas written down in plain
/// loops and doubles, sharing nothing with the model.
///
/// @param side of a patch
/// @param grid places on a side of the learned table
/// @param merge patches on a side of a square
/// @param deep the blocks whose result goes to the first layers of the decoder, in order
/// @param out width of the decoder
public record ToyQwen3Vl(
        int blocks, int dim, int ffn, int heads, int side, int grid, int merge, int[] deep, int out) {

    private static final float EPS = 1e-6f;

    public ToyFile file(long seed) {
        boolean[] flags = new boolean[blocks];
        for (int block : deep) {
            flags[block] = true;
        }
        ToyFile file = new ToyFile(seed)
                .key("general.architecture", "clip")
                .key("clip.has_vision_encoder", true)
                .key("clip.projector_type", "qwen3vl_merger")
                .key("clip.use_gelu", true)
                .key("clip.vision.image_size", grid * side)
                .key("clip.vision.patch_size", side)
                .key("clip.vision.spatial_merge_size", merge)
                .key("clip.vision.embedding_length", dim)
                .key("clip.vision.feed_forward_length", ffn)
                .key("clip.vision.block_count", blocks)
                .key("clip.vision.attention.head_count", heads)
                .key("clip.vision.attention.layer_norm_epsilon", EPS)
                .key("clip.vision.image_mean", new float[] {0.5f, 0.5f, 0.5f})
                .key("clip.vision.image_std", new float[] {0.5f, 0.5f, 0.5f})
                .key("clip.vision.is_deepstack_layers", flags)
                .tensor("v.patch_embd.weight", 0, 1, dim, 3, side, side)
                .tensor("v.patch_embd.weight.1", 0, 1, dim, 3, side, side)
                .vector("v.patch_embd.bias", 0, dim)
                .tensor("v.position_embd.weight", 0, Math.sqrt(dim), (long) grid * grid, dim);
        for (int i = 0; i < blocks; i++) {
            String name = "v.blk." + i + ".";
            norm(file, name + "ln1", dim);
            norm(file, name + "ln2", dim);
            linear(file, name + "attn_qkv", 3 * dim, dim);
            linear(file, name + "attn_out", dim, dim);
            linear(file, name + "ffn_up", ffn, dim);
            linear(file, name + "ffn_down", dim, ffn);
        }
        int wide = merge * merge * dim;
        norm(file, "v.post_ln", dim);
        linear(file, "mm.0", wide, wide);
        linear(file, "mm.2", out, wide);
        for (int block : deep) {
            String name = "v.deepstack." + block + ".";
            norm(file, name + "norm", wide);
            linear(file, name + "fc1", wide, wide);
            linear(file, name + "fc2", out, wide);
        }
        return file;
    }

    private static void norm(ToyFile file, String name, int width) {
        file.vector(name + ".weight", 1, width).vector(name + ".bias", 0, width);
    }

    private static void linear(ToyFile file, String name, int rows, int columns) {
        file.matrix(name + ".weight", rows, columns).vector(name + ".bias", 0, rows);
    }

    /// The rows of a view: `[lines / merge * columns / merge][(1 + deep) * out]`.
    ///
    /// @param gelu of the MLPs behind the tower
    public double[][] rows(ToyFile file, Pixels view, DoubleUnaryOperator gelu) {
        int lines = view.height() / side;
        int columns = view.width() / side;
        double[][] x = new double[lines * columns][];
        for (int patch = 0; patch < x.length; patch++) {
            x[patch] = entered(file, view, patch / columns, patch % columns, lines, columns);
        }
        double[][] rows = new double[x.length / merge / merge][(1 + deep.length) * out];
        int part = 1;
        for (int block = 0; block < blocks; block++) {
            String name = "v.blk." + block + ".";
            attend(file, name, x, columns);
            for (double[] row : x) {
                double[] inner = apply(file, name + "ffn_up", norm(file, name + "ln2", row));
                for (int i = 0; i < ffn; i++) {
                    double cubic = inner[i] + 0.044715 * inner[i] * inner[i] * inner[i];
                    inner[i] = inner[i] / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * cubic));
                }
                add(row, apply(file, name + "ffn_down", inner));
            }
            for (int chosen : deep) {
                if (chosen == block) {
                    for (int square = 0; square < rows.length; square++) {
                        double[] wide = norm(file, "v.deepstack." + block + ".norm", square(x, square, columns));
                        mlp(file, "v.deepstack." + block + ".fc", 1, wide, gelu, rows[square], part * out);
                    }
                    part++;
                }
            }
        }
        for (int i = 0; i < x.length; i++) {
            x[i] = norm(file, "v.post_ln", x[i]);
        }
        for (int square = 0; square < rows.length; square++) {
            mlp(file, "mm.", 0, square(x, square, columns), gelu, rows[square], 0);
        }
        return rows;
    }

    /// A patch, convolved with the sum of both kernels, and the table's value at its place, corners on corners.
    private double[] entered(ToyFile file, Pixels view, int line, int column, int lines, int columns) {
        float[] first = file.weights("v.patch_embd.weight");
        float[] second = file.weights("v.patch_embd.weight.1");
        float[] table = file.weights("v.position_embd.weight");
        double down = lines == 1 ? 0 : line * (grid - 1.0) / (lines - 1);
        double across = columns == 1 ? 0 : column * (grid - 1.0) / (columns - 1);
        double[] x = new double[dim];
        for (int d = 0; d < dim; d++) {
            x[d] = file.weights("v.patch_embd.bias")[d];
            for (int c = 0; c < 3; c++) {
                for (int i = 0; i < side * side; i++) {
                    int pixel = (line * side + i / side) * view.width() + column * side + i % side;
                    int tap = (d * 3 + c) * side * side + i;
                    x[d] += view.values()[3 * pixel + c] * ((double) first[tap] + second[tap]);
                }
            }
            for (int place = 0; place < grid * grid; place++) {
                double near = Math.max(0, 1 - Math.abs(place / grid - down))
                        * Math.max(0, 1 - Math.abs(place % grid - across));
                x[d] += near * table[place * dim + d];
            }
        }
        return x;
    }

    private void attend(ToyFile file, String name, double[][] x, int columns) {
        int headDim = dim / heads;
        double[][] qkv = new double[x.length][];
        for (int p = 0; p < x.length; p++) {
            qkv[p] = apply(file, name + "attn_qkv", norm(file, name + "ln1", x[p]));
            for (int head = 0; head < 2 * heads; head++) {
                turn(qkv[p], head * headDim, headDim, p / columns, p % columns);
            }
        }
        for (int p = 0; p < x.length; p++) {
            double[] mixed = new double[dim];
            for (int at = 0; at < dim; at += headDim) {
                double[] weights = new double[x.length];
                double sum = 0;
                for (int s = 0; s < x.length; s++) {
                    double dot = 0;
                    for (int i = at; i < at + headDim; i++) {
                        dot += qkv[p][i] * qkv[s][dim + i];
                    }
                    weights[s] = Math.exp(dot / Math.sqrt(headDim));
                    sum += weights[s];
                }
                for (int s = 0; s < x.length; s++) {
                    for (int i = at; i < at + headDim; i++) {
                        mixed[i] += weights[s] / sum * qkv[s][2 * dim + i];
                    }
                }
            }
            add(x[p], apply(file, name + "attn_out", mixed));
        }
    }

    /// Elements half a head apart are a pair; the first half of the pairs turns with the line, the second with the column.
    private static void turn(double[] x, int at, int headDim, int line, int column) {
        for (int pair = 0; pair < headDim / 2; pair++) {
            int quarter = headDim / 4;
            double frequency = Math.pow(10000, -(double) (pair % quarter) / quarter);
            double angle = (pair < quarter ? line : column) * frequency;
            double a = x[at + pair];
            double b = x[at + pair + headDim / 2];
            x[at + pair] = a * Math.cos(angle) - b * Math.sin(angle);
            x[at + pair + headDim / 2] = a * Math.sin(angle) + b * Math.cos(angle);
        }
    }

    /// The patches of a square, line by line.
    private double[] square(double[][] x, int square, int columns) {
        double[] wide = new double[merge * merge * dim];
        int across = columns / merge;
        for (int i = 0; i < merge * merge; i++) {
            int patch = (square / across * merge + i / merge) * columns + square % across * merge + i % merge;
            System.arraycopy(x[patch], 0, wide, i * dim, dim);
        }
        return wide;
    }

    private static void mlp(
            ToyFile file, String name, int first, double[] x, DoubleUnaryOperator gelu, double[] to, int at) {
        double[] inner = apply(file, name + first, x);
        for (int i = 0; i < inner.length; i++) {
            inner[i] = gelu.applyAsDouble(inner[i]);
        }
        double[] y = apply(file, name + (name.equals("mm.") ? 2 : first + 1), inner);
        System.arraycopy(y, 0, to, at, y.length);
    }

    private static double[] norm(ToyFile file, String name, double[] x) {
        double mean = 0;
        for (double value : x) {
            mean += value / x.length;
        }
        double variance = 0;
        for (double value : x) {
            variance += (value - mean) * (value - mean) / x.length;
        }
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = (x[i] - mean) / Math.sqrt(variance + EPS) * file.weights(name + ".weight")[i]
                    + file.weights(name + ".bias")[i];
        }
        return y;
    }

    private static double[] apply(ToyFile file, String name, double[] x) {
        float[] weights = file.weights(name + ".weight");
        float[] bias = file.weights(name + ".bias");
        double[] y = new double[bias.length];
        for (int n = 0; n < y.length; n++) {
            y[n] = bias[n];
            for (int i = 0; i < x.length; i++) {
                y[n] += weights[n * x.length + i] * x[i];
            }
        }
        return y;
    }

    private static void add(double[] x, double[] y) {
        for (int i = 0; i < x.length; i++) {
            x[i] += y[i];
        }
    }
}
