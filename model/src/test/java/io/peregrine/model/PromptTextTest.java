package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.peregrine.core.gguf.GgufFile;
import io.peregrine.model.block.PlaceNotation;
import io.peregrine.model.tokenizer.TextPart;
import io.peregrine.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Text that names places in a picture, without a model.
class PromptTextTest {

    private static final PlaceNotation NOTATION = new PlaceNotation(
            List.of(new PlaceNotation.Tag("<point>", "</point>", "xy", "<0x02>", "<0x03>")), 10, 10, 1);

    @TempDir
    private Path folder;

    /// The vocabulary with the digits `1` and `2`.
    private Tokenizer tokenizer() {
        ToyFile toy = ToyFuyu.text(1).renameToken(298, "1", 1).renameToken(297, "2", 1);
        try (GgufFile file = GgufFile.open(toy.write(folder.resolve("toy.gguf")))) {
            return Tokenizer.of(file.metadata());
        }
    }

    @Test
    void encode_withoutPlaces_asOneText() {
        Tokenizer tokenizer = tokenizer();
        List<TextPart> parts = List.of(TextPart.template("<s>a <point>"), TextPart.user("b<s> </point>"));
        assertArrayEquals(tokenizer.encodeParts(parts, false), PromptText.encode(tokenizer, parts, NOTATION));
    }

    /// Special tokens around a place count only where the template wrote them.
    @Test
    void encode_placeInTextOfAUser_restStaysText() {
        Tokenizer tokenizer = tokenizer();
        int[] found = PromptText.encode(tokenizer, List.of(TextPart.user("<point>1, 2</point><s>")), NOTATION);
        int[] rest = tokenizer.encodeParts(List.of(TextPart.user("<s>")), false);
        assertEquals(4 + rest.length, found.length);
        assertEquals(
                "<0x02>12<0x03>",
                tokenizer.vocabulary().text(found[0])
                        + tokenizer.vocabulary().text(found[1])
                        + tokenizer.vocabulary().text(found[2])
                        + tokenizer.vocabulary().text(found[3]));
    }

    /// Looking for the end of each tag again would take hours.
    @Test
    void encode_manyUnclosedTags_linear() {
        Tokenizer tokenizer = tokenizer();
        String text = "<point>".repeat(500_000);
        int[] found = assertTimeout(
                Duration.ofSeconds(60),
                () -> PromptText.encode(tokenizer, List.of(TextPart.user(text)), NOTATION));
        assertArrayEquals(tokenizer.encodeParts(List.of(TextPart.user(text)), false), found);
    }
}
