package io.peregrine.model.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PreprocessTest {

    @ParameterizedTest
    @EnumSource
    void of_itsPublicName(Preprocess way) {
        assertEquals(way, Preprocess.of(way.toString()));
    }

    @Test
    void of_anotherName_listsThem() {
        assertEquals(
                "preprocess: found LLAMA_CPP, expected one of authors, llama.cpp",
                assertThrows(IllegalArgumentException.class, () -> Preprocess.of("LLAMA_CPP"))
                        .getMessage());
    }
}
