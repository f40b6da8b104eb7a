package io.peregrine.bench;

import io.peregrine.kernels.Compute;

/// A kernel with its data, ready to be called over and over.
interface SweepKernel extends AutoCloseable {

    void call();

    /// What a call does at least: floating-point operations, or bytes read.
    double work();

    /// Whether [#work] are bytes and the limit is the memory.
    boolean readsMemory();

    /// What the last call computed, to be checked for numbers that are not finite.
    float[] result();

    @Override
    void close();

    /// @throws IllegalArgumentException if there is no such kernel
    static SweepKernel of(SweepCase chosen, Compute compute) {
        int[] shape = chosen.shape();
        if (shape != null) {
            return new ProductKernel(compute, chosen.format(), shape[0], new int[][] {{shape[1], shape[2]}});
        }
        return switch (chosen.kind()) {
            case SweepCase.IMAGE -> new ProductKernel(compute, chosen.format(), 577, ProductKernel.CLIP_LAYER);
            case SweepCase.PREFILL -> new ProductKernel(compute, chosen.format(), 512, ProductKernel.LLAMA_SHAPES);
            case SweepCase.DECODE -> new ProductKernel(compute, chosen.format(), 1, ProductKernel.LLAMA_SHAPES);
            case SweepCase.ATTENTION -> new AttentionKernel(compute, Integer.parseInt(chosen.variant()), true);
            case SweepCase.ATTENTION_IMAGE -> new AttentionKernel(compute, Integer.parseInt(chosen.variant()), false);
            case SweepCase.CONTEXT -> new ContextKernel(compute, Integer.parseInt(chosen.variant()));
            default -> throw new IllegalArgumentException("no kernel " + chosen);
        };
    }
}
