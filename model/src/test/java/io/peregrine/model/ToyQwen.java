package io.peregrine.model;

/// Small `qwen` models with random weights, and what they should compute: the formulas written down in plain
/// loops and doubles, sharing nothing with the model.
///
/// @param ffn the real width of the feed-forward part
/// @param rotated elements of a head that turn
/// @param trained the trained length
public record ToyQwen(
        int layers, int dim, int ffn, int heads, int rotated, int trained, boolean ntk, boolean logn, int vocab) {

    public static final float EPS = 1e-5f;
    public static final float BASE = 10000;

    /// Two layers, width 32, 4 heads, trained for 16 tokens.
    public static ToyQwen usual() {
        return new ToyQwen(2, 32, 24, 4, 8, 16, true, true, 300);
    }

    public ToyFile file(long seed) {
        ToyFile file = new ToyFile(seed)
                .key("general.architecture", "qwen")
                .key("qwen.block_count", layers)
                .key("qwen.context_length", 64)
                .key("qwen.embedding_length", dim)
                .key("qwen.feed_forward_length", 2 * ffn)
                .key("qwen.attention.head_count", heads)
                .key("qwen.attention.layer_norm_rms_epsilon", EPS)
                .key("qwen.rope.freq_base", BASE)
                .key("qwen.rope.dimension_count", rotated)
                .key("qwen.rope.dynamic_ntk", ntk)
                .key("qwen.attention.logn", logn)
                .key("qwen.rope.train_length", trained)
                .vocabulary(vocab)
                .key("tokenizer.ggml.add_bos_token", false)
                .matrix("token_embd.weight", vocab, dim)
                .vector("output_norm.weight", 1, dim)
                .matrix("output.weight", vocab, dim);
        for (int i = 0; i < dim * vocab; i++) {
            file.weights("token_embd.weight")[i] *= 4;
        }
        for (int i = 0; i < layers; i++) {
            String name = "blk." + i + ".";
            file.vector(name + "attn_norm.weight", 1, dim)
                    .vector(name + "ffn_norm.weight", 1, dim)
                    .tensor(name + "attn_qkv.weight", 0, 2, 3 * dim, dim)
                    .vector(name + "attn_qkv.bias", 0, 3 * dim)
                    .matrix(name + "attn_output.weight", dim, dim)
                    .matrix(name + "ffn_up.weight", ffn, dim)
                    .matrix(name + "ffn_gate.weight", ffn, dim)
                    .matrix(name + "ffn_down.weight", dim, ffn);
        }
        return file;
    }

    /// The logits behind the last of some tokens.
    ///
    /// @param prompt how many of them were there when the answer began
    public double[] logits(ToyFile file, int[] tokens, int prompt) {
        double alpha = Math.max(1, Math.pow(2, Math.ceil(Math.log((double) prompt / trained) / Math.log(2) + 1)) - 1);
        double base = ntk ? BASE * Math.pow(alpha, rotated / (rotated - 2.0)) : BASE;
        double[][] x = new double[tokens.length][dim];
        for (int t = 0; t < tokens.length; t++) {
            for (int i = 0; i < dim; i++) {
                x[t][i] = file.weights("token_embd.weight")[tokens[t] * dim + i];
            }
        }
        for (int i = 0; i < layers; i++) {
            String name = "blk." + i + ".";
            attend(file, name, x, base);
            for (double[] row : x) {
                double[] normed = norm(file.weights(name + "ffn_norm.weight"), row);
                double[] inner = apply(file, name + "ffn_up", normed, ffn);
                double[] gate = apply(file, name + "ffn_gate", normed, ffn);
                for (int j = 0; j < ffn; j++) {
                    inner[j] *= gate[j] / (1 + Math.exp(-gate[j]));
                }
                add(row, apply(file, name + "ffn_down", inner, dim));
            }
        }
        return apply(file, "output", norm(file.weights("output_norm.weight"), x[x.length - 1]), vocab);
    }

    private void attend(ToyFile file, String name, double[][] x, double base) {
        double[][] qkv = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double[] normed = norm(file.weights(name + "attn_norm.weight"), x[t]);
            qkv[t] = apply(file, name + "attn_qkv", normed, 3 * dim);
            for (int head = 0; head < 2 * heads; head++) {
                turn(qkv[t], head * (dim / heads), t, base);
            }
            for (int i = 0; logn && t + 1 > trained && i < dim; i++) {
                qkv[t][i] *= Math.log(t + 1) / Math.log(trained);
            }
        }
        for (int t = 0; t < x.length; t++) {
            double[] mixed = new double[dim];
            for (int h = 0; h < heads; h++) {
                mix(qkv, t, h * (dim / heads), mixed);
            }
            add(x[t], apply(file, name + "attn_output", mixed, dim));
        }
    }

    private void mix(double[][] qkv, int t, int at, double[] mixed) {
        int headDim = dim / heads;
        double[] weights = new double[t + 1];
        double sum = 0;
        for (int s = 0; s <= t; s++) {
            double dot = 0;
            for (int j = at; j < at + headDim; j++) {
                dot += qkv[t][j] * qkv[s][dim + j];
            }
            weights[s] = Math.exp(dot / Math.sqrt(headDim));
            sum += weights[s];
        }
        for (int s = 0; s <= t; s++) {
            for (int j = at; j < at + headDim; j++) {
                mixed[j] += weights[s] / sum * qkv[s][2 * dim + j];
            }
        }
    }

    private void turn(double[] x, int at, int position, double base) {
        for (int i = 0; i < rotated / 2; i++) {
            double angle = position * Math.pow(base, -2.0 * i / rotated);
            double a = x[at + i];
            double b = x[at + i + rotated / 2];
            x[at + i] = a * Math.cos(angle) - b * Math.sin(angle);
            x[at + i + rotated / 2] = a * Math.sin(angle) + b * Math.cos(angle);
        }
    }

    private static double[] norm(float[] weights, double[] x) {
        double squares = 0;
        for (double value : x) {
            squares += value * value;
        }
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = x[i] / Math.sqrt(squares / x.length + EPS) * weights[i];
        }
        return y;
    }

    private static double[] apply(ToyFile file, String name, double[] x, int out) {
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

    private static void add(double[] x, double[] y) {
        for (int i = 0; i < x.length; i++) {
            x[i] += y[i];
        }
    }
}
