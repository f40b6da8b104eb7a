package io.peregrine.cli.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.cli.LiveServer;
import io.peregrine.cli.browser.Browser;
import io.peregrine.cli.browser.Chromium;
import io.peregrine.cli.browser.Tab;
import io.peregrine.cli.browser.Tab.Screen;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The page in a headless Chromium, used by mouse, finger and keys. Skipped where none is found; see [Chromium].
/// Nothing may show up in the console, break the page's policy, or ask for anything elsewhere.
class PageTest {

    private static final Path PICTURE = Path.of("src/main/resources/io/peregrine/cli/demo/picture3.png");
    private static final Path SHOTS = Path.of("target/screenshots");
    private static final String DONE = "document.querySelector('.turn:last-child')?.dataset.state === 'done'";

    private static Browser browser;

    @TempDir
    private Path folder;

    private StubModel model;
    private Tab tab;

    @BeforeAll
    static void startBrowser() throws IOException {
        browser = Chromium.start();
    }

    @AfterAll
    static void closeBrowser() {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void open() throws IOException {
        open(HttpOptions.defaults(), Screen.DESKTOP);
    }

    @AfterEach
    void nothingElseHappened() {
        try (StubModel _ = model;
                Tab _ = tab) {
            assertEquals(List.of(), tab.troubles());
        }
    }

    private void open(HttpOptions options, Screen screen) throws IOException {
        if (tab != null) {
            nothingElseHappened();
        }
        model = new StubModel(options);
        tab = browser.open(screen, model.url());
        tab.go(model.url());
        if (options.keys().isEmpty()) {
            tab.await("document.querySelector('#model').textContent === 'stub'");
        }
    }

    @Test
    void droppedPicture_isAskedAbout_andTheAnswerStreams() throws Exception {
        CountDownLatch half = new CountDownLatch(1);
        model.answerWith(exchange -> {
            EventStream events = exchange.stream();
            events.send(StubModel.piece("It is"));
            assertTrue(half.await(20, TimeUnit.SECONDS));
            events.send(StubModel.piece(" a number. 37,"));
            events.send(StubModel.piece(" I think."));
            StubModel.end(events, 12);
        });
        tab.drop(PICTURE, 300, 200);
        tab.await("document.querySelector('#tray img')?.complete");
        assertEquals("picture3.png", tab.text("#tray .name"));
        tab.type("What is written?");
        tab.screenshot(SHOTS.resolve("desktop-question.png"));
        tab.press("Enter", false);

        tab.await("document.querySelector('.words').innerText === 'It is'");
        assertEquals("asking", tab.js("document.querySelector('.turn').dataset.state").asText());
        assertTrue(tab.js("!document.querySelector('#stop').hidden && document.querySelector('#ask').hidden")
                .asBoolean());
        half.countDown();
        tab.await(DONE);
        assertEquals("It is a number. 37, I think.", tab.text(".words"));
        String numbers = tab.text(".numbers");
        assertTrue(
                numbers.matches("first word after \\d+\\.\\d s · \\d+\\.\\d tokens/s · 12 tokens · question 90 tokens"
                        + " \\(64 picture\\)"),
                numbers);
        assertEquals("It is a number.\n\n37, I think.", tab.js("document.querySelector('#spoken').innerText").asText());

        JsonNode request = model.requests().getFirst();
        assertEquals("stub", request.get("model").asText());
        assertTrue(request.get("stream").asBoolean());
        assertTrue(request.at("/stream_options/include_usage").asBoolean());
        JsonNode content = request.at("/messages/0/content");
        assertEquals(
                "data:image/png;base64," + Base64.getEncoder().encodeToString(Files.readAllBytes(PICTURE)),
                content.at("/0/image_url/url").asText());
        assertEquals("What is written?", content.at("/1/text").asText());
        assertEquals(2, content.size());
    }

    @Test
    void stop_endsTheAnswer_andTheConversationGoesOn() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        model.answerWith(exchange -> {
            exchange.onGone(gone::countDown);
            EventStream events = exchange.stream();
            events.send(StubModel.piece("On and on"));
            assertTrue(gone.await(20, TimeUnit.SECONDS));
        });
        ask("Tell me all.");
        tab.await("document.querySelector('.words').innerText === 'On and on'");
        tab.click("#stop");
        assertTrue(gone.await(10, TimeUnit.SECONDS));
        tab.await("document.querySelector('.turn').dataset.state === 'stopped'");
        assertEquals("Stopped.", tab.text(".status"));

        model.answerWith(exchange -> StubModel.answer(exchange, "Well."));
        ask("And briefly?");
        tab.await(DONE);
        JsonNode messages = model.requests().get(1).get("messages");
        assertEquals(
                """
                [{"role":"user","content":"Tell me all."},{"role":"assistant","content":"On and on"},\
                {"role":"user","content":"And briefly?"}]""",
                messages.toString());

        tab.js("document.querySelector('.turn:last-child').scrollIntoView()");
        tab.js("[...document.querySelectorAll('.turn:last-child button')].find(b => b.innerText === 'Try again').click()");
        tab.await(DONE + " && !document.querySelector('#ask').hidden");
        assertEquals(messages, model.requests().get(2).get("messages"));
    }

