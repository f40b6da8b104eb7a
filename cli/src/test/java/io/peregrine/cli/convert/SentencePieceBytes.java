package io.peregrine.cli.convert;

import io.peregrine.core.gguf.Metadata;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/// Writes sentencepiece models.
final class SentencePieceBytes {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    SentencePieceBytes varint(long value) {
        long rest = value;
        while (rest >>> 7 != 0) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
        return this;
    }

    SentencePieceBytes number(int field, long value) {
        return varint(field << 3).varint(value);
    }

    SentencePieceBytes bytes(int field, byte... value) {
        varint(field << 3 | 2).varint(value.length);
        out.writeBytes(value);
        return this;
    }

    SentencePieceBytes piece(String text, float score, int type) {
        SentencePieceBytes piece = new SentencePieceBytes().bytes(1, text.getBytes(StandardCharsets.UTF_8));
        piece.varint(2 << 3 | 5)
                .out
                .writeBytes(ByteBuffer.allocate(4)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putFloat(score)
                        .array());
        if (type != 1) {
            piece.number(3, type);
        }
        return bytes(1, piece.toArray());
    }

    byte[] toArray() {
        return out.toByteArray();
    }

    /// The vocabulary of a toy model.
    ///
    /// @param modelType 1 for Unigram, 2 for BPE
    static void write(Path file, Metadata m, int modelType) throws IOException {
        SentencePieceBytes model = new SentencePieceBytes();
        String[] tokens = Objects.requireNonNull(m.strings("tokenizer.ggml.tokens"));
        float[] scores = Objects.requireNonNull(m.floats("tokenizer.ggml.scores"));
        int[] types = Objects.requireNonNull(m.ints("tokenizer.ggml.token_type"));
        for (int i = 0; i < tokens.length; i++) {
            model.piece(tokens[i], scores[i], types[i]);
        }
        SentencePieceBytes trainer = new SentencePieceBytes()
                .bytes(1, "corpus.txt".getBytes(StandardCharsets.UTF_8))
                .number(3, modelType)
                .number(4, tokens.length)
                .number(40, m.integer("tokenizer.ggml.unknown_token_id", 0, 1 << 20))
                .number(41, m.integer("tokenizer.ggml.bos_token_id", 0, 1 << 20))
                .number(42, m.integer("tokenizer.ggml.eos_token_id", 0, 1 << 20))
                .number(43, -1);
        SentencePieceBytes normalizer = new SentencePieceBytes()
                .bytes(1, "identity".getBytes(StandardCharsets.UTF_8))
                .number(3, 1)
                .number(4, 0);
        model.bytes(2, trainer.toArray()).bytes(3, normalizer.toArray());
        Files.write(file, model.toArray());
    }
}
