package io.peregrine.cli.serve.picture;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Pictures of a folder of the server: `file:///path/below/that/folder.png`, the whole path as the server has it.
///
/// A file counts as below the folder if it still is when all symbolic links are followed. What is not there and what
/// is somewhere else get one and the same message: nobody learns from it what there is.
final class FilePictures {

    private static final String PREFIX = "file:///";

    private final @Nullable Path root;
    private final int most;

    /// @param root the folder, or null to refuse everything
    /// @param most bytes of a file
    FilePictures(@Nullable Path root, int most) {
        this.root = root;
        this.most = most;
    }

    byte[] read(PictureUrl picture) {
        if (root == null) {
            throw picture.refused("pictures from files are disabled; send the picture as a data: URI, or start the"
                    + " server with --image-root");
        }
        if (!picture.url().regionMatches(true, 0, PREFIX, 0, PREFIX.length())) {
            throw picture.refused("expected file:///, the path of a file, and no host");
        }
        Path file = path(picture, picture.url().substring(PREFIX.length() - 1));
        try {
            Path real = file.toRealPath();
            if (!real.startsWith(root.toRealPath()) || !Files.isRegularFile(real, LinkOption.NOFOLLOW_LINKS)) {
                throw absent(picture);
            }
            try (InputStream in = Files.newInputStream(real, LinkOption.NOFOLLOW_LINKS)) {
                byte[] bytes = in.readNBytes(most + 1);
                if (bytes.length > most) {
                    throw picture.refused("the picture has more than " + most + " bytes; make it smaller");
                }
                return bytes;
            }
        } catch (IOException e) {
            throw absent(picture);
        }
    }

    private static RuntimeException absent(PictureUrl picture) {
        return picture.refused("there is no such file below the folder that the server shows pictures from");
    }

    /// Percent signs decoded, as UTF-8; what could be read in two ways is refused.
    private static Path path(PictureUrl picture, String raw) {
        ByteBuffer bytes = ByteBuffer.allocate(raw.length() * 3);
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                int value = i + 2 < raw.length() ? hex(raw.charAt(i + 1)) * 16 + hex(raw.charAt(i + 2)) : -1;
                if (value <= 0 || value == '/' || value == '\\') {
                    throw picture.refused("the path has an encoded slash, backslash or NUL, or a percent sign without"
                            + " two digits");
                }
                bytes.put((byte) value);
                i += 2;
            } else if (c <= ' ' || c >= 0x7F || c == '\\' || c == '?' || c == '#') {
                throw picture.refused("the path has a character that is to be written with a percent sign");
            } else {
                bytes.put((byte) c);
            }
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(bytes.flip())
                    .toString();
            Path path = Path.of(text);
            for (Path part : path) {
                if (part.toString().equals("..") || part.toString().equals(".")) {
                    throw picture.refused("the path has a part . or ..");
                }
            }
            return path;
        } catch (CharacterCodingException | InvalidPathException e) {
            throw picture.refused("the path is not valid");
        }
    }

    /// @return -256 for what is no digit
    private static int hex(char c) {
        int digit = c < 0x7F ? Character.digit(c, 16) : -1;
        return digit < 0 ? -256 : digit;
    }
}
