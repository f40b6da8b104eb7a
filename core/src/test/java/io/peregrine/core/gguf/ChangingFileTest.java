package io.peregrine.core.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.ModelFileException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/// Bytes that change between the check and the use.
class ChangingFileTest {

    private static final String CHANGED =
            "m: changed while it was being read; load it again when nobody writes to it any more";

    private static void assertChanged(Runnable use) {
        assertEquals(CHANGED, assertThrows(ModelFileException.class, use::run).getMessage());
    }

    @Test
    void tensorThatGrows_isNoticed() {
        byte[] bytes = BadFiles.data(64);
        MemorySegment file = MemorySegment.ofArray(bytes);
        TensorTable table = Contents.read("m", file, GgufLimits.DEFAULT).table();
        table.forEach(info -> {});
        // The second tensor's only dimension.
        int dimension = 24 + 33 + 9 + 4;
        assertEquals(20, file.get(ValueLayout.JAVA_BYTE, dimension));
        file.set(ValueLayout.JAVA_BYTE, dimension, (byte) 21);
        assertChanged(() -> table.forEach(info -> {}));
    }

    @Test
    void stringsThatGrow_areNoticed() {
        byte[] strings = new GgufBytes().string("ab").string("c").toBytes();
        Cursor in = new Cursor("m", MemorySegment.ofArray(strings));
        MetadataReader.checkStrings(in, strings, 2, 0);
        strings[10] = 2;
        assertChanged(() -> MetadataReader.checkStrings(in, strings, 2, 0));
        strings[10] = 1;
        strings[7] = -1;
        assertChanged(() -> MetadataReader.checkStrings(in, strings, 2, 0));
        strings[7] = 0;
        strings[0] = 11;
        assertChanged(() -> MetadataReader.checkStrings(in, strings, 2, 0));
    }
}
