package io.peregrine.cli.fuzz;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;

/// GGUF files for the quantiser.
class QuantizeFuzzTest {

    private static final Target TARGET = new QuantizeTarget();

    @DictionaryFile(resourcePath = "gguf.dict")
    @FuzzTest
    void fuzz(byte[] input) {
        TARGET.accepts(input);
    }
}
