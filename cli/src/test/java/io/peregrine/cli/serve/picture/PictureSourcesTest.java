package io.peregrine.cli.serve.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.cli.serve.ApiException;
import io.peregrine.model.image.Image;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Pictures in requests and in files.
class PictureSourcesTest {

    private static final Path PICTURE = Path.of("../model/src/test/resources/fixtures/clip/image0.png");

    @TempDir
    private Path folder;

    private PictureSources sources = new PictureSources(PictureOptions.defaults());

    @AfterEach
    void close() {
        sources.close();
    }

    private void withRoot(Path root) {
        sources.close();
        sources = new PictureSources(PictureOptions.defaults().withRoot(root));
    }

    private List<Image> read(String... urls) throws InterruptedException {
        return read(Stream.of(urls).map(url -> new PictureUrl("picture", url)).toList());
    }

    private List<Image> read(List<PictureUrl> urls) throws InterruptedException {
        try (Pictures pictures = sources.read(urls)) {
            return pictures.images();
        }
    }

    private void assertRefused(String message, String... urls) {
        ApiException e = assertThrows(ApiException.class, () -> read(urls));
        assertEquals("picture: " + message, e.getMessage());
        assertEquals(400, e.status());
        assertEquals("picture", e.param());
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    @Test
    void data_isDecodedWhateverTypeItClaims() throws Exception {
        byte[] png = Files.readAllBytes(PICTURE);
        Image expected = Image.read(png);
        assertEquals(
                List.of(expected, expected, expected),
                read(
                        "data:image/png;base64," + base64(png),
                        "data:image/jpeg;base64," + base64(png),
                        "DATA:IMAGE/X-ANY;BASE64," + Base64.getEncoder().withoutPadding().encodeToString(png)));
        assertEquals(List.of(expected), read(List.of(PictureUrl.ofBase64("picture", base64(png)))));
    }

    static Stream<Arguments> badData() {
        String head = "the data URI does not begin like data:image/png;base64, or data:image/jpeg;base64,";
        String data = "the data is not valid base64 (A-Z a-z 0-9 + / and = at the end, nothing else)";
        return Stream.of(
                Arguments.of("", "expected a data: URI with a picture in base64"),
                Arguments.of("iVBORw0KGgo=", "expected a data: URI with a picture in base64"),
                Arguments.of("gopher://x/", "expected a data: URI with a picture in base64"),
                Arguments.of("data:", head),
                Arguments.of("data:image/png,abc", head),
                Arguments.of("data:text/html;base64,PGI+", head),
                Arguments.of("data:;base64,PGI+", head),
                Arguments.of("data:image/png;charset=x;base64,PGI+", head),
                Arguments.of("data:image/png;base64" + " ".repeat(200) + ",PGI+", head),
                Arguments.of("data:image/png;base64,AA\nAA", data),
                Arguments.of("data:image/png;base64,AA%2B", data),
                Arguments.of("data:image/png;base64,A", data),
                Arguments.of("data:image/png;base64,AA=A", data),
                Arguments.of(
                        "data:image/png;base64,",
                        "found 0 bytes, expected a PNG, JPEG, GIF or BMP picture; is the download complete?"),
                Arguments.of(
                        "data:image/png;base64," + base64("<svg xmlns='x'/>".getBytes(StandardCharsets.UTF_8)),
                        "found an SVG drawing, expected a PNG, JPEG, GIF or BMP picture; convert it to PNG"),
                Arguments.of(
                        "data:image/png;base64," + base64("hello, world".getBytes(StandardCharsets.UTF_8)),
                        "found no known picture (it begins with 68 65 6c 6c 6f 2c 20 77), expected a PNG, JPEG, GIF or BMP"
                                + " picture; give a picture"));
    }

    @ParameterizedTest
    @MethodSource("badData")
    void data_thatIsNoPicture_isRefused(String url, String message) {
        assertRefused(message, url);
    }

    @Test
    void data_thatIsTooLarge_isRefusedBeforeItIsDecoded() {
        String head = "data:image/png;base64,";
        String message = "the picture has more than 20971520 bytes; make it smaller";
        assertRefused(message, head + "A".repeat(4 * (20 << 20) / 3 + 4));
        assertRefused(message, head + "!".repeat(30 << 20));
    }

    @Test
    void pictures_areCounted_beforeAnyIsLookedAt() {
        assertRefused(
                "found picture number 17, expected at most 16 in a request",
                Collections.nCopies(17, "data:no").toArray(String[]::new));
    }

    @Test
    void pixels_areCountedOverTheWholeRequest() throws Exception {
        sources.close();
        PictureOptions usual = PictureOptions.defaults();
        Image picture = Image.read(PICTURE);
        long pixels = (long) picture.width() * picture.height();
        sources = new PictureSources(new PictureOptions(
                usual.hosts(), null, usual.perRequest(), usual.bytes(), 2 * pixels - 1, 1, usual.fetchTime()));
        String url = "data:image/png;base64," + base64(Files.readAllBytes(PICTURE));
        assertEquals(List.of(picture), read(url));
        String size = picture.width() + " x " + picture.height() + " pixels (" + pixels + ")";
        assertRefused(
                "area of the picture: " + size + " exceeds the limit of " + (pixels - 1)
                        + " pixels; make the picture smaller, or raise maxPixels in ImageLimits (the pictures of a request"
                        + " may have " + (2 * pixels - 1) + " pixels together)",
                url,
                url);
    }

    @Test
    void memory_isForThePicturesOfAllRequests() throws Exception {
        Image picture = Image.read(PICTURE);
        long pixels = (long) picture.width() * picture.height();
        PictureMemory memory = new PictureMemory(5 * PictureMemory.bytes(pixels));
        PictureUrl url = new PictureUrl("picture", "data:image/png;base64," + base64(Files.readAllBytes(PICTURE)));
        sources.close();
        sources = new PictureSources(PictureOptions.defaults(), WebPictures.Surroundings.usual(), memory);
        try (Pictures held = sources.read(List.of(url, url, url))) {
            assertEquals(3, held.images().size());
            assertEquals(2, read(List.of(url, url)).size());
            for (int i = 0; i < 3; i++) {
                ApiException e = assertThrows(ApiException.class, () -> sources.read(List.of(url, url, url)));
                assertEquals("the pictures of other requests take all the memory for them", e.getMessage());
                assertEquals(503, e.status());
            }
        }
        assertEquals(5, read(List.of(url, url, url, url, url)).size());
    }

    @Test
    @DisplayName("58 file-url-traversal")
    void files_areRefusedWithoutARoot() {
        for (String url : List.of("file:///etc/passwd", "file:" + PICTURE.toAbsolutePath(), "FILE:///x", "file:x")) {
            assertRefused(
                    "pictures from files are disabled; send the picture as a data: URI, or start the server with"
                            + " --image-root",
                    url);
        }
    }

    @Test
    @DisplayName("58 file-url-traversal")
    void files_ofTheRootAreRead_andNoOthers() throws Exception {
        Path root = Files.createDirectory(folder.resolve("root"));
        Path outside = Files.copy(PICTURE, folder.resolve("outside.png"));
        Files.copy(PICTURE, Files.createDirectory(root.resolve("a b\u00e9")).resolve("p.png"));
        Files.copy(PICTURE, Files.createDirectory(folder.resolve("rootless")).resolve("p.png"));
        Files.createSymbolicLink(root.resolve("inside-link.png"), root.resolve("a b\u00e9/p.png"));
        Files.createSymbolicLink(root.resolve("link.png"), outside);
        Files.createSymbolicLink(root.resolve("up"), folder);
        Files.write(root.resolve("no-picture.txt"), new byte[] {1, 2, 3});
        withRoot(root);
        String base = "file://" + root;
        Image expected = Image.read(PICTURE);
        assertEquals(
                List.of(expected, expected),
                read(base + "/a%20b%C3%A9/p.png", base + "/inside-link.png"));

        String absent = "there is no such file below the folder that the server shows pictures from";
        for (String url : List.of(
                "file:///etc/passwd",
                "file://" + outside,
                base + "/link.png",
                base + "/up/outside.png",
                base + "/up/root/../outside.png",
                "file://" + folder + "/rootless/p.png",
                base,
                base + "/absent.png",
                "file:///",
                "file:////etc/passwd")) {
            assertRefused(url.contains("..") ? "the path has a part . or .." : absent, url);
        }
        String encoded = "the path has an encoded slash, backslash or NUL, or a percent sign without two digits";
        for (String bad : List.of("%2e%2e%2foutside.png", "..%2Foutside.png", "a%5Cb", "p.png%00", "p%0", "p%", "p%+1",
                "p%-1")) {
            assertRefused(encoded, base + "/" + bad);
        }
        assertRefused("the path has a part . or ..", base + "/%2e%2e/outside.png");
        assertRefused("the path has a part . or ..", base + "/./p.png");
        assertRefused("the path is not valid", base + "/%FF.png");
        String sign = "the path has a character that is to be written with a percent sign";
        for (String bad : List.of("a b", "a\\b", "a\u0000", "p.png?x", "p.png#x", "\u00e9")) {
            assertRefused(sign, base + "/" + bad);
        }
        String form = "expected file:///, the path of a file, and no host";
        for (String bad : List.of("file://localhost/x", "file:/x", "file:x", "file://\\\\host/x")) {
            assertRefused(form, bad);
        }
        assertRefused(
                "found no known picture (it begins with 01 02 03), expected a PNG, JPEG, GIF or BMP picture; give a picture",
                base + "/no-picture.txt");
    }

    @Test
    void files_thatAreTooLarge_areRefused() throws Exception {
        Files.write(folder.resolve("large"), new byte[(20 << 20) + 1]);
        withRoot(folder);
        assertRefused("the picture has more than 20971520 bytes; make it smaller", "file://" + folder + "/large");
    }

    @Test
    void rootThatIsALink_isFollowed() throws Exception {
        Path real = Files.createDirectory(folder.resolve("real"));
        Files.copy(PICTURE, real.resolve("p.png"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), real);
        withRoot(link);
        assertEquals(2, read("file://" + link + "/p.png", "file://" + real + "/p.png").size());
    }
}
