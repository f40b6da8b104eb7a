package io.peregrine.kernels.format;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.scalar.ScalarDecoder;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// A storage format of weights: how the elements of a row become floats.
///
/// Each subclass describes the fields of a block. All numbers are little endian, `f16` is a 16-bit IEEE
/// float, bits and halves of bytes count from the lowest. [#decode] gives the same floats in every bit,
/// whether it uses vectors or plain loops: those of `to_float` in `ggml-org/ggml : src/ggml-quants.c`.
///
/// Formats have no state and may be used by any thread.
public abstract sealed class BlockFormat
        permits F32,
                F16,
                BF16,
                Q1_0,
                Q2_0,
                Q4_0,
                Q4_1,
                Q5_0,
                Q5_1,
                Q8_0,
                Q2_K,
                Q3_K,
                Q4_K,
                Q5_K,
                Q6_K,
                IQ1_S,
                IQ1_M,
                IQ2_XXS,
                IQ2_XS,
                IQ2_S,
                IQ3_XXS,
                IQ3_S,
                IQ4_NL,
                IQ4_XS,
                MXFP4,
                NVFP4,
                TQ1_0,
                TQ2_0 {

    private final TensorType type;
    private final ScalarDecoder definition;

    /// Blocks have a power of two of elements: divisions would take as long as decoding a short stretch.
    private final int blockShift;

    BlockFormat(TensorType type) {
        this.type = type;
        this.blockShift = Integer.numberOfTrailingZeros(type.blockElements());
        this.definition = ScalarDecoder.of(type);
    }

    public final TensorType type() {
        return type;
    }

    /// Bytes of `count` elements.
    ///
    /// @throws IllegalArgumentException if `count` is not a whole number of blocks
    public final long bytes(int count) {
        int blocks = count >> blockShift;
        return blocks << blockShift == count ? (long) blocks * type.blockBytes() : type.rowBytes(count);
    }

    /// Decodes `count` elements that begin at byte `offsetBytes` of `data`, which must be the start of a
    /// block.
    ///
    /// @param count a multiple of the block's elements
    /// @param out receives the floats from index `outOffset`; nothing else of it is touched
    /// @throws IllegalArgumentException if `count` is not a whole number of blocks
    /// @throws IndexOutOfBoundsException if `data` or `out` is too short
    public final void decode(MemorySegment data, long offsetBytes, int count, float[] out, int outOffset) {
        check(data, offsetBytes, count, out, outOffset);
        int blocks = count >> blockShift;
        if (data.isNative()) {
            decodeBlocks(data, offsetBytes, blocks, out, outOffset);
        } else {
            definition.decode(data, offsetBytes, blocks, out, outOffset);
        }
    }

    /// As [#decode], with plain loops: the same floats, sooner while the JVM has not compiled the vector loops.
    public final void decodePlainly(MemorySegment data, long offsetBytes, int count, float[] out, int outOffset) {
        check(data, offsetBytes, count, out, outOffset);
        definition.decode(data, offsetBytes, count >> blockShift, out, outOffset);
    }

    private void check(MemorySegment data, long offsetBytes, int count, float[] out, int outOffset) {
        Objects.checkFromIndexSize(outOffset, count, out.length);
        Objects.checkFromIndexSize(offsetBytes, bytes(count), data.byteSize());
    }

    /// Decodes checked arguments from native memory; the formats with a vector kernel have their own.
    void decodeBlocks(MemorySegment data, long at, int blocks, float[] out, int o) {
        definition.decode(data, at, blocks, out, o);
    }

    @Override
    public final String toString() {
        return type.toString();
    }
}
