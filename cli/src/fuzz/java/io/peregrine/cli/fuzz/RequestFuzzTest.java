package io.peregrine.cli.fuzz;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.peregrine.cli.serve.api.RequestTarget;

/// Bodies of requests.
class RequestFuzzTest {

    private static final Target TARGET = new RequestTarget();

    @DictionaryFile(resourcePath = "request.dict")
    @FuzzTest
    void fuzz(byte[] input) {
        TARGET.accepts(input);
    }
}
