package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peregrine.core.gguf.Metadata;
import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Rows;
import io.peregrine.model.chat.ChatPrompt;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Where text and what families put around their pictures meet.
class PromptReaderTest {

    private static final Image PICTURE = Image.of(new byte[3], 1, 1);

    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;

    /// A vocabulary with tokens for one, two and three line breaks.
    private static final Tokenizer TOKENIZER = tokenizer(Map.of(
            "<unk>", UNKNOWN, "<s>", CONTROL, "</s>", CONTROL, "<pic>", CONTROL, "</pic>", CONTROL, "a", NORMAL, "b", NORMAL, "\n", NORMAL,
            "\n\n", NORMAL, "\n\n\n", NORMAL));

    private static Tokenizer tokenizer(Map<String, Integer> tokens) {
        String[] texts = tokens.keySet().stream().sorted().toArray(String[]::new);
        int[] kinds = new int[texts.length];
        float[] scores = new float[texts.length];
        for (int i = 0; i < texts.length; i++) {
            kinds[i] = tokens.get(texts[i]);
            scores[i] = texts[i].length();
        }
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("tokenizer.ggml.model", "llama");
        keys.put("tokenizer.ggml.tokens", texts);
        keys.put("tokenizer.ggml.token_type", kinds);
        keys.put("tokenizer.ggml.scores", scores);
        keys.put("tokenizer.ggml.bos_token_id", List.of(texts).indexOf("<s>"));
        keys.put("tokenizer.ggml.eos_token_id", List.of(texts).indexOf("</s>"));
        keys.put("tokenizer.ggml.unknown_token_id", List.of(texts).indexOf("<unk>"));
        keys.put("tokenizer.ggml.add_space_prefix", false);
        return Tokenizer.of(new Metadata("toy.gguf", keys));
    }

    /// A family with these pieces around one row.
    private record Family(List<PreparedPicture.Piece> before, List<PreparedPicture.Piece> behind) implements ImageEncoder {

        @Override
        public int dim() {
            return 1;
        }

        @Override
        public String chatTemplate() {
            return "chatml";
        }

        @Override
        public PreparedPicture prepare(Image image) {
            List<PreparedPicture.Piece> pieces = new ArrayList<>(before);
            pieces.add(new PreparedPicture.Block(List.of(new Pixels(1, 1, new float[3])), 1));
            pieces.addAll(behind);
            return new PreparedPicture(pieces);
        }

        @Override
        public List<Rows> encode(Pass pass, PreparedPicture picture) {
            throw new UnsupportedOperationException();
        }
    }

    private static String read(ImageEncoder encoder, ChatPrompt.Part... parts) {
        Prompt prompt = Prompt.chat(new ChatPrompt(List.of(parts), false), List.of(PICTURE, PICTURE));
        PromptRows rows = new PromptReader(TOKENIZER, encoder, 1).read(prompt, new PictureShelf());
        StringBuilder text = new StringBuilder();
        for (int row = 0; row < rows.rows(); row++) {
            int code = rows.code(row);
            text.append('|').append(code < 0 ? "picture" : TOKENIZER.vocabulary().text(code));
        }
        return text.append('|').toString();
    }

    private static ChatPrompt.Part template(String text) {
        return new ChatPrompt.Text(text, false);
    }

    private static ChatPrompt.Part user(String text) {
        return new ChatPrompt.Text(text, true);
    }

    private static PreparedPicture.Piece mark(String text) {
        return new PreparedPicture.Mark(text);
    }

    /// As the processor of Gemma 3 has it: the line breaks are part of the text that is tokenised.
    @Test
    void marksOfAPicture_areOneTextWithTheTextBesideThem() {
        Family gemma = new Family(List.of(mark("\n\n<pic>")), List.of(mark("</pic>\n\n")));
        assertEquals(
                "|<s>|a|\n\n\n|<pic>|picture|</pic>|\n\n|b|",
                read(gemma, template("a\n"), new ChatPrompt.Image(0), user("b")));
        assertEquals(
                "|<s>|a|\n\n|<pic>|picture|</pic>|\n\n\n|\n|<pic>|picture|</pic>|\n\n\n|b|",
                read(
                        gemma,
                        user("a"),
                        new ChatPrompt.Image(0),
                        new ChatPrompt.Image(1),
                        template("\n"),
                        user("b")));
    }

    @Test
    void tokensOfAPicture_standAlone() {
        Family family = new Family(
                List.of(new PreparedPicture.Token("\n")), List.of(new PreparedPicture.Token("\n"), mark("\n")));
        assertEquals(
                "|<s>|a|\n|\n|picture|\n|\n\n|b|",
                read(family, template("a\n"), new ChatPrompt.Image(0), template("\nb")));
    }
}
