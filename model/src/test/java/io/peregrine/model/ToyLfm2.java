package io.peregrine.model;

import java.util.Arrays;

/// Small `lfm2` models of any shape, with random weights, and what they should compute: the formulas written
/// down in plain loops and doubles, sharing nothing with the model.
///
/// @param kvHeads of each layer, 0 for a convolution
/// @param taps rows that a convolution sees
/// @param window rows that a row sees in layers that attend, 0 for all
public record ToyLfm2(
        int dim,
        int ffn,
        int heads,
        int[] kvHeads,
        int taps,
        int window,
        int vocab,
        boolean tied,
        boolean biases) {

    public static final float EPS = 1e-5f;
    private static final float BASE = 1000000;

    /// Four layers, width 32.
    public static ToyLfm2 usual() {
        return new ToyLfm2(32, 48, 4, new int[] {0, 2, 0, 1}, 3, 0, 300, true, false);
    }

    private int headDim() {
        return dim / heads;
    }

    public ToyFile file(long seed) {
        ToyFile file = new ToyFile(seed)
                .key("general.architecture", "lfm2")
                .key("lfm2.block_count", kvHeads.length)
                .key("lfm2.context_length", 2048)
                .key("lfm2.embedding_length", dim)
                .key("lfm2.feed_forward_length", ffn)
                .key("lfm2.attention.head_count", heads)
                .key("lfm2.attention.head_count_kv", kvHeads)
                .key("lfm2.attention.layer_norm_rms_epsilon", EPS)
                .key("lfm2.rope.freq_base", BASE)
                .key("lfm2.shortconv.l_cache", taps)
                .vocabulary(vocab);
        if (window > 0) {
            file.key("lfm2.attention.sliding_window", window);
        }
        file.matrix("token_embd.weight", vocab, dim).vector("token_embd_norm.weight", 1, dim);
        for (int i = 0; i < dim * vocab; i++) {
            file.weights("token_embd.weight")[i] *= 4;
        }
        if (!tied) {
            file.matrix("output.weight", vocab, dim);
        }
        for (int i = 0; i < kvHeads.length; i++) {
            String name = "blk." + i + ".";
            file.vector(name + "attn_norm.weight", 1, dim).vector(name + "ffn_norm.weight", 1, dim);
            if (kvHeads[i] == 0) {
                linear(file, name + "shortconv.in_proj", 3 * dim, dim);
                linear(file, name + "shortconv.out_proj", dim, dim);
                linear(file, name + "shortconv.conv", dim, taps);
            } else {
                linear(file, name + "attn_q", dim, dim);
                linear(file, name + "attn_k", kvHeads[i] * headDim(), dim);
                linear(file, name + "attn_v", kvHeads[i] * headDim(), dim);
                linear(file, name + "attn_output", dim, dim);
                file.vector(name + "attn_q_norm.weight", 1, headDim());
                file.vector(name + "attn_k_norm.weight", 1, headDim());
            }
            linear(file, name + "ffn_gate", ffn, dim);
            linear(file, name + "ffn_up", ffn, dim);
            linear(file, name + "ffn_down", dim, ffn);
        }
        return file;
    }

    private void linear(ToyFile file, String name, int out, int in) {
        file.matrix(name + ".weight", out, in);
        if (biases) {
            file.vector(name + ".bias", 0, out);
        }
    }

    /// The logits behind the last of some tokens.
    public float[] logits(ToyFile file, int[] tokens) {
        double[][] x = new double[tokens.length][dim];
        for (int t = 0; t < tokens.length; t++) {
            for (int i = 0; i < dim; i++) {
                x[t][i] = file.weights("token_embd.weight")[tokens[t] * dim + i];
            }
        }
        for (int i = 0; i < kvHeads.length; i++) {
            String name = "blk." + i + ".";
            double[][] normed = norm(file, name + "attn_norm", x, dim);
            add(x, kvHeads[i] == 0 ? convolved(file, name, normed) : attended(file, name, normed, kvHeads[i]));
            normed = norm(file, name + "ffn_norm", x, dim);
            double[][] inner = apply(file, name + "ffn_gate", normed, ffn);
            double[][] up = apply(file, name + "ffn_up", normed, ffn);
            for (int t = 0; t < x.length; t++) {
                for (int j = 0; j < ffn; j++) {
                    inner[t][j] = inner[t][j] / (1 + Math.exp(-inner[t][j])) * up[t][j];
                }
            }
            add(x, apply(file, name + "ffn_down", inner, dim));
        }
        double[][] last = norm(file, "token_embd_norm", new double[][] {x[x.length - 1]}, dim);
        double[] wide = apply(file, tied ? "token_embd" : "output", last, vocab)[0];
        float[] narrow = new float[vocab];
        for (int i = 0; i < vocab; i++) {
            narrow[i] = (float) wide[i];
        }
        return narrow;
    }

    private double[][] convolved(ToyFile file, String name, double[][] x) {
        double[][] parts = apply(file, name + "shortconv.in_proj", x, 3 * dim);
        float[] kernel = file.weights(name + "shortconv.conv.weight");
        double[][] mixed = new double[x.length][dim];
        for (int t = 0; t < x.length; t++) {
            for (int c = 0; c < dim; c++) {
                double sum = biases ? file.weights(name + "shortconv.conv.bias")[c] : 0;
                for (int back = 0; back < taps && back <= t; back++) {
                    double input = parts[t - back][c] * parts[t - back][2 * dim + c];
                    sum += kernel[c * taps + taps - 1 - back] * input;
                }
                mixed[t][c] = parts[t][dim + c] * sum;
            }
        }
        return apply(file, name + "shortconv.out_proj", mixed, dim);
    }

    private double[][] attended(ToyFile file, String name, double[][] x, int kv) {
        int size = headDim();
        double[][] q = turned(norm(file, name + "attn_q_norm", apply(file, name + "attn_q", x, dim), size));
        double[][] k = turned(norm(file, name + "attn_k_norm", apply(file, name + "attn_k", x, kv * size), size));
        double[][] v = apply(file, name + "attn_v", x, kv * size);
        double[][] mixed = new double[x.length][dim];
        for (int t = 0; t < x.length; t++) {
            int first = window == 0 ? 0 : Math.max(0, t + 1 - window);
            for (int h = 0; h < heads; h++) {
                int shared = h / (heads / kv) * size;
                double sum = 0;
                for (int s = first; s <= t; s++) {
                    double dot = 0;
                    for (int j = 0; j < size; j++) {
                        dot += q[t][h * size + j] * k[s][shared + j];
                    }
                    double weight = Math.exp(dot / Math.sqrt(size));
                    sum += weight;
                    for (int j = 0; j < size; j++) {
                        mixed[t][h * size + j] += weight * v[s][shared + j];
                    }
                }
                for (int j = 0; j < size; j++) {
                    mixed[t][h * size + j] /= sum;
                }
            }
        }
        return apply(file, name + "attn_output", mixed, dim);
    }

    /// Turns the halves of each head against each other.
    private double[][] turned(double[][] x) {
        int half = headDim() / 2;
        for (int t = 0; t < x.length; t++) {
            for (int head = 0; head < x[t].length; head += headDim()) {
                for (int i = 0; i < half; i++) {
                    double angle = t * Math.pow(BASE, -(double) i / half);
                    double a = x[t][head + i];
                    double b = x[t][head + half + i];
                    x[t][head + i] = a * Math.cos(angle) - b * Math.sin(angle);
                    x[t][head + half + i] = a * Math.sin(angle) + b * Math.cos(angle);
                }
            }
        }
        return x;
    }

    /// Norms groups of `size` elements.
    private static double[][] norm(ToyFile file, String name, double[][] x, int size) {
        float[] weight = file.weights(name + ".weight");
        double[][] y = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            y[t] = new double[x[t].length];
            for (int from = 0; from < x[t].length; from += size) {
                double squares = Arrays.stream(x[t], from, from + size).map(value -> value * value).sum();
                for (int i = 0; i < size; i++) {
                    y[t][from + i] = x[t][from + i] / Math.sqrt(squares / size + EPS) * weight[i];
                }
            }
        }
        return y;
    }

    private static double[][] apply(ToyFile file, String name, double[][] x, int out) {
        float[] weight = file.weights(name + ".weight");
        double[][] y = new double[x.length][out];
        for (int t = 0; t < x.length; t++) {
            for (int n = 0; n < out; n++) {
                double sum = file.has(name + ".bias") ? file.weights(name + ".bias")[n] : 0;
                for (int i = 0; i < x[t].length; i++) {
                    sum += weight[n * x[t].length + i] * x[t][i];
                }
                y[t][n] = sum;
            }
        }
        return y;
    }

    private static void add(double[][] x, double[][] y) {
        for (int t = 0; t < x.length; t++) {
            for (int i = 0; i < x[t].length; i++) {
                x[t][i] += y[t][i];
            }
        }
    }
}
