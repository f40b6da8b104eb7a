package io.peregrine.model;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Small models of any shape of the architecture `llama` or one like it, with random weights, and what they should
/// compute: the formulas written down in plain loops and doubles, sharing nothing with the model.
///
/// @param halves whether elements turn with those half of the turned ones away, instead of their neighbours
/// @param headDim not `dim / heads` where that differs
/// @param linear factor of linear rope scaling, 1 for none
/// @param factors of `rope_freqs.weight`, or null
public record ToyLlama(
        String architecture,
        boolean halves,
        int layers,
        int dim,
        int ffn,
        int heads,
        int kvHeads,
        int headDim,
        int rotated,
        int vocab,
        boolean tied,
        boolean biases,
        float linear,
        float @Nullable [] factors) {

    public static final float EPS = 1e-5f;
    public static final float BASE = 10000;

    /// Of `llama`.
    public ToyLlama(
            int layers,
            int dim,
            int ffn,
            int heads,
            int kvHeads,
            int headDim,
            int rotated,
            int vocab,
            boolean tied,
            boolean biases,
            float linear,
            float @Nullable [] factors) {
        this(
                "llama", false, layers, dim, ffn, heads, kvHeads, headDim, rotated, vocab, tied, biases, linear,
                factors);
    }

    /// Two layers, width 32, 4 heads that share 2 keys.
    public static ToyLlama usual() {
        return new ToyLlama(2, 32, 48, 4, 2, 8, 8, 300, false, false, 1, null);
    }

    public ToyFile file(long seed) {
        ToyFile file = new ToyFile(seed)
                .key("general.architecture", architecture)
                .key(architecture + ".block_count", layers)
                .key(architecture + ".context_length", 256)
                .key(architecture + ".embedding_length", dim)
                .key(architecture + ".feed_forward_length", ffn)
                .key(architecture + ".attention.head_count", heads)
                .key(architecture + ".attention.head_count_kv", kvHeads)
                .key(architecture + ".attention.layer_norm_rms_epsilon", EPS)
                .key(architecture + ".rope.freq_base", BASE)
                .key(architecture + ".rope.dimension_count", rotated)
                .vocabulary(vocab);
        if (headDim * heads != dim) {
            file.key(architecture + ".attention.key_length", headDim);
            file.key(architecture + ".attention.value_length", headDim);
        }
        if (linear != 1) {
            file.key(architecture + ".rope.scaling.type", "linear").key(architecture + ".rope.scaling.factor", linear);
        }
        file.matrix("token_embd.weight", vocab, dim).vector("output_norm.weight", 1, dim);
        for (int i = 0; i < dim * vocab; i++) {
            file.weights("token_embd.weight")[i] *= 4;
        }
        if (!tied) {
            file.matrix("output.weight", vocab, dim);
        }
        if (factors != null) {
            file.vector("rope_freqs.weight", 1, rotated / 2);
            System.arraycopy(factors, 0, file.weights("rope_freqs.weight"), 0, rotated / 2);
        }
        for (int i = 0; i < layers; i++) {
            String name = "blk." + i + ".";
            file.vector(name + "attn_norm.weight", 1, dim).vector(name + "ffn_norm.weight", 1, dim);
            linear(file, name + "attn_q", heads * headDim, dim);
            linear(file, name + "attn_k", kvHeads * headDim, dim);
            linear(file, name + "attn_v", kvHeads * headDim, dim);
            linear(file, name + "attn_output", dim, heads * headDim);
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

    /// Where a row stands, as a pair of elements of a head sees it.
    @FunctionalInterface
    public interface Place {
        int of(int row, int pair);
    }

    /// The logits behind the last of some tokens.
    public double[] logits(ToyFile file, int[] tokens) {
        double[][] x = new double[tokens.length][];
        for (int t = 0; t < tokens.length; t++) {
            x[t] = embedding(file, tokens[t]);
        }
        return logits(file, x, (row, pair) -> row, new double[0][][]);
    }

    /// What a token is when it enters.
    public double[] embedding(ToyFile file, int token) {
        return scaled(row(file.weights("token_embd.weight"), token, dim), factor(file, "embedding_scale"));
    }

    /// The logits behind the last of some rows.
    ///
    /// @param x rows as they enter, which are overwritten
    /// @param added to the rows behind each of the first layers
    public double[] logits(ToyFile file, double[][] x, Place place, double[][][] added) {
        double residual = factor(file, "residual_scale");
        for (int i = 0; i < layers; i++) {
            String name = "blk." + i + ".";
            attend(file, name, x, place);
            for (double[] row : x) {
                double[] normed = norm(file, name + "ffn_norm.weight", row);
                double[] inner = apply(file, name + "ffn_gate", normed, ffn);
                double[] up = apply(file, name + "ffn_up", normed, ffn);
                for (int j = 0; j < ffn; j++) {
                    inner[j] = inner[j] / (1 + Math.exp(-inner[j])) * up[j];
                }
                add(row, scaled(apply(file, name + "ffn_down", inner, dim), residual));
            }
            for (int t = 0; t < x.length && i < added.length; t++) {
                add(x[t], added[i][t]);
            }
        }
        double[] last = norm(file, "output_norm.weight", x[x.length - 1]);
        return scaled(apply(file, tied ? "token_embd" : "output", last, vocab), 1 / factor(file, "logit_scale"));
    }

    /// One of those that Granite and its like have, which are 1 in others.
    private double factor(ToyFile file, String key) {
        return file.number(architecture + "." + key, 1);
    }

    private static double[] scaled(double[] x, double factor) {
        return Arrays.stream(x).map(value -> value * factor).toArray();
    }

    private void attend(ToyFile file, String name, double[][] x, Place place) {
        double[][] q = new double[x.length][];
        double[][] k = new double[x.length][];
        double[][] v = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double[] normed = norm(file, name + "attn_norm.weight", x[t]);
            q[t] = apply(file, name + "attn_q", normed, heads * headDim);
            k[t] = apply(file, name + "attn_k", normed, kvHeads * headDim);
            turned(headNorms(file, name + "attn_q_norm.weight", q[t]), t, place);
            turned(headNorms(file, name + "attn_k_norm.weight", k[t]), t, place);
            v[t] = apply(file, name + "attn_v", normed, kvHeads * headDim);
        }
        double scale = file.number(architecture + ".attention.scale", 1 / Math.sqrt(headDim));
        for (int t = 0; t < x.length; t++) {
            double[] mixed = new double[heads * headDim];
            int first = Math.max(0, t + 1 - file.integer(architecture + ".attention.sliding_window", t + 1));
            for (int h = 0; h < heads; h++) {
                mix(q[t], k, v, first, t, h, scale, mixed);
            }
            add(x[t], scaled(apply(file, name + "attn_output", mixed, dim), factor(file, "residual_scale")));
        }
    }

    private void mix(
            double[] q, double[][] k, double[][] v, int first, int t, int h, double scale, double[] mixed) {
        int shared = h / (heads / kvHeads) * headDim;
        double[] weights = new double[t + 1];
        double sum = 0;
        for (int s = first; s <= t; s++) {
            double dot = 0;
            for (int j = 0; j < headDim; j++) {
                dot += q[h * headDim + j] * k[s][shared + j];
            }
            weights[s] = Math.exp(dot * scale);
            sum += weights[s];
        }
        for (int s = first; s <= t; s++) {
            for (int j = 0; j < headDim; j++) {
                mixed[h * headDim + j] += weights[s] / sum * v[s][shared + j];
            }
        }
    }

    /// Norms each head by itself, if the file has such a norm.
    private double[] headNorms(ToyFile file, String name, double[] x) {
        for (int head = 0; head < x.length && file.has(name); head += headDim) {
            double[] normed = norm(file, name, Arrays.copyOfRange(x, head, head + headDim));
            System.arraycopy(normed, 0, x, head, headDim);
        }
        return x;
    }

    private double[] turned(double[] x, int row, Place place) {
        for (int head = 0; head < x.length; head += headDim) {
            for (int i = 0; i < rotated / 2; i++) {
                double slower = linear * (factors == null ? 1 : factors[i]);
                double angle = place.of(row, i) * Math.pow(BASE, -2.0 * i / rotated) / slower;
                int first = head + (halves ? i : 2 * i);
                int second = first + (halves ? rotated / 2 : 1);
                double a = x[first];
                double b = x[second];
                x[first] = a * Math.cos(angle) - b * Math.sin(angle);
                x[second] = a * Math.sin(angle) + b * Math.cos(angle);
            }
        }
        return x;
    }

    static double[] norm(ToyFile file, String name, double[] x) {
        double squares = 0;
        for (double value : x) {
            squares += value * value;
        }
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = x[i] / Math.sqrt(squares / x.length + EPS) * file.weights(name)[i];
        }
        return y;
    }

    static double[] apply(ToyFile file, String name, double[] x, int out) {
        float[] weights = file.weights(name + ".weight");
        double[] y = new double[out];
        for (int n = 0; n < out; n++) {
            double sum = file.has(name + ".bias") ? file.weights(name + ".bias")[n] : 0;
            for (int i = 0; i < x.length; i++) {
                sum += weights[n * x.length + i] * x[i];
            }
            y[n] = sum;
        }
        return y;
    }

    static double[] row(float[] table, int row, int width) {
        double[] values = new double[width];
        for (int i = 0; i < width; i++) {
            values[i] = table[row * width + i];
        }
        return values;
    }

    static void add(double[] x, double[] y) {
        for (int i = 0; i < x.length; i++) {
            x[i] += y[i];
        }
    }
}
