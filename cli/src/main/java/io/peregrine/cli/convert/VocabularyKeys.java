package io.peregrine.cli.convert;

import io.peregrine.cli.vocabulary.Token;
import io.peregrine.cli.vocabulary.Vocabulary;
import io.peregrine.core.gguf.GgufType;
import java.util.List;

/// The keys of a vocabulary, as `ggml-org/llama.cpp : gguf-py/gguf/constants.py` names them.
final class VocabularyKeys {

    private VocabularyKeys() {}

    static void write(Target target, Vocabulary vocabulary) {
        String prefix = "tokenizer.ggml.";
        List<Token> tokens = vocabulary.tokens();
        target.string(prefix + "model", vocabulary.model());
        String pre = vocabulary.pre();
        if (pre != null) {
            target.string(prefix + "pre", pre);
        }
        String[] texts = tokens.stream().map(Token::text).toArray(String[]::new);
        target.array(prefix + "tokens", GgufType.STRING, texts);
        if (vocabulary.model().equals("llama") || vocabulary.model().equals("t5")) {
            float[] scores = new float[texts.length];
            for (int i = 0; i < scores.length; i++) {
                scores[i] = tokens.get(i).score();
            }
            target.array(prefix + "scores", GgufType.FLOAT32, scores);
        }
        if (!vocabulary.model().equals("clip")) {
            target.array(
                    prefix + "token_type",
                    GgufType.INT32,
                    tokens.stream().mapToInt(Token::kind).toArray());
        }
        List<String> merges = vocabulary.merges();
        if (merges != null) {
            target.array(prefix + "merges", GgufType.STRING, merges.toArray(String[]::new));
        }
        vocabulary.ids().forEach((key, id) -> target.uint32(prefix + key, id));
        vocabulary.flags().forEach((key, flag) -> target.bool(prefix + key, flag));
        byte[] charsmap = vocabulary.charsmap();
        if (charsmap != null && charsmap.length > 0) {
            target.array(prefix + "precompiled_charsmap", GgufType.UINT8, charsmap);
        }
        String template = vocabulary.chatTemplate();
        if (template != null) {
            target.string("tokenizer.chat_template", template);
        }
    }
}
