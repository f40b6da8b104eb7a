package io.peregrine.model.tokenizer;

import static io.peregrine.model.tokenizer.CharSet.BEFORE_WORD;
import static io.peregrine.model.tokenizer.CharSet.LETTERS;
import static io.peregrine.model.tokenizer.CharSet.LETTERS_AND_MARKS;
import static io.peregrine.model.tokenizer.CharSet.NEWLINES;
import static io.peregrine.model.tokenizer.CharSet.NUMBERS;
import static io.peregrine.model.tokenizer.CharSet.OTHER;
import static io.peregrine.model.tokenizer.CharSet.SIGNS;
import static io.peregrine.model.tokenizer.CharSet.SPACES;
import static io.peregrine.model.tokenizer.CharSet.SPACE_ONLY;
import static io.peregrine.model.tokenizer.CharText.LETTER;
import static io.peregrine.model.tokenizer.CharText.MARK;
import static io.peregrine.model.tokenizer.CharText.NUMBER;
import static io.peregrine.model.tokenizer.CharText.PUNCTUATION;
import static io.peregrine.model.tokenizer.CharText.SPACE;
import static io.peregrine.model.tokenizer.CharText.SYMBOL;

import io.peregrine.core.UnsupportedModelException;
import java.util.List;

/// How a byte-level vocabulary cuts text into words before it merges, chosen by `tokenizer.ggml.pre`.
///
/// The patterns are those of the original tokenizers. Where llama.cpp (`src/llama-vocab.cpp`,
/// `src/unicode.cpp`) runs a simplified one (upper and lower case of non-ASCII letters and combining marks in
/// `tekken` and `gpt-4o`, numbers inside words in `tiny_aya`), the original wins. Linear for any text.
/// Immutable.
///
/// @param stages each cuts the pieces that the one before left
/// @param ignoresMerges whether a word that is a token is taken whole, without merging
/// @param addsBos whether text begins with the BOS token where the file does not say
record PreTokenizer(List<Split> stages, boolean ignoresMerges, boolean addsBos) {

    /// Used where the file names none, as llama.cpp does.
    static final String DEFAULT = "default";

    private static final Rule SPACE_RUN = Rule.run(SPACES);
    private static final Rule TRIPLES = Rule.run(NUMBERS, 3);
    private static final Rule SINGLES = Rule.run(NUMBERS, 1);
    private static final Rule WORD = Rule.run(BEFORE_WORD, LETTERS);
    private static final Rule OTHERS = Rule.run(SPACE_ONLY, OTHER);
    private static final Rule OTHERS_AND_NEWLINES = Rule.followed(OTHERS, NEWLINES, Integer.MAX_VALUE);
    private static final Rule OTHERS_AND_SLASHES = Rule.followed(OTHERS, CharSet.of("\r\n/"), Integer.MAX_VALUE);
    private static final CharSet NONE = CharSet.of("");
    private static final CharSet HAN = (text, at) -> text.is(at, LETTER | MARK | NUMBER | PUNCTUATION | SYMBOL)
            && text.at(at) < Utf8.INVALID
            && Character.UnicodeScript.of(text.at(at)) == Character.UnicodeScript.HAN;
    private static final Rule CASED_WORD = Rule.casedWord(NONE);
    private static final Rule CASED_WORD_CONTRACTED = Rule.followed(CASED_WORD, Rule.CONTRACTION_ANY_CASE);

    private static final Split GPT2 = Split.words(
            Rule.CONTRACTION,
            Rule.run(SPACE_ONLY, LETTERS),
            Rule.run(SPACE_ONLY, NUMBERS),
            OTHERS,
            Rule.SPACES_BEFORE_LAST,
            SPACE_RUN);

    private static final Split LLAMA3 = words(TRIPLES, OTHERS_AND_NEWLINES);
    private static final Split QWEN2 = words(SINGLES, OTHERS_AND_NEWLINES);

