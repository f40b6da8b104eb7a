package io.peregrine.cli.fuzz;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;

/// Chat templates.
class TemplateFuzzTest {

    private static final Target TARGET = new TemplateTarget();

    @DictionaryFile(resourcePath = "template.dict")
    @FuzzTest
    void fuzz(byte[] input) {
        TARGET.accepts(input);
    }
}