    @Test
    void questionByItself_goesWithTheLatestPictures() {
        tab.drop(PICTURE, 300, 200);
        tab.await("document.querySelector('#tray img')");
        ask("Is it red?");
        tab.await(DONE);
        tab.js("document.querySelector('#settings').open = true");
        tab.click("#alone");
        ask("Is it blue?");
        tab.await(DONE + " && document.querySelectorAll('.turn').length === 2");
        JsonNode messages = model.requests().get(1).get("messages");
        assertEquals(1, messages.size());
        assertEquals(
                model.requests().get(0).at("/messages/0/content/0"), messages.at("/0/content/0"), "the same picture");
        assertEquals("Is it blue?", messages.at("/0/content/1/text").asText());
    }

    @Test
    void keysAlone_areEnough() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        model.answerWith(exchange -> {
            exchange.onGone(gone::countDown);
            exchange.stream().send(StubModel.piece("Slowly"));
            assertTrue(gone.await(20, TimeUnit.SECONDS));
        });
        assertEquals("question", focus());
        tab.type("One");
        tab.press("Enter", true);
        tab.type("Two");
        assertEquals("One\nTwo", tab.js("document.querySelector('#question').value").asText());
        List<String> order = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            tab.press("Tab", false);
            order.add(focus());
        }
        assertEquals(List.of("Add a picture", "Ask", "Settings"), order);
        tab.press("Tab", true);
        tab.press("Enter", false);
        tab.await("document.querySelector('.words')?.innerText === 'Slowly'");
        tab.press("Escape", false);
        assertTrue(gone.await(10, TimeUnit.SECONDS));
        tab.await("document.querySelector('.turn').dataset.state === 'stopped'");

        tab.js("document.querySelector('.skip').focus()");
        order.clear();
        for (int i = 0; i < 5; i++) {
            tab.press("Tab", false);
            order.add(focus());
        }
        assertEquals(
                List.of("New conversation", "scroll", "Copy", "Try again", "question"), order);
        assertEquals(List.of(), nameless());
    }

    @Test
    void reload_keepsTheConversation_untilANewOneBegins() throws Exception {
        tab.drop(PICTURE, 300, 200);
        tab.await("document.querySelector('#tray img')");
        tab.js("document.querySelector('#settings').open = true");
        tab.click("#system");
        tab.type("Be brief.");
        tab.click("#temperature");
        tab.type("0");
        ask("Is it red?");
        tab.await(DONE);
        awaitKept(1);
        tab.reload();
        tab.await(DONE);
        assertEquals("Is it red?", tab.text(".bubble"));
        assertEquals("Yes.", tab.text(".words"));
        tab.await("document.querySelector('.thumb img').naturalWidth === 256");

        ask("Really?");
        tab.await(DONE + " && document.querySelectorAll('.turn').length === 2");
        JsonNode request = model.requests().get(1);
        assertEquals(0, request.get("temperature").asDouble());
        assertEquals("Be brief.", request.at("/messages/0/content").asText());
        assertEquals(
                model.requests().get(0).at("/messages/1/content"), request.at("/messages/1/content"), "the same picture");
        assertEquals("Really?", request.at("/messages/3/content").asText());

        tab.click("#anew");
        tab.await("!document.querySelector('.turn') && document.querySelector('#welcome').offsetHeight > 0");
        awaitKept(0);
        tab.reload();
        tab.await("document.querySelector('#model').textContent === 'stub'");
        assertEquals(0, tab.js("document.querySelectorAll('.turn').length").asInt());
    }

    @Test
    void busyServer_isAskedAgainWhenItSays() {
        AtomicInteger asked = new AtomicInteger();
        model.answerWith(exchange -> {
            if (asked.incrementAndGet() == 1) {
                throw ApiException.unavailable("queue_full", "8 requests are waiting already", 1);
            }
            StubModel.answer(exchange, "Now.");
        });
        ask("Now?");
        tab.await("/^The server is busy. Asking again in [01] s$/.test(document.querySelector('.status')?.innerText)");
        tab.await(DONE);
        assertEquals("Now.", tab.text(".words"));
        assertEquals(2, asked.get());
        expectLog("503 (Service Unavailable)");
    }

    @Test
    void loadingModel_isWaitedFor() {
        model.load(true);
        tab.reload();
        tab.await("document.querySelector('#model').innerText === 'The model is being loaded.'");
        ask("Are you there?");
        tab.await("/^The model is being loaded. Asking again in \\d s$/.test(document.querySelector('.status')?.innerText)");
        model.load(false);
        tab.await("document.querySelector('#model').innerText === 'stub'");
        tab.await(DONE);
        assertEquals(
                List.of(),
                tab.troubles().stream().filter(trouble -> !trouble.contains("503 (Service Unavailable)")).toList());
    }

    @Test
    void newConversation_endsTheAnswerThatIsComing() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        model.answerWith(exchange -> {
            exchange.onGone(gone::countDown);
            exchange.stream().send(StubModel.piece("Slowly"));
            assertTrue(gone.await(20, TimeUnit.SECONDS));
        });
        ask("One?");
        tab.await("document.querySelector('.words')?.innerText === 'Slowly'");
        model.answerWith(exchange -> StubModel.answer(exchange, "Two."));
        tab.click("#anew");
        ask("Two?");
        tab.await(DONE);
        assertTrue(gone.await(10, TimeUnit.SECONDS));
        assertEquals("Two.", tab.text("#turns .words"));
        assertEquals(1, model.requests().get(1).get("messages").size());
        assertEquals(1, tab.js("document.querySelectorAll('.turn').length").asInt());
    }

    @Test
    void errors_areSaidInWords_withWaysOn() throws IOException {
        model.answerWith(exchange -> {
            throw ApiException.refused(400, "context_length_exceeded", "9000 tokens do not fit into 4096");
        });
        ask("Too long?");
        failure("The conversation is longer than the model can hold.", "9000 tokens do not fit into 4096");
        assertEquals(List.of("Start a new conversation with it", "Change the question"), ways());
        tab.screenshot(SHOTS.resolve("error.png"));

        model.answerWith(exchange -> {
            throw ApiException.refused(413, "body_too_large", "the body is larger than the limit");
        });
        tab.click(".trouble button:first-child");
        failure(
                "That is more than the server takes in one question. Take a picture out, or a smaller one.",
                "the body is larger than the limit");
        assertEquals(1, tab.js("document.querySelectorAll('.turn').length").asInt());

        tab.click(".trouble button:first-child");
        tab.await("!document.querySelector('.turn')");
        assertEquals("Too long?", tab.js("document.querySelector('#question').value").asText());
        expectLog("400 (Bad Request)", "413 (Request Entity Too Large)");

        model.answerWith(exchange -> {
            exchange.stream().send(StubModel.piece("It began"));
            throw new ApiException(500, ApiException.SERVER_ERROR, "internal_error", null, "internal error <b>7</b>");
        });
        tab.press("Enter", false);
        failure("The server could not finish the answer.", "internal error <b>7</b>");
        assertEquals("It began", tab.text(".words"));

        model.close();
        tab.click(".trouble button:first-child");
        failure("The server cannot be reached. Is it still running?", "");
        expectLog("net::ERR_CONNECTION_REFUSED");
    }

    @Test
    void keyOfTheServer_isAskedFor_andKeptInMemoryOnly() throws IOException {
        open(HttpOptions.defaults().withKeys(List.of("secret-of-peregrine")), Screen.DESKTOP);
        tab.await("document.querySelector('#door').open");
        assertEquals("key", focus());
        tab.screenshot(SHOTS.resolve("key.png"));
        tab.type("wrong");
        tab.press("Enter", false);
        tab.await("document.querySelector('#door-words').innerText.startsWith('The server did not accept the last one.')"
                + " && document.querySelector('#door').open");
        tab.type("secret-of-peregrine");
        tab.press("Enter", false);
        tab.await("document.querySelector('#model').textContent === 'stub'");
        ask("May I?");
        tab.await(DONE);
        assertFalse(tab.js("JSON.stringify(sessionStorage) + JSON.stringify(localStorage) + document.cookie")
                .asText()
                .contains("secret"));
        tab.reload();
        tab.await("document.querySelector('#door').open");
        expectLog("401 (Unauthorized)", "401 (Unauthorized)", "401 (Unauthorized)");
    }

    @Test
    void phone_hasRoomForEverything() throws IOException {
        for (Screen screen : List.of(Screen.PHONE, Screen.PHONE.inTheDark())) {
            open(HttpOptions.defaults(), screen);
            String name = screen.dark() ? "phone-dark" : "phone";
            assertEquals(List.of(), cramped());
            tab.screenshot(SHOTS.resolve(name + "-empty.png"));
            tab.choose("#camera", PICTURE);
            tab.await("document.querySelector('#tray img')?.complete");
            assertEquals("environment", tab.js("document.querySelector('#camera').getAttribute('capture')").asText());
            model.answerWith(exchange -> StubModel.answer(exchange, "A number:\n\n- `37`, in a very".repeat(2)
                    + "_long".repeat(40) + "\n\n```\n" + "x = ".repeat(40) + "\n```"));
            tab.click("#question");
            tab.type("What is written?");
            tab.click("#ask");
            tab.await(DONE);
            assertEquals(List.of(), cramped());
            assertEquals(List.of(), nameless());
            assertEquals(List.of(), faint());
            tab.screenshot(SHOTS.resolve(name + ".png"));
            tab.click("summary");
            tab.screenshot(SHOTS.resolve(name + "-settings.png"));
            assertEquals(List.of(), cramped());
        }
    }

    @Test
    void desktop_isReadable() throws IOException {
        for (Screen screen : List.of(Screen.DESKTOP, Screen.DESKTOP.inTheDark())) {
            open(HttpOptions.defaults(), screen);
            tab.screenshot(SHOTS.resolve(screen.dark() ? "desktop-dark-empty.png" : "desktop-empty.png"));
            tab.js("document.querySelector('#settings').open = true");
            ask("Is it?");
            tab.await(DONE);
            assertEquals(List.of(), faint());
            assertEquals(List.of(), nameless());
            tab.screenshot(SHOTS.resolve(screen.dark() ? "desktop-dark-settings.png" : "desktop-settings.png"));
        }
    }

    @Test
    void largePicture_isMadeSmaller_andItIsSaid() throws IOException {
        Path large = folder.resolve("large.png");
        BufferedImage wide = new BufferedImage(9000, 300, BufferedImage.TYPE_INT_RGB);
        ImageIO.write(wide, "png", large.toFile());
        Path bitmap = folder.resolve("small.bmp");
        ImageIO.write(new BufferedImage(30, 20, BufferedImage.TYPE_INT_RGB), "bmp", bitmap.toFile());
        Path text = folder.resolve("letter.png");
        Files.writeString(text, "Dear all,");
        tab.drop(large, 300, 200);
        tab.await("document.querySelectorAll('#tray img').length === 1");
        assertEquals(
                "large.png\nmade smaller for sending: 3072 × 102 instead of 9000 × 300 pixels", tab.text("#tray .name"));
        tab.drop(bitmap, 300, 200);
        tab.await("document.querySelectorAll('#tray img').length === 2");
        assertEquals("small.bmp\nsent as PNG, 0.0 MB instead of 0.0 MB", tab.text("#tray li:last-child .name"));
        tab.drop(text, 300, 200);
        tab.await("document.querySelector('#notice').innerText");
        assertEquals(
                "letter.png is not a picture that this browser can read. Photos and screenshots as JPEG or PNG work.",
                tab.text("#notice"));
        tab.click("#tray li:last-child .remove");
        tab.await("document.querySelectorAll('#tray img').length === 1");
        ask("Is it dark?");
        tab.await(DONE);
        String url = model.requests().getFirst().at("/messages/0/content/0/image_url/url").asText();
        assertTrue(url.startsWith("data:image/png;base64,"), url.substring(0, 40));
        BufferedImage sent = ImageIO.read(new java.io.ByteArrayInputStream(
                Base64.getDecoder().decode(url.substring(url.indexOf(',') + 1))));
        assertEquals(3072, sent.getWidth());
    }

    @Test
    void answers_areTextWithALittleForm_neverMarkup() {
        assertEquals("<p>a &lt;b&gt;b&lt;/b&gt; &amp;amp; <strong>c</strong> <em>d</em> <code>*e*</code></p>",
                html("a <b>b</b> &amp; **c** *d* `*e*`"));
        assertEquals("<p>2 * 3 * 4, snake_case_name, **open</p>", html("2 * 3 * 4, snake_case_name, **open"));
        assertEquals("<p>one\ntwo</p><p>three</p>", html("one\ntwo\n\n\nthree"));
        assertEquals("<h3>Title</h3><p>#none</p>", html("# Title\n#none"));
        assertEquals("<ul><li>a<ul><li>b</li></ul></li><li>c\nmore</li></ul>", html("- a\n  - b\n- c\n  more"));
        assertEquals("<ol start=\"3\"><li>a</li><li>b</li></ol>", html("3. a\n4) b"));
        assertEquals("<pre tabindex=\"0\"><code>&lt;img src=x onerror=alert(1)&gt;\n\n- x</code></pre><p>y</p>",
                html("```html\n<img src=x onerror=alert(1)>\n\n- x\n```\ny"));
        assertEquals("<pre tabindex=\"0\"><code>open</code></pre>", html("~~~\nopen"));
        assertEquals("<pre tabindex=\"0\"><code>| a | b |\n|---|---|</code></pre>", html("| a | b |\n|---|---|"));
        assertEquals("<p>[a](javascript:alert(1)) &lt;script&gt;</p>", html("[a](javascript:alert(1)) <script>"));
        assertEquals("", html(" \n\n"));
        // Long and nasty texts take linear time.
        for (String part : List.of("*", "`", "**a", "- ", "> ", "1. ", "#", "|", "```\n", " ", "  - x\n", "\n")) {
            tab.js("(async () => { const { render } = await import('./markdown.js'); const box ="
                    + " document.createElement('div'); const start = performance.now(); render(box, `"
                    + part.replace("`", "\\`") + "`.repeat(20000)); const time = performance.now() - start;"
                    + " if (time > 4000) throw new Error('takes ' + time) })()");
        }
    }

    private String html(String markdown) {
        String literal = "`" + markdown.replace("\\", "\\\\").replace("`", "\\`") + "`";
        return tab.js("(async () => { const { render } = await import('./markdown.js'); const box ="
                        + " document.createElement('div'); render(box, 'old'); render(box, " + literal
                        + "); return box.innerHTML })()")
                .asText();
    }

    /// The bundled model, from the example to two answers; the picture of it goes into the README.
    @Test
    void bundledModel_answersAboutTheExample() throws IOException {
        nothingElseHappened();
        try (LiveServer server = LiveServer.demo(HttpOptions.defaults())) {
            tab = browser.open(Screen.DESKTOP, server.url());
            tab.go(server.url() + "/");
            tab.await("document.querySelector('#model').innerText === 'demo'");
            tab.js("document.querySelector('#temperature').value = '0'");
            tab.click("#welcome [data-does=example]");
            tab.await("document.querySelector('#tray img')?.complete");
            tab.press("Enter", false);
            tab.await(DONE);
            assertEquals(
                    "The image shows a large red triangle at the top left and a small pink ring at the bottom right on a"
                            + " black background.",
                    tab.text(".words"));
            ask("How many shapes are there?");
            tab.await(DONE + " && document.querySelectorAll('.turn').length === 2");
            assertEquals("There are two shapes.", tab.text(".turn:last-child .words"));
            tab.screenshot(SHOTS.resolve("page.png"));
        } finally {
            model = new StubModel(HttpOptions.defaults());
        }
    }

    private void awaitKept(int turns) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (tab.js("import('./memory.js').then(m => m.recall()).then(kept => kept?.turns.length ?? -1)").asInt() != turns) {
            assertTrue(System.nanoTime() < deadline, "kept in time");
        }
    }

    private void ask(String question) {
        tab.js("document.querySelector('#question').focus()");
        tab.type(question);
        tab.press("Enter", false);
    }

    /// What has the focus: its id, or else its name.
    private String focus() {
        return tab.js("document.activeElement.id === 'ask' ? 'Ask' : document.activeElement.id === 'anew' ?"
                        + " document.activeElement.innerText : document.activeElement.id"
                        + " || document.activeElement.ariaLabel || document.activeElement.innerText")
                .asText();
    }

    private void failure(String what, String detail) {
        tab.await("document.querySelector('.trouble .what')?.innerText === `" + what + "`");
        assertEquals(detail, detail.isEmpty() ? "" : tab.text(".trouble .detail"));
    }

    private List<String> ways() {
        return texts("[...document.querySelectorAll('.trouble button')].map(b => b.innerText)");
    }

    /// Answers of the browser's own log about statuses, which are what the test wanted.
    private void expectLog(String... parts) {
        List<String> expected = new ArrayList<>(List.of(parts));
        List<String> rest = new ArrayList<>();
        for (String trouble : tab.troubles()) {
            String status = trouble.replaceAll("^log: Failed to load resource: (the server responded with a status of )?", "");
            if (!expected.remove(status)) {
                rest.add(trouble);
            }
        }
        assertEquals(List.of(), rest);
        assertEquals(List.of(), expected);
    }

    /// Whatever can be used but has no name for a screen reader.
    private List<String> nameless() {
        List<String> found = new ArrayList<>();
        for (JsonNode node : tab.send("Accessibility.getFullAXTree").get("nodes")) {
            boolean used = false;
            for (JsonNode property : node.path("properties")) {
                used |= property.path("name").asText().equals("focusable")
                        && property.at("/value/value").asBoolean();
            }
            String role = node.at("/role/value").asText();
            if (used && !role.equals("code") && !role.equals("generic") && node.at("/name/value").asText().isBlank()) {
                found.add(role + " " + node.path("properties"));
            }
        }
        return found;
    }

    /// What sticks out of the screen, and what is too small for a finger.
    private List<String> cramped() {
        return texts(
                """
                [...document.querySelectorAll('body *')].filter(e => {
                  const r = e.getBoundingClientRect()
                  if (!r.width || !r.height || e.closest('.unseen, .skip, .wide, pre, svg')) return false
                  const small = e.matches('button') && Math.min(r.width, r.height) < 36
                  return small || r.right > innerWidth + 1 || r.left < -1
                }).map(e => e.outerHTML.slice(0, 80)).concat(
                  document.scrollingElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : [])""");
    }

    /// Texts with less contrast to their background than 4.5 to 1 (WCAG 2.2, 1.4.3).
    private List<String> faint() {
        return texts(
                """
                (() => {
                  const parse = c => c.match(/[\\d.]+/g).map(Number)
                  const light = c => { const [r, g, b] = c.slice(0, 3).map(v => { v /= 255
                    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 })
                    return 0.2126 * r + 0.7152 * g + 0.0722 * b }
                  const ground = e => { for (; e; e = e.parentElement) {
                    const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] === 1) return c }
                    return [255, 255, 255] }
                  return [...document.querySelectorAll('body *')].filter(e => {
                    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || e.placeholder
                    if (!own || !e.getBoundingClientRect().width || e.closest('noscript')) return false
                    const a = light(parse(getComputedStyle(e).color)), b = light(ground(e))
                    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5
                  }).map(e => e.outerHTML.slice(0, 80))
                })()""");
    }

    private List<String> texts(String expression) {
        List<String> all = new ArrayList<>();
        tab.js(expression).forEach(text -> all.add(text.asText()));
        return all;
    }
}