    /// Words that keep their marks, ASCII words led by a punctuation character.
    private static final Split DEEPSEEK3 = Split.words(
            Rule.sequence(CharSet.ranges("!/:@[`{~"), CharSet.ranges("AZaz")),
            Rule.run(CharSet.without(LETTER | PUNCTUATION | SYMBOL, "\r\n"), LETTERS_AND_MARKS),
            Rule.followed(Rule.run(SPACE_ONLY, SIGNS), NEWLINES, Integer.MAX_VALUE),
            Rule.SPACES_TO_NEWLINE,
            Rule.SPACES_BEFORE_LAST,
            SPACE_RUN);

    private static final Split GPT4O = casedWords(CASED_WORD_CONTRACTED, TRIPLES, OTHERS_AND_SLASHES);
    private static final Split BLOOM = Split.words(Rule.run(SPACE_ONLY, CharSet.without(SPACE, "(|.,!?…。，、।۔،)")));
    private static final Split SINGLE_NUMBERS = Split.words(SINGLES);
    private static final Split SINGLE_NEWLINES = Split.words(Rule.run(NEWLINES, 1));
    private static final Split ASCII_TRIPLES = Split.words(Rule.exactly(CharSet.ranges("09"), 3));
    private static final Split CJK = Split.words(Rule.run(CharSet.ranges("一龥\u0800一가\uD7FF")));
    private static final Split CJK_AND_KANA = Split.words(Rule.run(CharSet.ranges("一龥\u3040ヿ")));

    /// @param file the file's name for messages
    /// @param name the value of `tokenizer.ggml.pre`
    static PreTokenizer named(String file, String name) {
        return switch (name) {
            case DEFAULT ->
                of(
                        Split.words(Rule.run(CharSet.with(PUNCTUATION).or(CharSet.of("$+<=>^~|")))),
                        GPT2,
                        Split.words(Rule.run(NUMBERS)),
                        ASCII_TRIPLES);
            case "gpt-2",
                    "phi-2",
                    "gigachat",
                    "a.x-4.0",
                    "mellum",
                    "exaone4",
                    "mpt",
                    "olmo",
                    "jais",
                    "trillion",
                    "granite-docling" -> of(GPT2);
            case "starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2" ->
                of(SINGLE_NUMBERS, GPT2);
            case "falcon" ->
                of(Split.words(Rule.run(CharSet.with(PUNCTUATION).or(CharSet.of("$+<=>^~|`")))), GPT2, ASCII_TRIPLES);
            case "llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2" ->
                new PreTokenizer(List.of(LLAMA3), true, true);
            case "dbrx", "smaug-bpe", "glm4", "chatglm-bpe" -> of(LLAMA3);
            case "minicpm5" ->
                new PreTokenizer(
                        List.of(Split.words(TRIPLES), words(Rule.run(NUMBERS), OTHERS_AND_NEWLINES)), true, false);
            case "qwen2",
                    "deepseek-r1-qwen",
                    "kormo",
                    "megrez",
                    "stablelm2",
                    "hunyuan",
                    "solar-open",
                    "grok-2",
                    "bailingmoe",
                    "bailingmoe2",
                    "llada-moe" -> of(QWEN2);
            case "qwen35" -> of(qwen35());
            case "seed-coder" -> of(words(SINGLES, OTHERS));
            case "laguna" -> of(Split.words(Rule.run(CharSet.without(0, "\n")), Rule.run(CharSet.of("\n"))), QWEN2);
            case "jais-2" -> of(jais2());
            case "exaone-moe" -> of(exaoneMoe());
            case "deepseek-llm" -> deepSeekLlm();
            case "deepseek-coder" ->
                of(
                        SINGLE_NEWLINES,
                        Split.words(Rule.run(SPACES, LETTERS)),
                        Split.words(Rule.run(SPACES, CharSet.with(PUNCTUATION))),
                        CJK,
                        SINGLE_NUMBERS);
            case "deepseek-v3", "hunyuan-dense", "joyai-llm" -> of(Split.words(TRIPLES), CJK_AND_KANA, DEEPSEEK3);
            case "afmoe" -> of(Split.digitGroups(false), Split.words(Rule.run(afmoeScripts())), DEEPSEEK3);
            case "tekken" -> new PreTokenizer(List.of(casedWords(CASED_WORD, SINGLES, OTHERS_AND_SLASHES)), true, true);
            case "gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2" -> of(GPT4O);
            case "tiny_aya", "cohere2moe" -> of(Split.digitGroups(true), GPT4O);
            case "youtu" -> new PreTokenizer(youtu(), true, false);
            case "kimi-k2" -> of(kimiK2());
            case "superbpe" -> of(Split.words(Rule.run(NUMBERS)), Split.digitGroups(false));
            case "poro-chat", "bloom", "gpt3-finnish" -> of(BLOOM);
            case "viking" -> of(BLOOM, SINGLE_NUMBERS);
            case "chameleon" -> new PreTokenizer(chameleon(), false, true);
            default ->
                throw new UnsupportedModelException(
                        file,
                        "the pre-tokenizer " + Quote.of(name) + " (key " + Keys.PRE + ")",
                        "a.x-4.0, afmoe, bailingmoe, bailingmoe2, bloom, chameleon, chatglm-bpe, codeshell, "
                                + "cohere2moe, command-r, dbrx, deepseek-coder, deepseek-llm, deepseek-r1-qwen, "
                                + "deepseek-v3, default, exaone, exaone-moe, exaone4, falcon, falcon-h1, falcon3, "
                                + "gigachat, glm4, gpt-2, gpt-4o, gpt3-finnish, granite-docling, grok-2, hunyuan, "
                                + "hunyuan-dense, jais, jais-2, joyai-llm, kanana2, kimi-k2, kormo, laguna, lfm2, "
                                + "llada-moe, llama-bpe, llama-v3, llama3, llama4, megrez, mellum, mellum2, midm-2.0, "
                                + "minerva-7b, minicpm5, minimax-m2, mpt, olmo, phi-2, pixtral, poro-chat, qwen2, "
                                + "qwen35, refact, seed-coder, smaug-bpe, smollm, solar-open, stablelm2, starcoder, "
                                + "superbpe, talkie, tekken, tiny_aya, trillion, viking, youtu");
        };
    }

