package io.peregrine.model.tokenizer;

import io.peregrine.core.gguf.Metadata;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Text to tokens and back, as the model was trained with.
///
/// Special tokens are found first, in one pass, the longest at each place; the text between them is encoded
/// by the algorithm of the vocabulary. Ordinary text never becomes a control token: neither where special
/// tokens are not asked for nor by merging. Time grows no faster than `n log n` for any text.
///
/// A `String` with a surrogate that has no partner is read as if it had U+FFFD there. Bytes that are not
/// UTF-8 are encoded as they are by vocabularies with byte tokens, and [#decodeBytes] gives them back.
///
/// Immutable; safe for any thread.
public final class Tokenizer {

    private final Vocabulary vocabulary;
    private final Subwords subwords;
    private final SpecialTokens specials;

    private Tokenizer(Metadata metadata) {
        this.vocabulary = Vocabulary.read(metadata);
        this.subwords = switch (vocabulary.model()) {
            case Vocabulary.SPM -> new SentencePieceBpe(metadata.file(), vocabulary);
            case Vocabulary.UNIGRAM -> new Unigram(metadata, vocabulary);
            case Vocabulary.CLIP -> new ClipBpe(metadata, vocabulary);
            default -> new ByteLevelBpe(metadata, vocabulary);
        };
        this.specials = new SpecialTokens(metadata.file(), vocabulary);
    }

    /// The tokenizer of a GGUF file.
    ///
    /// @throws io.peregrine.core.PeregrineException if its vocabulary is damaged or of a kind that is not
    ///     supported
    public static Tokenizer of(Metadata metadata) {
        return new Tokenizer(metadata);
    }

    public Vocabulary vocabulary() {
        return vocabulary;
    }

    /// What was assumed because the file does not say, for people to read; mostly empty.
    public List<String> notes() {
        if (subwords instanceof ClipBpe clip && clip.note() != null) {
            List<String> notes = new ArrayList<>(vocabulary.notes());
            notes.add(clip.note());
            return notes;
        }
        return vocabulary.notes();
    }

    /// The tokens of a text.
    ///
    /// @param addSpecial whether to put BOS in front and EOS behind where the model expects them
    /// @param parseSpecial whether texts of control tokens become those tokens; user-defined tokens always
    ///     count
    public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
        return encode(Utf8.bytes(text), addSpecial, parseSpecial);
    }

    /// The tokens of a text given as bytes, which should be UTF-8 but need not.
    public int[] encode(byte[] text, boolean addSpecial, boolean parseSpecial) {
        IntList trusted = new IntList();
        trusted.add(parseSpecial ? text.length : 0);
        return encode(text, trusted, true, addSpecial);
    }

    /// The tokens of a prompt: those of its parts joined to one text, but special tokens count only where
    /// their text lies wholly in trusted parts. In the other parts user-defined tokens do count, unless they
    /// are markers, texts in angle or square brackets, other than those for places in a picture.
    ///
    /// @param addSpecial whether to put BOS in front and EOS behind where the model expects them
    public int[] encodeParts(List<TextPart> parts, boolean addSpecial) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        IntList bounds = new IntList();
        boolean trusted = true;
        for (TextPart part : parts) {
            if (part.text().isEmpty()) {
                continue;
            }
            if (part.trusted() != trusted) {
                bounds.add(text.size());
                trusted = part.trusted();
            }
            text.writeBytes(Utf8.bytes(part.text()));
        }
        bounds.add(text.size());
        return encode(text.toByteArray(), bounds, false, addSpecial);
    }

    /// @param bounds ends of the parts that are trusted and not trusted in turn, the first trusted
    /// @param markers whether user-defined tokens that look like markers count everywhere
    private int[] encode(byte[] text, IntList bounds, boolean markers, boolean addSpecial) {
        IntList out = new IntList();
        if (addSpecial && vocabulary.addsBos()) {
            out.add(vocabulary.bos());
        }
        int plain = 0;
        int part = 0;
        for (int at = 0; at < text.length; ) {
            while (part < bounds.size() && bounds.get(part) <= at) {
                part++;
            }
            int trusted = part < bounds.size() && part % 2 == 0 ? bounds.get(part) : at;
            int token = specials.longest(text, at, text.length, trusted, markers);
            if (token == Vocabulary.NONE) {
                at++;
                continue;
            }
            encodePlain(text, plain, at, out);
            out.add(token);
            at += vocabulary.length(token);
            while (vocabulary.stripsRight(token) && at < text.length && isSpace(text[at])) {
                at++;
            }
            plain = at;
        }
        encodePlain(text, plain, text.length, out);
        if (addSpecial && vocabulary.addsEos()) {
            out.add(vocabulary.eos());
        }
        return out.toArray();
    }

    private void encodePlain(byte[] text, int from, int to, IntList out) {
        if (to > from) {
            subwords.encode(text, from, to, out);
        }
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b >= '\t' && b <= '\r';
    }

    /// The bytes of one token as they appear in a text; those of control tokens are their names.
    public byte[] bytes(int token) {
        return isSpecial(vocabulary.checked(token)) ? vocabulary.bytes(token) : subwords.bytes(token);
    }

    /// The text of tokens that begin a text: what [#encode] made tokens of. The space that it put before text
    /// is taken away again; bytes that are not UTF-8 become U+FFFD.
    ///
    /// @param showSpecial whether control tokens appear by their names
    public String decode(int[] tokens, boolean showSpecial) {
        return new String(decodeBytes(tokens, showSpecial), StandardCharsets.UTF_8);
    }

    /// As [#decode], every byte as it was.
    public byte[] decodeBytes(int[] tokens, boolean showSpecial) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        boolean prefixed = subwords.addsSpacePrefix();
        for (int token : tokens) {
            byte[] bytes = bytes(token);
            boolean special = isSpecial(token);
            int skipped = prefixed && !special && bytes.length > 0 && bytes[0] == ' ' ? 1 : 0;
            prefixed = subwords.addsSpacePrefix() && special;
            if (showSpecial || !vocabulary.isControl(token)) {
                text.write(bytes, skipped, bytes.length - skipped);
            }
        }
        return text.toByteArray();
    }

    /// A decoder for tokens that come one by one.
    ///
    /// @param showSpecial whether control tokens appear by their names
    public TextDecoder decoder(boolean showSpecial) {
        return new TextDecoder(this, showSpecial);
    }

    /// Whether an answer may be made of a token: ordinary text, bytes, and tokens of the vocabulary's own that are no
    /// markers.
    public boolean isText(int token) {
        return !vocabulary.isEndOfGeneration(token)
                && switch (vocabulary.kind(token)) {
                    case NORMAL, BYTE, UNDEFINED -> true;
                    case USER_DEFINED -> vocabulary.isMarkup(token) || !SpecialTokens.isMarker(vocabulary.text(token));
                    case CONTROL, UNKNOWN, UNUSED -> false;
                };
    }

    private boolean isSpecial(int token) {
        return vocabulary.isControl(token) || vocabulary.kind(token) == TokenKind.USER_DEFINED;
    }
}
