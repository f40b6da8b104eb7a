package io.peregrine.cli.fuzz;

import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.model.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/// Texts and other bytes for the tokenizers: what was encoded must come back, byte by byte, whichever way the words
/// are cut. That of CLIP makes letters small and spaces one, so it only has to end.
final class TokenizerTarget implements Target {

    private static final String MODEL = "tokenizer.ggml.model";
    private static final String PRE = "tokenizer.ggml.pre";

    private static final List<String> PRE_TOKENIZERS = List.of(
            "default", "gpt-2", "falcon", "smollm", "llama-bpe", "qwen2", "qwen35", "minicpm5", "laguna", "jais-2",
            "exaone-moe", "deepseek-llm", "deepseek-coder", "deepseek-v3", "afmoe", "tekken", "gpt-4o", "tiny_aya",
            "youtu", "kimi-k2", "superbpe", "bloom", "viking", "chameleon", "seed-coder");

    private static final List<String> PIECES = List.of(
            "'s", "'LL", "<|im_end|>", "<|im_", "</s>", "<s>", "<0x41>", "▁", "  ", "\r\n", "\n\n", "\t", "123", "1234567",
            "\u0301", "\u3000", "\u00a0", "가", "漢字", "ﬁ", "😀", "👩‍👩‍👧", "\u202e", "\u0000", "Ġ", "aA", "Éé", "½", "²", "，", "\uFFFD");

    private final List<Tokenizer> tokenizers = new ArrayList<>();

    /// The first byte of the input says which tokenizer, the rest is the text.
    private final List<byte[]> seeds = new ArrayList<>();

    TokenizerTarget() {
        Map<String, Object> bytes = metadata("text_llama_bpe/model.gguf");
        for (String pre : PRE_TOKENIZERS) {
            Map<String, Object> values = new LinkedHashMap<>(bytes);
            values.put(PRE, pre);
            tokenizers.add(Tokenizer.of(new Metadata(pre, values)));
        }
        Map<String, Object> pieces = metadata("text_llama_spm/model.gguf");
        tokenizers.add(Tokenizer.of(new Metadata("spm", pieces)));
        Map<String, Object> unigram = new LinkedHashMap<>(pieces);
        unigram.put(MODEL, "t5");
        tokenizers.add(Tokenizer.of(new Metadata("unigram", unigram)));
        tokenizers.add(Tokenizer.of(new Metadata("clip", metadata("clip/model.gguf"))));
        for (int i = 0; i < tokenizers.size(); i++) {
            for (String text : List.of("The quick brown fox's 12345 jumps,\n\n over  the ÉCOLE 日本語 가나다!", "a b  c", "")) {
                byte[] seed = Target.bytes(" " + text);
                seed[0] = (byte) i;
                seeds.add(seed);
            }
        }
    }

    private static Map<String, Object> metadata(String toy) {
        try (GgufFile file = GgufFile.open(Fixtures.toy(toy))) {
            Map<String, Object> values = new TreeMap<>();
            for (String key : file.metadata().keys()) {
                values.put(key, file.metadata().value(key));
            }
            return values;
        }
    }

    @Override
    public String name() {
        return "tokenizer";
    }

    @Override
    public List<byte[]> seeds() {
        return seeds;
    }

    @Override
    public boolean accepts(byte[] input) {
        if (input.length == 0) {
            return false;
        }
        Tokenizer tokenizer = tokenizers.get((input[0] & 0xff) % tokenizers.size());
        byte[] text = Arrays.copyOfRange(input, 1, input.length);
        for (boolean parseSpecial : new boolean[] {false, true}) {
            byte[] back = tokenizer.decodeBytes(tokenizer.encode(text, false, parseSpecial), true);
            String model = tokenizer.vocabulary().model();
            byte[] expected = model.equals("gpt2") ? text : spaced(text);
            if (!model.equals("clip") && !Arrays.equals(expected, back)) {
                throw new AssertionError(tokenizers.indexOf(tokenizer) + ": " + Arrays.toString(expected)
                        + " came back as " + Arrays.toString(back));
            }
        }
        tokenizer.encode(Target.text(text), true, true);
        return true;
    }

    /// SentencePiece writes spaces as U+2581, and so cannot tell the two apart.
    private static byte[] spaced(byte[] text) {
        String latin = new String(text, StandardCharsets.ISO_8859_1);
        return latin.replace("\u00e2\u0096\u0081", " ").getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public long allowedBytes(int length) {
        return (1 << 20) + 2_000L * length;
    }

    @Override
    public byte[] damaged(byte[] seed, SplittableRandom random) {
        byte[] bytes = seed;
        for (int i = random.nextInt(6); i > 0; i--) {
            byte[] piece = Target.bytes(PIECES.get(random.nextInt(PIECES.size())));
            bytes = Damage.inserted(bytes, 1 + random.nextInt(bytes.length), piece);
        }
        return random.nextInt(3) == 0 ? Damage.bytes(bytes, random) : bytes;
    }
}
