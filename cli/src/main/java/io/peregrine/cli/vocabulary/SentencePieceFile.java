package io.peregrine.cli.vocabulary;

import io.peregrine.cli.checkpoint.ByteReader;
import io.peregrine.core.ModelFileException;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.UnsupportedModelException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A sentencepiece model: pieces with scores, and how text is normalised before they are looked for.
///
/// The file is one protobuf message; fields that are not needed are passed over.
/// Source: `google/sentencepiece : src/sentencepiece_model.proto`.
final class SentencePieceFile {

    static final int UNIGRAM = 1;
    static final int BPE = 2;

    private static final long MOST_BYTES = 256L << 20;
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private final String file;
    private final List<Token> pieces = new ArrayList<>();
    private int modelType = UNIGRAM;
    private int unknown = 0;
    private int bos = 1;
    private int eos = 2;
    private boolean addsDummyPrefix = true;
    private boolean removesExtraSpaces = true;
    private byte @Nullable [] charsmap;

    private SentencePieceFile(String file) {
        this.file = file;
    }

    /// @throws io.peregrine.core.PeregrineException if the file cannot be read, is damaged, or of a kind that is not
    ///     supported
    static SentencePieceFile read(Path path) {
        SentencePieceFile model = new SentencePieceFile(path.toString());
        byte[] bytes;
        try {
            long size = Files.size(path);
            if (size > MOST_BYTES) {
                throw new ResourceLimitException(
                        path + ": a sentencepiece model", size + " bytes", MOST_BYTES + " bytes", "this is none");
            }
            bytes = Files.readAllBytes(path);
        } catch (IOException e) {
            throw ModelFileException.of(path, "read", e);
        }
        model.model(model.over(bytes));
        if (model.modelType != UNIGRAM && model.modelType != BPE) {
            throw new UnsupportedModelException(
                    path.toString(), "the sentencepiece model type " + model.modelType, "1 (unigram), 2 (bpe)");
        }
        if (model.pieces.isEmpty()) {
            throw new ModelFormatException(path.toString(), "sentencepiece model", "no pieces", "pieces", "");
        }
        return model;
    }

    List<Token> pieces() {
        return pieces;
    }

    boolean isUnigram() {
        return modelType == UNIGRAM;
    }

    int unknown() {
        return unknown;
    }

    /// Negative for none, as the other ids.
    int bos() {
        return bos;
    }

    int eos() {
        return eos;
    }

    boolean addsDummyPrefix() {
        return addsDummyPrefix;
    }

    boolean removesExtraSpaces() {
        return removesExtraSpaces;
    }

    byte @Nullable [] charsmap() {
        return charsmap;
    }

    private ByteReader over(byte[] bytes) {
        return new ByteReader(file, MemorySegment.ofArray(bytes));
    }

    private void model(ByteReader reader) {
        while (reader.left() > 0) {
            long tag = varint(reader);
            switch ((int) (tag >>> 3)) {
                case 1 -> piece(message(reader, tag, "piece " + pieces.size()));
                case 2 -> trainer(message(reader, tag, "trainer_spec"));
                case 3 -> normalizer(message(reader, tag, "normalizer_spec"));
                default -> skip(reader, tag);
            }
        }
    }

    private void piece(ByteReader reader) {
        String where = "piece " + pieces.size();
        String text = null;
        float score = 0;
        long kind = Token.NORMAL;
        while (reader.left() > 0) {
            long tag = varint(reader);
            switch ((int) (tag >>> 3)) {
                case 1 -> text = text(bytes(reader, tag, where), where);
                case 2 -> {
                    expect(reader, tag, FIXED32, where);
                    score = Float.intBitsToFloat(reader.i32(where));
                }
                case 3 -> {
                    expect(reader, tag, VARINT, where);
                    kind = varint(reader);
                }
                default -> skip(reader, tag);
            }
        }
        if (text == null || text.isEmpty() || kind < Token.NORMAL || kind > Token.BYTE || Float.isNaN(score)) {
            throw new ModelFormatException(
                    file,
                    where,
                    text == null || text.isEmpty() ? "no text" : "type " + kind + " and score " + score,
                    "a text, a type from 1 to 6 and a score",
                    "");
        }
        if (pieces.size() >= Vocabulary.MOST_TOKENS) {
            throw new ResourceLimitException(
                    file + ": pieces", "more", Integer.toString(Vocabulary.MOST_TOKENS), "this is no usual vocabulary");
        }
        pieces.add(new Token(text, score, (int) kind));
    }

    private void trainer(ByteReader reader) {
        String where = "trainer_spec";
        while (reader.left() > 0) {
            long tag = varint(reader);
            int field = (int) (tag >>> 3);
            if (field == 3 || field == 40 || field == 41 || field == 42) {
                expect(reader, tag, VARINT, where);
                int value = (int) varint(reader);
                switch (field) {
                    case 3 -> modelType = value;
                    case 40 -> unknown = value;
                    case 41 -> bos = value;
                    default -> eos = value;
                }
            } else {
                skip(reader, tag);
            }
        }
    }

    private void normalizer(ByteReader reader) {
        String where = "normalizer_spec";
        while (reader.left() > 0) {
            long tag = varint(reader);
            switch ((int) (tag >>> 3)) {
                case 2 -> charsmap = bytes(reader, tag, where);
                case 3 -> {
                    expect(reader, tag, VARINT, where);
                    addsDummyPrefix = varint(reader) != 0;
                }
                case 4 -> {
                    expect(reader, tag, VARINT, where);
                    removesExtraSpaces = varint(reader) != 0;
                }
                default -> skip(reader, tag);
            }
        }
    }

    private ByteReader message(ByteReader reader, long tag, String where) {
        return over(bytes(reader, tag, where));
    }

    private byte[] bytes(ByteReader reader, long tag, String where) {
        expect(reader, tag, BYTES, where);
        return reader.take(varint(reader), where);
    }

    private String text(byte[] bytes, String where) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(file, where, "a text that is not UTF-8", "UTF-8", "");
        }
    }

    private void expect(ByteReader reader, long tag, int wireType, String where) {
        if ((tag & 7) != wireType) {
            throw new ModelFormatException(
                    file,
                    where + ", field " + (tag >>> 3) + " before byte " + reader.at(),
                    "wire type " + (tag & 7),
                    "wire type " + wireType,
                    "is this a sentencepiece model?");
        }
    }

    private void skip(ByteReader reader, long tag) {
        String where = "field " + (tag >>> 3);
        switch ((int) (tag & 7)) {
            case VARINT -> varint(reader);
            case FIXED64 -> reader.pass(8, where);
            case BYTES -> reader.pass(varint(reader), where);
            case FIXED32 -> reader.pass(4, where);
            default ->
                throw new ModelFormatException(
                        file,
                        where + " before byte " + reader.at(),
                        "wire type " + (tag & 7),
                        "0, 1, 2 or 5",
                        "is this a sentencepiece model?");
        }
    }

    private long varint(ByteReader reader) {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            int next = reader.u8("number");
            value |= (long) (next & 0x7f) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new ModelFormatException(
                file,
                "number before byte " + reader.at(),
                "more than 10 bytes",
                "at most 10",
                "is this a sentencepiece model?");
    }
}
