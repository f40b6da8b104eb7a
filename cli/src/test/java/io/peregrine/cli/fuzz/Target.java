package io.peregrine.cli.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;

/// Something of ours that takes bytes from strangers, and what must be true whatever they are.
///
/// The seeded runs of the normal build ([SeededMutationTest]) and the coverage-guided ones of the profile `fuzz` give
/// their inputs to the same targets. Safe for any thread.
public interface Target {

    /// Letters, digits and `-`: the name of its folder under `target/fuzz` and in the corpus.
    String name();

    /// Good inputs, from which bad ones are made.
    List<byte[]> seeds();

    /// Takes an input.
    ///
    /// @return whether it was accepted; otherwise it was refused with an exception of ours
    /// @throws RuntimeException of any kind that is not ours if the input has found a fault; errors likewise
    boolean accepts(byte[] input);

    /// What the calling thread may allocate for an input of so many bytes.
    long allowedBytes(int length);

    /// Damages a seed.
    default byte[] damaged(byte[] seed, SplittableRandom random) {
        return Damage.bytes(seed, random);
    }

    /// Whether the seeds are text: cases are then written as such, and a fuzzer may stay within text.
    default boolean isText() {
        return false;
    }

    /// An input as text; bytes that are not UTF-8 become U+FFFD.
    static String text(byte[] input) {
        return new String(input, StandardCharsets.UTF_8);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
