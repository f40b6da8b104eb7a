package io.peregrine.cli.convert;

import io.peregrine.cli.checkpoint.Values;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.tensor.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Low-rank adapters merged into the matrices that they belong to: `W + alpha / rank * B * A`. Their own size is
/// small, so they are in memory.
///
/// Sources: arXiv 2106.09685; names as `huggingface/peft` saves them.
final class Lora implements LlamaText.Adapter {

    private static final List<String> PREFIXES =
            List.of("llama_model.base_model.model.model.", "base_model.model.model.");
    private static final List<String> ADAPTERS = List.of(".default.weight", ".weight");
    private static final int HIGHEST_RANK = 4096;

    private final Pool pool;
    private final float alpha;
    private int merged;

    Lora(Pool pool, float alpha) {
        this.pool = pool;
        this.alpha = alpha;
    }

    /// How many matrices got an adapter.
    int merged() {
        return merged;
    }

    @Override
    public Values adapt(String name, Values weight) {
        for (String prefix : PREFIXES) {
            for (String adapter : ADAPTERS) {
                Values adapted =
                        adapt(prefix + name + ".lora_A" + adapter, prefix + name + ".lora_B" + adapter, weight);
                if (adapted != null) {
                    merged++;
                    return adapted;
                }
            }
        }
        return weight;
    }

    private @Nullable Values adapt(String down, String up, Values weight) {
        if (!pool.has(down)) {
            return null;
        }
        long rank = pool.shape(down, 2).dim(0);
        if (rank < 1 || rank > HIGHEST_RANK) {
            throw new ModelFormatException(
                    pool.file(), "tensor " + down, "rank " + rank, "a rank from 1 to " + HIGHEST_RANK, "");
        }
        long rows = weight.shape().dim(0);
        long columns = weight.shape().dim(1);
        return new Merged(
                weight,
                Views.all(pool.take(down, rank, columns)),
                Views.all(pool.take(up, rows, rank)),
                (int) rank,
                alpha / rank);
    }

    /// @param down `[rank, columns]`
    /// @param up `[rows, rank]`
    private record Merged(Values weight, float[] down, float[] up, int rank, float scale) implements Values {

        @Override
        public Shape shape() {
            return weight.shape();
        }

        @Override
        public void read(long first, int count, float[] out, int at) {
            weight.read(first, count, out, at);
            int columns = (int) weight.shape().columns();
            for (int done = 0; done < count; ) {
                int row = (int) ((first + done) / columns);
                int column = (int) ((first + done) % columns);
                int run = Math.min(columns - column, count - done);
                for (int k = 0; k < rank; k++) {
                    float factor = scale * up[row * rank + k];
                    for (int i = 0; i < run; i++) {
                        out[at + done + i] += factor * down[k * columns + column + i];
                    }
                }
                done += run;
            }
        }
    }
}
