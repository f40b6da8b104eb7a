package io.peregrine.cli.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;

/// Texts there and back, through every way of cutting words.
class TokenizerFuzzTest {

    private static final Target TARGET = new TokenizerTarget();

    @FuzzTest
    void fuzz(byte[] input) {
        TARGET.accepts(input);
    }
}
