package io.peregrine.cli.fuzz;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;

/// The structure of GGUF files.
class GgufFuzzTest {

    private static final Target TARGET = new GgufTarget();

    @DictionaryFile(resourcePath = "gguf.dict")
    @FuzzTest
    void fuzz(byte[] input) {
        TARGET.accepts(input);
    }
}
