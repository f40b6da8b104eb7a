package io.peregrine.model;

import java.util.Arrays;

/// Small `gemma3` models of any shape, with random weights, and what they should compute: the formulas written down in
/// plain loops and doubles, sharing nothing with the model.
///
/// @param local which layers see the window
/// @param window rows that they see
/// @param linear factor of the linear scaling of positions in the other layers
/// @param divisor what products of queries and keys are divided by the root of
public record ToyGemma3(
        boolean[] local,
        int window,
        int dim,
        int ffn,
        int heads,
        int kvHeads,
        int headDim,
        int vocab,
        boolean tied,
        float linear,
        int divisor) {

    private static final double FAR_BASE = 1e6;
    private static final double NEAR_BASE = 5000;

    public int layers() {
        return local.length;
    }

    /// Without the key that says which layers see the window.
    public ToyFile file(long seed) {
        ToyFile file = new ToyFile(seed)
                .key("general.architecture", "gemma3")
                .key("gemma3.block_count", layers())
                .key("gemma3.context_length", 131072)
                .key("gemma3.embedding_length", dim)
                .key("gemma3.feed_forward_length", ffn)
                .key("gemma3.attention.head_count", heads)
                .key("gemma3.attention.head_count_kv", kvHeads)
                .key("gemma3.attention.key_length", headDim)
                .key("gemma3.attention.value_length", headDim)
                .key("gemma3.attention.layer_norm_rms_epsilon", ToyLlama.EPS)
                .key("gemma3.attention.sliding_window", window)
                .key("gemma3.rope.freq_base", (float) FAR_BASE)
                .key("gemma3.rope.freq_base_swa", (float) NEAR_BASE)
                .vocabulary(vocab);
        if (linear != 1) {
            file.key("gemma3.rope.scaling.type", "linear").key("gemma3.rope.scaling.factor", linear);
        }
        file.matrix("token_embd.weight", vocab, dim).vector("output_norm.weight", 1, dim);
        if (!tied) {
            file.matrix("output.weight", vocab, dim);
        }
        for (int i = 0; i < layers(); i++) {
            String name = "blk." + i + ".";
            file.vector(name + "attn_norm.weight", 1, dim)
                    .vector(name + "post_attention_norm.weight", 1, dim)
                    .vector(name + "ffn_norm.weight", 1, dim)
                    .vector(name + "post_ffw_norm.weight", 1, dim)
                    .vector(name + "attn_q_norm.weight", 1, headDim)
                    .vector(name + "attn_k_norm.weight", 1, headDim)
                    .matrix(name + "attn_q.weight", (long) heads * headDim, dim)
                    .matrix(name + "attn_k.weight", (long) kvHeads * headDim, dim)
                    .matrix(name + "attn_v.weight", (long) kvHeads * headDim, dim)
                    .matrix(name + "attn_output.weight", dim, (long) heads * headDim)
                    .matrix(name + "ffn_gate.weight", ffn, dim)
                    .matrix(name + "ffn_up.weight", ffn, dim)
                    .matrix(name + "ffn_down.weight", dim, ffn);
        }
        return file;
    }

    /// The logits behind the last of some tokens.
    public double[] logits(ToyFile file, int[] tokens) {
        double[][] x = new double[tokens.length][];
        for (int t = 0; t < tokens.length; t++) {
            x[t] = ToyLlama.row(file.weights("token_embd.weight"), tokens[t], dim);
            for (int i = 0; i < dim; i++) {
                x[t][i] *= Math.sqrt(dim);
            }
        }
        for (int layer = 0; layer < layers(); layer++) {
            String name = "blk." + layer + ".";
            double[][] mixed = attended(file, name, local[layer], x);
            for (int t = 0; t < x.length; t++) {
                double[] out = ToyLlama.apply(file, name + "attn_output", mixed[t], dim);
                ToyLlama.add(x[t], ToyLlama.norm(file, name + "post_attention_norm.weight", out));
                ToyLlama.add(x[t], ToyLlama.norm(file, name + "post_ffw_norm.weight", fed(file, name, x[t])));
            }
        }
        double[] last = ToyLlama.norm(file, "output_norm.weight", x[x.length - 1]);
        return ToyLlama.apply(file, tied ? "token_embd" : "output", last, vocab);
    }

    private double[] fed(ToyFile file, String name, double[] x) {
        double[] normed = ToyLlama.norm(file, name + "ffn_norm.weight", x);
        double[] inner = ToyLlama.apply(file, name + "ffn_gate", normed, ffn);
        double[] up = ToyLlama.apply(file, name + "ffn_up", normed, ffn);
        for (int i = 0; i < ffn; i++) {
            double g = inner[i];
            inner[i] = g / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (g + 0.044715 * g * g * g))) * up[i];
        }
        return ToyLlama.apply(file, name + "ffn_down", inner, dim);
    }

    private double[][] attended(ToyFile file, String name, boolean near, double[][] x) {
        double[][] q = new double[x.length][];
        double[][] k = new double[x.length][];
        double[][] v = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double[] normed = ToyLlama.norm(file, name + "attn_norm.weight", x[t]);
            q[t] = turned(file, name + "attn_q", normed, heads, near, t);
            k[t] = turned(file, name + "attn_k", normed, kvHeads, near, t);
            v[t] = ToyLlama.apply(file, name + "attn_v", normed, kvHeads * headDim);
        }
        double[][] mixed = new double[x.length][heads * headDim];
        for (int t = 0; t < x.length; t++) {
            for (int h = 0; h < heads; h++) {
                int at = h * headDim;
                int shared = h / (heads / kvHeads) * headDim;
                int first = near ? Math.max(0, t - window + 1) : 0;
                double[] weights = new double[t + 1];
                for (int s = first; s <= t; s++) {
                    double dot = 0;
                    for (int i = 0; i < headDim; i++) {
                        dot += q[t][at + i] * k[s][shared + i];
                    }
                    weights[s] = Math.exp(dot / Math.sqrt(divisor));
                }
                double sum = Arrays.stream(weights).sum();
                for (int s = first; s <= t; s++) {
                    for (int i = 0; i < headDim; i++) {
                        mixed[t][at + i] += weights[s] / sum * v[s][shared + i];
                    }
                }
            }
        }
        return mixed;
    }

    /// A projection whose heads are normed and turned: element `i` of a head with the one half a head away.
    private double[] turned(ToyFile file, String name, double[] x, int count, boolean near, int position) {
        double[] y = ToyLlama.apply(file, name, x, count * headDim);
        int half = headDim / 2;
        for (int at = 0; at < y.length; at += headDim) {
            double[] head = ToyLlama.norm(file, name + "_norm.weight", Arrays.copyOfRange(y, at, at + headDim));
            for (int i = 0; i < half; i++) {
                double turn = position * Math.pow(near ? NEAR_BASE : FAR_BASE, -2.0 * i / headDim) / (near ? 1 : linear);
                y[at + i] = head[i] * Math.cos(turn) - head[half + i] * Math.sin(turn);
                y[at + half + i] = head[half + i] * Math.cos(turn) + head[i] * Math.sin(turn);
            }
        }
        return y;
    }
}
