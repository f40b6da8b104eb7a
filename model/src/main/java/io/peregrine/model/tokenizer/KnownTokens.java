package io.peregrine.model.tokenizer;

import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// What is known of tokens by their texts, because files often do not say it: which end the generation, which
/// are control tokens whatever the file calls them, and which take the white space after them along.
///
/// Source: `llama_vocab::impl::load` in llama.cpp `src/llama-vocab.cpp`.
final class KnownTokens {

    private static final String SENTENCE_END = "</s>";

    private static final List<String> ENDS = List.of(
            "<|eot_id|>",
            "<|im_end|>",
            "<|end|>",
            "<|return|>",
            "<|call|>",
            "<|flush|>",
            "<|calls|>",
            "<end_of_turn>",
            "<|endoftext|>",
            SENTENCE_END,
            "<|eom_id|>",
            "|ENDOFTEXT|",
            "<EOT>",
            "_<EOT>",
            "[EOT]",
            "[EOS]",
            "<|end_of_text|>",
            "<end_of_utterance>",
            "<eos>",
            "<turn|>",
            "<|tool_response>",
            "<｜end▁of▁sentence｜>",
            "[e~[");

    /// Ends of a file when code is completed; of each list the first that exists counts.
    private static final List<List<String>> CODE_ENDS = List.of(
            List.of("<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"),
            List.of("<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"),
            List.of("<|file_sep|>"));

    private static final List<String> CODE_MARKS = List.of(
            "<|fim_prefix|>",
            "<fim-prefix>",
            "<fim_prefix>",
            "<｜fim▁begin｜>",
            "<PRE>",
            "▁<PRE>",
            "<|code_prefix|>",
            "<|prefix|>",
            "<|fim_suffix|>",
            "<fim-suffix>",
            "<fim_suffix>",
            "<｜fim▁hole｜>",
            "<SUF>",
            "▁<SUF>",
            "<|code_suffix|>",
            "<|suffix|>",
            "<|fim_middle|>",
            "<fim-middle>",
            "<fim_middle>",
            "<｜fim▁end｜>",
            "<MID>",
            "▁<MID>",
            "<|code_middle|>",
            "<|middle|>");

    /// Names and places of things in pictures: Qwen-VL, InternVL; Qwen2-VL and its successors.
    private static final List<String> MARKUP = List.of(
            "<ref>",
            "</ref>",
            "<box>",
            "</box>",
            "<quad>",
            "</quad>",
            "<|object_ref_start|>",
            "<|object_ref_end|>",
            "<|box_start|>",
            "<|box_end|>",
            "<|quad_start|>",
            "<|quad_end|>");

    /// Tags that do not belong to an answer of Granite-Docling: what stands for pictures.
    private static final Pattern PICTURE_TAG =
            Pattern.compile("<(image|fake_token_around_image|global-img|row_[0-9]+_col_[0-9]+)>");

    private static final Pattern TAG = Pattern.compile("</?[^<>|/]+>");

    private final TokenTable tokens;
    private final byte[] kinds;

    /// @param kinds written to by [#ends] and [#markup]
    KnownTokens(TokenTable tokens, byte[] kinds) {
        this.tokens = tokens;
        this.kinds = kinds;
    }

    /// The tokens that end the generation: those that the file names and those known by their text. All that
    /// are known by their text become control tokens.
    ///
    /// @param eos the end of text that the file names, negative for none, as for the others
    /// @param codeEnds the ends of code completion that the file names: padding, repository, file
    BitSet ends(int eos, int endOfTurn, int endOfMessage, int... codeEnds) {
        BitSet ends = new BitSet(tokens.size());
        int tag = htmlTag();
        for (String text : ENDS) {
            if (tag < 0 || !text.equals(SENTENCE_END)) {
                set(ends, control(text));
            }
        }
        for (String text : CODE_MARKS) {
            control(text);
        }
        for (int i = 0; i < codeEnds.length; i++) {
            int end = codeEnds[i];
            for (String text : CODE_ENDS.get(i)) {
                end = end < 0 ? control(text) : end;
            }
            set(ends, end);
        }
        set(ends, eos);
        set(ends, endOfTurn);
        set(ends, endOfMessage);
        exceptTurnsOfHarmony(ends);
        return ends;
    }

