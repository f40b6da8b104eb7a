package io.peregrine.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.UnsupportedModelException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The cutting of words against the regular expressions that the models publish, run by `java.util.regex`.
class PreTokenizerTest {

    private static final String CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String SPACES = "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String GPT2 =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
    private static final String CASED = "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*"
            + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+SUFFIX|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+"
            + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*SUFFIX";
    private static final String GPT4O =
            CASED.replace("SUFFIX", CONTRACTION + "?") + "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*" + SPACES;
    private static final String DEEPSEEK3 =
            "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
                    + "| ?[\\p{P}\\p{S}]+[\\r\\n]*" + SPACES;
    private static final String BLOOM = " ?[^(\\s|.,!?…。，、।۔،)]+";
    private static final String QWEN2 = llama3("\\p{N}");

    /// The stages of each pre-tokenizer as regular expressions.
    private static final Map<String, List<String>> ORIGINALS = Map.ofEntries(
            Map.entry("default", List.of("[\\p{P}$+<=>^~|]+", GPT2, "\\p{N}+", "[0-9][0-9][0-9]")),
            Map.entry("gpt-2", List.of(GPT2)),
            Map.entry("starcoder", List.of("\\p{N}", GPT2)),
            Map.entry("falcon", List.of("[\\p{P}$+<=>^~|`]+", GPT2, "[0-9][0-9][0-9]")),
            Map.entry("llama-bpe", List.of(llama3("\\p{N}{1,3}"))),
            Map.entry("minicpm5", List.of("\\p{N}{1,3}", llama3("\\p{N}+"))),
            Map.entry("qwen2", List.of(QWEN2)),
            Map.entry(
                    "bailingmoe",
                    List.of(
                            "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*"
                                    + "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+")),
            Map.entry(
                    "qwen35",
                    List.of(CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}"
                            + "| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*" + SPACES)),
            Map.entry(
                    "seed-coder",
                    List.of(CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}\\r\\n]+"
                            + SPACES)),
            Map.entry("laguna", List.of("[^\\n]+|[\\n]+", QWEN2)),
            Map.entry(
                    "jais-2",
                    List.of(CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                            + "|\\s*[\\r\\n]+|\\s{512}(?!\\S)|\\s{256}(?!\\S)|\\s{128}(?!\\S)|\\s{64}(?!\\S)"
                            + "|\\s{32}(?!\\S)|\\s{16}(?!\\S)|\\s{8}(?!\\S)|\\s{4}(?!\\S)|\\s{1,2}(?!\\S)|\\s{1}")),
            Map.entry(
                    "exaone-moe",
                    List.of(CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+|\\p{N}"
                            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]?|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+")),
            Map.entry(
                    "deepseek-llm",
                    List.of(
                            "[\\r\\n]",
                            "\\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚ"
                                    + "Ḁ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-\\u1F7Dᾀ-ᾴᾶ-ᾼ\\u1FBEῂ-ῄῆ-ῌῐ-\\u1FD3ῖ-\\u1FDBῠ-Ῥῲ-ῴῶ-ῼℂℇ"
                                    + "ℊ-ℓℕℙ-ℝℤ\\u2126ℨ\\u212A-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎ"
                                    + "ꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+",
                            "\\s?[!-/:-~！-／：-～‘-‟\\u3000-。]+",
                            "\\s+$",
                            "[一-龥\\u0800-一가-\\uD7FF]+",
                            "\\p{N}+")),
            Map.entry(
                    "deepseek-coder",
                    List.of("[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", "[一-龥\\u0800-一가-\\uD7FF]+", "\\p{N}")),
            Map.entry("deepseek-v3", List.of("\\p{N}{1,3}", "[一-龥\\u3040-ゟ゠-ヿ]+", DEEPSEEK3)),
            Map.entry(
                    "afmoe",
                    List.of(
                            "\\d{1,3}(?=(?:\\d{3})*(?!\\d))",
                            "[一-鿿㐀-䶿\\uF900-\\uFAFF\\u3040-ゟ゠-ヿ･-ﾟ⼀-\\u2FDFเ-\\u0E7F\\u0E80-\\u0EFFក-\\u17FFက-႟ꩠ-ꩿꧠ-\\uA9FF가-\\uD7AFᄀ-ᇿ]+",
                            DEEPSEEK3)),
            Map.entry(
                    "tekken",
                    List.of(CASED.replace("SUFFIX", "") + "|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*" + SPACES)),
            Map.entry("gpt-4o", List.of(GPT4O)),
            Map.entry("tiny_aya", List.of("\\d{1,3}(?=(?:\\d{3})*\\b)", GPT4O)),
            Map.entry(
                    "youtu",
                    List.of(
                            "[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥\\u3040-ゟ゠-ヿ]+",
                            GPT4O.replace("\\p{N}{1,3}", "\\p{N}"))),
            Map.entry(
                    "kimi-k2",
                    List.of("[\\p{IsHan}]+|"
                            + CASED.replace("SUFFIX", CONTRACTION + "?").replace("\\p{M}]", "\\p{M}&&[^\\p{IsHan}]]")
                            + "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*" + SPACES)),
            Map.entry("bloom", List.of(BLOOM)),
            Map.entry("viking", List.of(BLOOM, "\\p{N}")),
            Map.entry("chameleon", List.of("([\\t\\n]|    |  )", "\\p{N}", "[\\p{P}!-/:-@\\[-`{-~]", GPT2)));

    /// Characters of every class that a pattern tells apart.
    private static final List<String> CHARACTERS = List.of(
            "a", "b", "s", "t", "l", "L", "e", "r", "E", "S", "M", "ſ", "É", "é", "ß", "ǅ", "ʰ", "ª", "一", "龥", "が",
            "ー", "가", "ㄱ", "ㄅ", "ก", "य", "\u093C", "\u0301", "\u0903", "0", "1", "2", "3", "4", "5", "٣", "½", "Ⅳ",
            " ", " ", " ", "  ", "\t", "\n", "\r", "\r\n", "\u00A0", "\u3000", "\u0085", "\u200B", "'", "'", "\"", "!",
            ".", ",", "(", ")", "/", "-", "_", "[", "`", "$", "+", "<", "~", "“", "。", "、", "…", "€", "😀", "\uFFFD",
            "\uE000", "\u0378", "\0", "𐐀", "𝒳", "二", "〇", "々", "\u1F7D", "\u2126", "\u212A", "\uF900", "ﾟ", "𞤀");

    private static String llama3(String numbers) {
        return CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" + numbers + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*" + SPACES;
    }

    private static List<String> originals(String name) {
        return Objects.requireNonNull(ORIGINALS.get(name));
    }

    static List<String> names() {
        return ORIGINALS.keySet().stream().sorted().toList();
    }

    @ParameterizedTest
    @MethodSource("names")
    void cut_randomText_asTheOriginalPattern(String name) {
        Random random = new Random(name.hashCode());
        List<Pattern> stages = originals(name).stream()
                .map(regex -> Pattern.compile(regex, Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNICODE_CASE))
                .toList();
        PreTokenizer pre = PreTokenizer.named("x.gguf", name);
        for (int round = 0; round < 1_500; round++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(24); length > 0; length--) {
                String character = CHARACTERS.get(random.nextInt(CHARACTERS.size()));
                text.repeat(character, random.nextInt(8) == 0 ? 1 + random.nextInt(9) : 1);
            }
            assertEquals(expected(stages, text.toString()), words(pre, text.toString()));
        }
    }

    @Test
    void cut_longWhiteSpace_powersOfTwoInJais2() {
        PreTokenizer pre = PreTokenizer.named("x.gguf", "jais-2");
        Pattern original = Pattern.compile(originals("jais-2").getFirst(), Pattern.UNICODE_CHARACTER_CLASS);
        for (int spaces : List.of(1, 2, 3, 255, 256, 257, 511, 512, 513, 514, 1023, 1024, 1025, 1500)) {
            for (String end : List.of("", "x", "!")) {
                String text = " ".repeat(spaces) + end;
                assertEquals(expected(List.of(original), text), words(pre, text));
            }
        }
    }

    @Test
    void cut_numbersOfSuperBpe_groupsFromTheRight() {
        PreTokenizer pre = PreTokenizer.named("x.gguf", "superbpe");
        assertEquals(List.of("is ", "1", "234", "567", " or ", "123", "?"), words(pre, "is 1234567 or 123?"));
    }

    @Test
    void named_unknown_namesTheKnown() {
        UnsupportedModelException error =
                assertThrows(UnsupportedModelException.class, () -> PreTokenizer.named("x.gguf", "no\nsuch"));
        assertEquals(
                "x.gguf: the pre-tokenizer \"no\\u{a}such\" (key tokenizer.ggml.pre) is not supported; supported: "
                        + "a.x-4.0, afmoe, bailingmoe, bailingmoe2, bloom, chameleon, chatglm-bpe, codeshell, "
                        + "cohere2moe, command-r, dbrx, deepseek-coder, deepseek-llm, deepseek-r1-qwen, "
                        + "deepseek-v3, default, exaone, exaone-moe, exaone4, falcon, falcon-h1, falcon3, "
                        + "gigachat, glm4, gpt-2, gpt-4o, gpt3-finnish, granite-docling, grok-2, hunyuan, "
                        + "hunyuan-dense, jais, jais-2, joyai-llm, kanana2, kimi-k2, kormo, laguna, lfm2, "
                        + "llada-moe, llama-bpe, llama-v3, llama3, llama4, megrez, mellum, mellum2, midm-2.0, "
                        + "minerva-7b, minicpm5, minimax-m2, mpt, olmo, phi-2, pixtral, poro-chat, qwen2, "
                        + "qwen35, refact, seed-coder, smaug-bpe, smollm, solar-open, stablelm2, starcoder, "
                        + "superbpe, talkie, tekken, tiny_aya, trillion, viking, youtu",
                error.getMessage());
        String message = Objects.requireNonNull(error.getMessage());
        String supported = message.substring(message.indexOf("supported: ") + 11);
        for (String name : supported.split(", ")) {
            PreTokenizer.named("x.gguf", name);
        }
    }

    private static List<String> words(PreTokenizer pre, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        CharText characters = CharText.of(bytes, 0, bytes.length);
        IntList ends = pre.cut(characters);
        List<String> words = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < ends.size(); i++) {
            StringBuilder word = new StringBuilder();
            while (at < ends.get(i)) {
                word.appendCodePoint(characters.at(at++));
            }
            words.add(word.toString());
        }
        return words;
    }

    private static List<String> expected(List<Pattern> stages, String text) {
        List<String> pieces = text.isEmpty() ? List.of() : List.of(text);
        for (Pattern stage : stages) {
            List<String> cut = new ArrayList<>();
            for (String piece : pieces) {
                Matcher matcher = stage.matcher(piece);
                int last = 0;
                while (matcher.find()) {
                    if (matcher.start() > last) {
                        cut.add(piece.substring(last, matcher.start()));
                    }
                    cut.add(matcher.group());
                    last = matcher.end();
                }
                if (last < piece.length()) {
                    cut.add(piece.substring(last));
                }
            }
            pieces = cut;
        }
        return pieces;
    }
}
