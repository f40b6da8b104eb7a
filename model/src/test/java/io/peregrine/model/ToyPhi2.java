package io.peregrine.model;

/// Small `phi2` models of any shape, with random weights, and what they should compute: the formulas written down in
/// plain loops and doubles, sharing nothing with the model.
///
/// @param rotated elements of a head that turn
/// @param fused whether queries, keys and values are in one matrix
/// @param tied whether the token table is the output matrix
public record ToyPhi2(
        int layers,
        int dim,
        int ffn,
        int heads,
        int kvHeads,
        int rotated,
        int vocab,
        boolean fused,
        boolean tied) {

    private static final float EPS = 1e-5f;

    public ToyFile file(long seed) {
        ToyFile file = new ToyFile(seed)
                .key("general.architecture", "phi2")
                .key("phi2.block_count", layers)
                .key("phi2.context_length", 256)
                .key("phi2.embedding_length", dim)
                .key("phi2.feed_forward_length", ffn)
                .key("phi2.attention.head_count", heads)
                .key("phi2.attention.head_count_kv", kvHeads)
                .key("phi2.attention.layer_norm_epsilon", EPS)
                .key("phi2.rope.dimension_count", rotated)
                .vocabulary(vocab)
                .tensor("token_embd.weight", 0, 4, vocab, dim);
        norm(file, "output_norm");
        if (!tied) {
            linear(file, "output", vocab, dim);
        }
        for (int i = 0; i < layers; i++) {
            String name = "blk." + i + ".";
            norm(file, name + "attn_norm");
            if (fused) {
                linear(file, name + "attn_qkv", dim + 2 * keys(), dim);
            } else {
                linear(file, name + "attn_q", dim, dim);
                linear(file, name + "attn_k", keys(), dim);
                linear(file, name + "attn_v", keys(), dim);
            }
            linear(file, name + "attn_output", dim, dim);
            linear(file, name + "ffn_up", ffn, dim);
            linear(file, name + "ffn_down", dim, ffn);
        }
        return file;
    }

    private int headDim() {
        return dim / heads;
    }

    private int keys() {
        return kvHeads * headDim();
    }

    private void norm(ToyFile file, String name) {
        file.vector(name + ".weight", 1, dim).vector(name + ".bias", 0, dim);
    }

    private static void linear(ToyFile file, String name, int out, int in) {
        file.matrix(name + ".weight", out, in).vector(name + ".bias", 0, out);
    }

    /// The logits behind the last of some tokens.
    public double[] logits(ToyFile file, int[] tokens) {
        double[][] x = new double[tokens.length][dim];
        for (int t = 0; t < tokens.length; t++) {
            for (int i = 0; i < dim; i++) {
                x[t][i] = file.weights("token_embd.weight")[tokens[t] * dim + i];
            }
        }
        for (int i = 0; i < layers; i++) {
            layer(file, "blk." + i + ".", x);
        }
        double[] last = normed(file, "output_norm", x[x.length - 1]);
        return apply(file, tied ? "token_embd" : "output", 0, vocab, last);
    }

    private void layer(ToyFile file, String name, double[][] x) {
        double[][] q = new double[x.length][];
        double[][] k = new double[x.length][];
        double[][] v = new double[x.length][];
        double[][] inner = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double[] normed = normed(file, name + "attn_norm", x[t]);
            q[t] = turned(apply(file, name + (fused ? "attn_qkv" : "attn_q"), 0, dim, normed), t);
            k[t] = turned(apply(file, name + (fused ? "attn_qkv" : "attn_k"), fused ? dim : 0, keys(), normed), t);
            v[t] = apply(file, name + (fused ? "attn_qkv" : "attn_v"), fused ? dim + keys() : 0, keys(), normed);
            inner[t] = apply(file, name + "ffn_up", 0, ffn, normed);
        }
        for (int t = 0; t < x.length; t++) {
            for (int j = 0; j < ffn; j++) {
                double value = inner[t][j];
                double bent = Math.tanh(Math.sqrt(2 / Math.PI) * (value + 0.044715 * value * value * value));
                inner[t][j] = value / 2 * (1 + bent);
            }
            double[] attended = apply(file, name + "attn_output", 0, dim, mixed(q[t], k, v, t));
            double[] fed = apply(file, name + "ffn_down", 0, dim, inner[t]);
            for (int i = 0; i < dim; i++) {
                x[t][i] += attended[i] + fed[i];
            }
        }
    }

    private double[] mixed(double[] q, double[][] k, double[][] v, int t) {
        double[] mixed = new double[dim];
        for (int i = 0; i < dim; i++) {
            int head = i / headDim();
            int shared = head / (heads / kvHeads) * headDim();
            double total = 0;
            for (int s = 0; s <= t; s++) {
                double dot = 0;
                for (int j = 0; j < headDim(); j++) {
                    dot += q[head * headDim() + j] * k[s][shared + j];
                }
                double weight = Math.exp(dot / Math.sqrt(headDim()));
                total += weight;
                mixed[i] += weight * v[s][shared + i % headDim()];
            }
            mixed[i] /= total;
        }
        return mixed;
    }

    private double[] turned(double[] x, int position) {
        for (int head = 0; head < x.length; head += headDim()) {
            for (int i = 0; i < rotated / 2; i++) {
                double angle = position * Math.pow(10000, -2.0 * i / rotated);
                double a = x[head + i];
                double b = x[head + rotated / 2 + i];
                x[head + i] = a * Math.cos(angle) - b * Math.sin(angle);
                x[head + rotated / 2 + i] = a * Math.sin(angle) + b * Math.cos(angle);
            }
        }
        return x;
    }

    private static double[] normed(ToyFile file, String name, double[] x) {
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

    /// Outputs `first .. first + out` of a layer.
    private static double[] apply(ToyFile file, String name, int first, int out, double[] x) {
        double[] y = new double[out];
        for (int n = 0; n < out; n++) {
            double sum = file.has(name + ".bias") ? file.weights(name + ".bias")[first + n] : 0;
            for (int i = 0; i < x.length; i++) {
                sum += file.weights(name + ".weight")[(first + n) * x.length + i] * x[i];
            }
            y[n] = sum;
        }
        return y;
    }
}
