package io.peregrine.cli.fuzz;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;

/// Pictures of all formats. The checksums of PNG files are made right: no fuzzer guesses them.
class ImageFuzzTest {

    private static final Target TARGET = new ImageTarget();

    @DictionaryFile(resourcePath = "image.dict")
    @FuzzTest
    void fuzz(byte[] input) {
        TARGET.accepts(ImageTarget.mended(input));
    }
}