    private static PreTokenizer of(Split... stages) {
        return new PreTokenizer(List.of(stages), false, false);
    }

    /// The ends of the words of a text, in order.
    IntList cut(CharText text) {
        IntList ends = new IntList();
        if (text.size() > 0) {
            ends.add(text.size());
        }
        for (Split stage : stages) {
            IntList cut = new IntList();
            int from = 0;
            for (int i = 0; i < ends.size(); i++) {
                stage.cut(text, from, ends.get(i), cut);
                from = ends.get(i);
            }
            ends = cut;
        }
        return ends;
    }

    /// The pattern of Llama 3 and its relatives, which differ in numbers and in what other characters take
    /// along.
    private static Split words(Rule numbers, Rule others) {
        return Split.words(
                Rule.CONTRACTION_ANY_CASE,
                WORD,
                numbers,
                others,
                Rule.SPACES_TO_NEWLINE,
                Rule.SPACES_BEFORE_LAST,
                SPACE_RUN);
    }

    private static Split casedWords(Rule words, Rule numbers, Rule others) {
        return Split.words(words, numbers, others, Rule.SPACES_TO_NEWLINE, Rule.SPACES_BEFORE_LAST, SPACE_RUN);
    }

    private static Split qwen35() {
        Rule others = Rule.run(SPACE_ONLY, CharSet.without(SPACE | LETTER | MARK | NUMBER, ""));
        return Split.words(
                Rule.CONTRACTION_ANY_CASE,
                Rule.run(BEFORE_WORD, LETTERS_AND_MARKS),
                SINGLES,
                Rule.followed(others, NEWLINES, Integer.MAX_VALUE),
                Rule.SPACES_TO_NEWLINE,
                Rule.SPACES_BEFORE_LAST,
                SPACE_RUN);
    }

