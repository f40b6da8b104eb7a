package io.peregrine.bench.synthetic;

import io.peregrine.core.gguf.GgufWriter;
import java.util.ArrayList;
import java.util.List;

/// A vocabulary of the SentencePiece kind, as Llama 1 and 2 have it: three special tokens, the 256 bytes, the
/// space, printable ASCII, and strings of letters with and without a space in front, short ones first.
final class Vocabulary {

    private static final String SPACE = "\u2581";
    private static final int BYTES = 3;
    private static final int WORDS = BYTES + 256;
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int BYTE = 6;

    private Vocabulary() {}

    /// @param size tokens in all
    /// @param marks further special tokens, behind the bytes
    /// @throws UsageException if the special tokens and bytes alone are more
    static void put(GgufWriter keys, int size, List<String> marks) {
        int words = WORDS + marks.size();
        if (size < words) {
            throw new UsageException("option --vocab: found " + size + ", expected at least " + words);
        }
        List<String> tokens = new ArrayList<>(size);
        tokens.addAll(List.of("<unk>", "<s>", "</s>"));
        for (int i = 0; i < 256; i++) {
            tokens.add(String.format("<0x%02X>", i));
        }
        tokens.addAll(marks);
        addWords(tokens, size);
        int[] types = new int[size];
        float[] scores = new float[size];
        types[0] = UNKNOWN;
        types[1] = CONTROL;
        types[2] = CONTROL;
        for (int i = BYTES; i < size; i++) {
            types[i] = i < WORDS ? BYTE : i < words ? CONTROL : NORMAL;
            scores[i] = i < words ? 0 : words - i;
        }
        keys.string("tokenizer.ggml.model", "llama")
                .string("tokenizer.ggml.pre", "default")
                .strings("tokenizer.ggml.tokens", tokens.subList(0, size).toArray(String[]::new))
                .float32s("tokenizer.ggml.scores", scores)
                .int32s("tokenizer.ggml.token_type", types)
                .uint32("tokenizer.ggml.bos_token_id", 1)
                .uint32("tokenizer.ggml.eos_token_id", 2)
                .uint32("tokenizer.ggml.unknown_token_id", 0)
                .bool("tokenizer.ggml.add_bos_token", true)
                .bool("tokenizer.ggml.add_eos_token", false);
    }

    private static void addWords(List<String> tokens, int size) {
        tokens.add(SPACE);
        for (char c = '!'; c <= '~'; c++) {
            if (c < 'a' || c > 'z') {
                tokens.add(String.valueOf(c));
            }
        }
        for (int i = 0; tokens.size() < size; i++) {
            String word = letters(i);
            tokens.add(word);
            tokens.add(SPACE + word);
        }
    }

    /// `a` to `z`, `aa` to `zz`, `aaa` ...
    private static String letters(int i) {
        StringBuilder word = new StringBuilder();
        for (int rest = i; rest >= 0; rest = rest / 26 - 1) {
            word.append((char) ('a' + rest % 26));
        }
        return word.reverse().toString();
    }
}
