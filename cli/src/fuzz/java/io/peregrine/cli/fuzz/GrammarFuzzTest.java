package io.peregrine.cli.fuzz;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;

/// Grammars, read and walked.
class GrammarFuzzTest {

    private static final Target TARGET = new GrammarTarget();

    @DictionaryFile(resourcePath = "grammar.dict")
    @FuzzTest
    void fuzz(byte[] input) {
        TARGET.accepts(input);
    }
}