    /// Llama 3 with white space in powers of two.
    private static Split jais2() {
        Rule powers = (text, from, end) -> {
            int most = (int) Math.min(end, from + 513L);
            int run = from;
            while (run < most && text.is(run, SPACE)) {
                run++;
            }
            int taken =
                    run == from ? 0 : Math.min(512, Integer.highestOneBit(run == end ? run - from : run - from - 1));
            return run == from ? Rule.NO_MATCH : from + Math.max(1, taken);
        };
        return Split.words(
                Rule.CONTRACTION_ANY_CASE, WORD, TRIPLES, OTHERS_AND_NEWLINES, Rule.SPACES_TO_NEWLINE, powers);
    }

    private static Split exaoneMoe() {
        return Split.words(
                Rule.CONTRACTION_ANY_CASE,
                Rule.SPACED_WORDS,
                SINGLES,
                Rule.followed(OTHERS, CharSet.of("\r\n/"), 1),
                Rule.SPACES_TO_NEWLINE,
                Rule.SPACES_BEFORE_LAST,
                SPACE_RUN);
    }

    /// The letters are those with case that Unicode had when the pattern was written.
    private static PreTokenizer deepSeekLlm() {
        CharSet letters = CharSet.ranges("AZazµµÀÖØöøƺƼƿǄʓʕʯͰͳͶͷͻͽͿͿΆΆΈΊΌΌΎΡΣϵϷҁҊԯԱՖႠჅᎠᏵᏸᏽᲐᲺᲽᲿᴀᴫᵫᵷᵹᶚḀἕἘἝἠὅ"
                + "ὈὍὐὗὙὙὛὛὝὝὟ\u1F7Dᾀᾴᾶᾼ\u1FBE\u1FBEῂῄῆῌῐ\u1FD3ῖ\u1FDBῠῬῲῴῶῼℂℂℇℇℊℓℕℕℙℝℤℤ\u2126\u2126ℨℨ"
                + "\u212AℭℯℴℹℹℼℿⅅⅉⅎⅎↃↄⰀⱻⱾⳤⳫⳮⳲⳳꙀꙭꚀꚛꜢꝯꝱꞇꞋꞎꭰꮿﬀﬆﬓﬗＡＺａｚ𐐀𐑏𐒰𐓓𐓘𐓻𐲀𐲲𐳀𐳲𑢠𑣟𞤀𞥃");
        return of(
                SINGLE_NEWLINES,
                Split.words(Rule.run(SPACES, letters)),
                Split.words(Rule.run(SPACES, CharSet.ranges("!/:~！／：～‘‟\u3000。"))),
                Split.TRAILING_SPACES,
                CJK,
                Split.words(Rule.run(NUMBERS)));
    }

    private static CharSet afmoeScripts() {
        return CharSet.ranges("一鿿㐀䶿\uF900\uFAFF\u3040ヿ･ﾟ⼀\u2FDFเ\u0EFFក\u17FFက႟ꩠꩿꧠ\uA9FF가\uD7AFᄀᇿ");
    }

    private static List<Split> youtu() {
        Split scripts = Split.words(
                Rule.run(CharSet.ranges("가힣ㄱㆎ")),
                Rule.run(CharSet.of("！…“”‘’—：；，").or(CharSet.ranges("、〿︰﹏"))),
                Rule.run(CharSet.ranges("ㄅㄯ")),
                Rule.run(CharSet.ranges("一龥\u3040ヿ")));
        return List.of(scripts, casedWords(CASED_WORD_CONTRACTED, SINGLES, OTHERS_AND_SLASHES));
    }

    private static Split kimiK2() {
        return Split.words(
                Rule.run(HAN),
                Rule.followed(Rule.casedWord(HAN), Rule.CONTRACTION_ANY_CASE),
                TRIPLES,
                OTHERS_AND_NEWLINES,
                Rule.SPACES_TO_NEWLINE,
                Rule.SPACES_BEFORE_LAST,
                SPACE_RUN);
    }

    private static List<Split> chameleon() {
        return List.of(
                Split.words(Rule.run(CharSet.of("\t\n"), 1), Rule.literal("    "), Rule.literal("  ")),
                SINGLE_NUMBERS,
                Split.words(Rule.run(CharSet.with(PUNCTUATION).or(CharSet.ranges("!/:@[`{~")), 1)),
                GPT2);
    }
}
