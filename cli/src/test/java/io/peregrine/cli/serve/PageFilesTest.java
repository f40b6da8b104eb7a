package io.peregrine.cli.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The files of the page, without a browser.
class PageFilesTest {

    private static final Path FILES = Path.of("src/main/resources/io/peregrine/cli/serve");
    private static final int MOST_BYTES = 60_000;

    @Test
    void everyFile_isServedUnderThePolicy() throws IOException {
        try (StubModel model = new StubModel(HttpOptions.defaults().withKeys(List.of("key")));
                Stream<Path> files = Files.list(FILES)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                RawClient.Answer answer;
                try (RawClient client = new RawClient(model.address())) {
                    String path = name.equals("index.html") ? "" : name;
                    answer = client.send("GET /" + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n").read();
                }
                assertEquals(200, answer.status(), name);
                assertEquals(Files.readString(file), answer.body(), name);
                assertEquals("nosniff", answer.headers().get("x-content-type-options"));
                assertEquals("no-cache", answer.headers().get("cache-control"));
                assertEquals(
                        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
                                + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
                                + "require-trusted-types-for 'script'; trusted-types 'none'",
                        answer.headers().get("content-security-policy"));
            }
        }
    }

    @Test
    void page_isSmall_andAsksNothingOfOthers() throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(FILES)) {
            for (Path file : files.toList()) {
                String text = Files.readString(file);
                bytes += Files.size(file);
                assertFalse(
                        text.replace("http://www.w3.org/2000/svg", "").contains("://"), file + " names another place");
            }
        }
        assertTrue(bytes < MOST_BYTES, "the page has " + bytes + " bytes");
    }
}
