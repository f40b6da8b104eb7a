package io.peregrine.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.model.Fixture;
import io.peregrine.model.ToyFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// CLIP's vocabulary, with merges and without.
class ClipTokenizerTest {

    private static final String UNNAMED =
            "key tokenizer.ggml.model is missing: a clip file, so its tokens are taken for CLIP's";

    @TempDir
    private Path folder;

    private final Fixture fixture = Fixture.of("clip");

    private String[] strings(String key) {
        try (GgufFile file = GgufFile.open(fixture.path("model.gguf"))) {
            return Objects.requireNonNull(file.metadata().strings(key)).clone();
        }
    }

    private final String[] tokens = strings("tokenizer.ggml.tokens");

    /// A vocabulary as clip.cpp writes it: the tokens and nothing else.
    private ToyFile bare() {
        return new ToyFile(1).key("general.architecture", "clip").key("tokenizer.ggml.tokens", tokens);
    }

    private Tokenizer tokenizer(ToyFile toy) {
        try (GgufFile file = GgufFile.open(toy.write(folder.resolve("toy.gguf")))) {
            return Tokenizer.of(file.metadata());
        }
    }

    private Tokenizer whole() {
        return tokenizer(bare().key("tokenizer.ggml.model", "clip")
                .key("tokenizer.ggml.merges", strings("tokenizer.ggml.merges")));
    }

    @Test
    void withoutMerges_theyComeFromTheOrder_andTheIdsAreTheGoldenOnes() {
        Tokenizer tokenizer = tokenizer(bare());
        assertEquals(List.of(UNNAMED, ClipBpe.DERIVED), tokenizer.notes());
        JsonNode golden = fixture.cases().get(1);
        for (int i = 0; i < golden.get("texts").size(); i++) {
            String text = golden.get("texts").get(i).textValue();
            Fixture.assertTokens(text, golden.get("text_tokens").get(i), tokenizer.encode(text, true, false));
        }
        Tokenizer stored = whole();
        assertEquals(List.of(), stored.notes());
        for (String token : tokens) {
            String word = token.replace("</w>", "");
            assertArrayEquals(stored.encode(word, true, false), tokenizer.encode(word, true, false), word);
        }
    }

    @Test
    void withoutMergesAndOrder_wordsAreCutIntoTheLongestTokens() {
        int the = Arrays.asList(tokens).indexOf("the</w>");
        int th = Arrays.asList(tokens).indexOf("th");
        tokens[the] = "th";
        tokens[th] = "the</w>";
        Tokenizer tokenizer = tokenizer(bare());
        assertEquals(List.of(UNNAMED, ClipBpe.LONGEST_MATCH), tokenizer.notes());
        assertSpelled(tokenizer, "the", "the</w>");
        assertSpelled(tokenizer, "thy", "th", "y</w>");
        assertSpelled(tokenizer, "descril", "descri", "l</w>");
    }

    private static void assertSpelled(Tokenizer tokenizer, String text, String... expected) {
        List<String> found = Arrays.stream(tokenizer.encode(text, false, false))
                .mapToObj(tokenizer.vocabulary()::text)
                .toList();
        assertEquals(List.of(expected), found);
    }

    @Test
    void text_isCleanedAndCut() {
        Tokenizer tokenizer = whole();
        int[] expected = tokenizer.encode("it's a dog", false, false);
        assertArrayEquals(expected, tokenizer.encode("  IT'S\t\n A \u3000 dOg ", false, false));
        assertArrayEquals(
                tokenizer.encode("\u00e9", false, false), tokenizer.encode("E\u0301", false, false), "composed");
        assertArrayEquals(
                tokenizer.encode("i\u0307", false, false), tokenizer.encode("\u0130", false, false), "dotted I");
        assertSpelled(tokenizer, "12", "1</w>", "2</w>");
        assertSpelled(tokenizer, "#!", "#", "!</w>");
        assertSpelled(tokenizer, "");
    }

    @Test
    void controlTokens_areTextWhereTheyAreNotAskedFor() {
        Tokenizer tokenizer = whole();
        int end = tokenizer.vocabulary().eos();
        int[] plain = tokenizer.encode("<|endoftext|>", false, false);
        assertEquals(-1, Arrays.stream(plain).filter(token -> token == end).findAny().orElse(-1));
        assertArrayEquals(new int[] {end}, tokenizer.encode("<|endoftext|>", false, true));
    }

    @Test
    void marksWithoutEnd_takeLinearTime() {
        Tokenizer tokenizer = whole();
        String marks = "a" + "\u0301\u0323".repeat(100_000) + "\u03a3".repeat(100_000);
        int[] found = Assertions.assertTimeout(Duration.ofSeconds(20), () -> tokenizer.encode(marks, false, false));
        assertTrue(found.length > 200_000, "tokens " + found.length);
    }

    @Test
    void wordEnd_isASpaceInText() {
        Tokenizer tokenizer = whole();
        assertEquals("a dog \u00e9 ", tokenizer.decode(tokenizer.encode("a DOG \u00c9", true, false), false));
    }

    @Test
    void vocabularyWithoutAByte_isRefused() {
        int token = Arrays.asList(tokens).indexOf("q</w>");
        tokens[token] = "something else";
        ModelFormatException e = assertThrows(ModelFormatException.class, () -> tokenizer(bare()));
        assertEquals(
                folder.resolve("toy.gguf") + ": key tokenizer.ggml.tokens: found no token \"q</w>\" for the byte 0x71, "
                        + "expected a token for every byte within a word, and one for every byte at its end",
                e.getMessage());
    }

    @Test
    void vocabularyWithoutMarks_isRefused() {
        tokens[tokens.length - 1] = "something else";
        ModelFormatException e = assertThrows(ModelFormatException.class, () -> tokenizer(bare()));
        assertEquals(
                folder.resolve("toy.gguf") + ": key tokenizer.ggml.eos_token_id: found nothing, and no token "
                        + "\"<|endoftext|>\", expected a token",
                e.getMessage());
    }
}