    /// In the formats of gpt-oss and Solar `<|end|>` ends one message of several.
    private void exceptTurnsOfHarmony(BitSet ends) {
        boolean calls = contains(ends, "<|call|>") || contains(ends, "<|calls|>");
        if (calls && (contains(ends, "<|return|>") || contains(ends, "<|flush|>")) && contains(ends, "<|end|>")) {
            ends.clear(tokens.find("<|end|>"));
        }
    }

    /// The token `</s>` where it ends no text but what is struck out in HTML, as in Gemma, or -1. Gemma's own ends have
    /// other names. llama.cpp knows that of Gemma 4 only.
    private int htmlTag() {
        boolean gemma3 = tokens.find("<end_of_turn>") >= 0 && tokens.find("<eos>") >= 0;
        boolean gemma4 = tokens.find("<|tool_response>") >= 0;
        int token = tokens.find(SENTENCE_END);
        return (gemma3 || gemma4) && token >= 0 && TokenKind.of(kinds[token]) != TokenKind.CONTROL ? token : -1;
    }

    private boolean contains(BitSet ends, String text) {
        int token = tokens.find(text);
        return token >= 0 && ends.get(token);
    }

    /// Makes the token of a text a control token if it exists; returns it or a negative number.
    private int control(String text) {
        int token = tokens.find(text);
        if (token >= 0) {
            kinds[token] = (byte) TokenKind.CONTROL.ordinal();
        }
        return token;
    }

    private static void set(BitSet ends, int token) {
        if (token >= 0) {
            ends.set(token);
        }
    }

    /// The tokens by which either side says where in a picture something is, or what it is. They are part of what is
    /// said, so those that the file calls control tokens become user-defined ones.
    ///
    /// @param ends the tokens that end the generation
    BitSet markup(BitSet ends) {
        BitSet markup = new BitSet();
        for (String text : MARKUP) {
            addMarkup(markup, tokens.find(text));
        }
        if (tokens.find("<doctag>") >= 0 && tokens.find("<loc_0>") >= 0) {
            addDocTags(markup, ends);
        }
        return markup;
    }

    /// The tags in which SmolDocling and Granite-Docling write down a page: hundreds of places, languages and kinds.
    private void addDocTags(BitSet markup, BitSet ends) {
        for (int token = 0; token < tokens.size(); token++) {
            boolean control = TokenKind.of(kinds[token]) == TokenKind.CONTROL && !ends.get(token);
            String text = control ? tokens.text(token) : "";
            if (TAG.matcher(text).matches()
                    && !PICTURE_TAG.matcher(text).matches()
                    && !CODE_MARKS.contains(text)) {
                addMarkup(markup, token);
            }
        }
    }

    private void addMarkup(BitSet markup, int token) {
        if (token >= 0 && TokenKind.of(kinds[token]) == TokenKind.CONTROL) {
            kinds[token] = (byte) TokenKind.USER_DEFINED.ordinal();
        }
        set(markup, token);
    }

    /// The tokens after which white space is dropped: in Phi-3 all special ones but three.
    ///
    /// @param modelName `general.name`
    BitSet stripsRight(String modelName) {
        BitSet strips = new BitSet();
        String name = modelName.toLowerCase(Locale.ROOT);
        if (name.contains("phi-3") || name.contains("phi3")) {
            for (int token = 0; token < tokens.size(); token++) {
                TokenKind kind = TokenKind.of(kinds[token]);
                strips.set(token, !kind.ordinary() && kind != TokenKind.BYTE || kind == TokenKind.USER_DEFINED);
            }
            for (String text : List.of("<unk>", "<s>", "<|endoftext|>")) {
                int token = tokens.find(text);
                if (token >= 0) {
                    strips.clear(token);
                }
            }
        }
        return strips;
    }
}
