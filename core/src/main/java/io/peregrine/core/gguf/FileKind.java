package io.peregrine.core.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What a file that is not GGUF looks like, to tell the user what happened.
///
/// @param looksLike the kind in words
/// @param action what to do about it
record FileKind(String looksLike, String action) {

    private static final String CONVERT = "convert it to GGUF first, or look for a GGUF file of the same model";
    private static final String DOWNLOAD = "download the file itself";
    private static final String PICTURE = "give it as the picture, not as the model";
    private static final int LOOKED_AT = 512;

    /// Looks at the first bytes of a file whose magic is wrong; null if nothing is recognised.
    static @Nullable FileKind of(MemorySegment file) {
        byte[] head = file.asSlice(0, Math.min(LOOKED_AT, file.byteSize())).toArray(ValueLayout.JAVA_BYTE);
        // One char per byte, so that binary magics can be compared as text.
        String text = new String(head, StandardCharsets.ISO_8859_1);
        FileKind kind = ofMagic(text);
        return kind != null ? kind : ofText(text);
    }

    private static @Nullable FileKind ofMagic(String head) {
        if (head.startsWith("PK\3\4")) {
            return new FileKind("a zip archive, as PyTorch checkpoints are", CONVERT);
        }
        if (head.startsWith("\u0080\2")) {
            return new FileKind("a Python pickle, as old PyTorch checkpoints are", CONVERT);
        }
        if (head.startsWith("{\"", 8)) {
            return new FileKind("a safetensors file", CONVERT);
        }
        if (head.startsWith("lmgg") || head.startsWith("fmgg") || head.startsWith("tjgg")) {
            return new FileKind("a GGML file from before GGUF", CONVERT);
        }
        if (head.startsWith("algg")) {
            return new FileKind("a LoRA adapter from before GGUF", CONVERT);
        }
        if (head.startsWith("\u0089HDF")) {
            return new FileKind("an HDF5 file", CONVERT);
        }
        if (head.startsWith("ustar", 257)) {
            return new FileKind("a tar archive", "unpack it first");
        }
        if (head.startsWith("\u001f\u008b") || head.startsWith("7z\u00bc\u00af") || head.startsWith("(\u00b5/\u00fd")) {
            return new FileKind("a compressed file", "unpack it first");
        }
        if (head.startsWith("\u0089PNG")) {
            return new FileKind("a PNG picture", PICTURE);
        }
        if (head.startsWith("\u00ff\u00d8\u00ff")) {
            return new FileKind("a JPEG picture", PICTURE);
        }
        return null;
    }

    private static @Nullable FileKind ofText(String head) {
        String text = head.startsWith("\u00ef\u00bb\u00bf") ? head.substring(3) : head;
        text = text.strip().toLowerCase(Locale.ROOT);
        if (text.startsWith("version https://git-lfs")) {
            return new FileKind("a Git-LFS pointer, which stands for the file", "run `git lfs pull`, or " + DOWNLOAD);
        }
        if (text.startsWith("<!doctype html") || text.startsWith("<html")) {
            return new FileKind("a web page (HTML)", DOWNLOAD + "; the address may need a login");
        }
        if (text.startsWith("<?xml")) {
            return new FileKind("an XML document", DOWNLOAD + "; the address may need a login");
        }
        if (text.startsWith("{")) {
            return new FileKind("JSON text", DOWNLOAD);
        }
        boolean zeros = !head.isEmpty() && head.chars().allMatch(c -> c == 0);
        return zeros ? new FileKind("nothing but zeros", "the download was cut short: repeat it") : null;
    }
}
