package io.peregrine.cli.browser;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/// A tab of a [Browser], used as a person would: by mouse, finger and keys. Notes what a page should not do.
public final class Tab implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long LOOK_MILLIS = 15;

    /// What the page is shown on.
    ///
    /// @param width in CSS pixels
    /// @param scale device pixels for each of them
    /// @param touch whether it is a phone, with fingers and a mobile browser
    /// @param dark whether its user likes dark colours
    public record Screen(int width, int height, int scale, boolean touch, boolean dark) {

        public static final Screen DESKTOP = new Screen(1100, 760, 1, false, false);
        public static final Screen PHONE = new Screen(390, 844, 2, true, false);

        public Screen inTheDark() {
            return new Screen(width, height, scale, touch, true);
        }
    }

    private final DevTools tools;
    private final String session;
    private final String context;
    private final boolean touch;
    private final String site;
    private final List<String> troubles = new CopyOnWriteArrayList<>();

    Tab(DevTools tools, String session, String context, Screen screen, String site) {
        this.tools = tools;
        this.session = session;
        this.context = context;
        this.touch = screen.touch();
        this.site = site;
        tools.listen(session, this::event);
        for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
            send(domain + ".enable");
        }
        send(
                "Emulation.setDeviceMetricsOverride",
                "width",
                screen.width(),
                "height",
                screen.height(),
                "deviceScaleFactor",
                screen.scale(),
                "mobile",
                screen.touch());
        send("Emulation.setTouchEmulationEnabled", "enabled", screen.touch());
        send(
                "Emulation.setEmulatedMedia",
                "features",
                List.of(
                        Map.of("name", "prefers-color-scheme", "value", screen.dark() ? "dark" : "light"),
                        Map.of("name", "pointer", "value", screen.touch() ? "coarse" : "fine"),
                        Map.of("name", "prefers-reduced-motion", "value", "reduce")));
    }

    /// Loads a page.
    public void go(String address) {
        send("Page.navigate", "url", address);
        await("document.readyState === 'complete' && location.href.startsWith('" + site + "')");
    }

    public void reload() {
        js("window.old = true");
        send("Page.reload");
        await("window.old === undefined && document.readyState === 'complete'");
    }

    /// The value of an expression in the page; of a promise, what it comes to.
    public JsonNode js(String expression) {
        JsonNode answer = send(
                "Runtime.evaluate", "expression", expression, "returnByValue", true, "awaitPromise", true, "userGesture", true);
        if (answer.has("exceptionDetails")) {
            throw new AssertionError(expression + ": " + answer.get("exceptionDetails"));
        }
        return answer.path("result").path("value");
    }

    /// The text that an element shows, as it is seen.
    public String text(String selector) {
        return js("document.querySelector('" + selector + "')?.innerText ?? '(none)'")
                .asText();
    }

    /// Waits until an expression is true.
    ///
    /// @throws AssertionError with what the page shows if it takes too long
    public void await(String condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!quietly(condition)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("never true: " + condition + "\ntroubles: " + troubles + "\npage:\n"
                        + js("document.body.innerText").asText());
            }
            Browser.pause(LOOK_MILLIS);
        }
    }

    /// @return false also while a page is being exchanged for another
    private boolean quietly(String condition) {
        try {
            return js("!!(" + condition + ")").asBoolean();
        } catch (IllegalStateException e) {
            return false;
        }
    }

    /// Clicks, or taps, into the middle of an element that can be seen.
    public void click(String selector) {
        await(centre(selector) + " !== null");
        JsonNode at = js(centre(selector));
        if (touch) {
            send("Input.dispatchTouchEvent", "type", "touchStart", "touchPoints", List.of(at));
            send("Input.dispatchTouchEvent", "type", "touchEnd", "touchPoints", List.of());
            return;
        }
        for (String type : List.of("mousePressed", "mouseReleased")) {
            send(
                    "Input.dispatchMouseEvent",
                    "type",
                    type,
                    "x",
                    at.get("x"),
                    "y",
                    at.get("y"),
                    "button",
                    "left",
                    "clickCount",
                    1);
        }
    }

    /// The middle of the first element that matches, is in view and is on top there, or null.
    private static String centre(String selector) {
        return "(() => { for (const e of document.querySelectorAll(`" + selector + "`)) {"
                + " e.scrollIntoView({block: 'nearest'}); const r = e.getBoundingClientRect();"
                + " const x = r.x + r.width / 2, y = r.y + r.height / 2; const top = document.elementFromPoint(x, y);"
                + " if (r.width && top && (e.contains(top) || top.contains(e))) return {x, y} } return null })()";
    }

    /// Types a text where the focus is.
    public void type(String text) {
        send("Input.insertText", "text", text);
    }

    /// Presses a key where the focus is.
    ///
    /// @param key such as `Enter`, `Tab` or `Escape`
    /// @param shift whether it is held
    public void press(String key, boolean shift) {
        int code = Map.of("Enter", 13, "Tab", 9, "Escape", 27, " ", 32).getOrDefault(key, 0);
        String text = key.equals("Enter") ? "\r" : key.length() == 1 ? key : "";
        for (String type : List.of(text.isEmpty() ? "rawKeyDown" : "keyDown", "keyUp")) {
            send(
                    "Input.dispatchKeyEvent",
                    "type",
                    type,
                    "key",
                    key,
                    "code",
                    key.equals(" ") ? "Space" : key,
                    "windowsVirtualKeyCode",
                    code,
                    "text",
                    type.equals("keyUp") ? "" : text,
                    "modifiers",
                    shift ? 8 : 0);
        }
    }

    /// Drags a file from outside over the page and lets it go.
    public void drop(Path file, int x, int y) {
        Map<String, Object> data = Map.of(
                "items", List.of(), "files", List.of(file.toAbsolutePath().toString()), "dragOperationsMask", 1);
        for (String type : List.of("dragEnter", "dragOver", "drop")) {
            send("Input.dispatchDragEvent", "type", type, "x", x, "y", y, "data", data);
        }
    }

    /// Chooses a file in a file field, which need not be seen.
    public void choose(String selector, Path file) {
        JsonNode element = send("Runtime.evaluate", "expression", "document.querySelector('" + selector + "')");
        send(
                "DOM.setFileInputFiles",
                "files",
                List.of(file.toAbsolutePath().toString()),
                "objectId",
                element.get("result").get("objectId").asText());
    }

    /// Writes what is seen as a PNG.
    public void screenshot(Path file) throws IOException {
        String data =
                send("Page.captureScreenshot", "format", "png").get("data").asText();
        Files.createDirectories(file.getParent());
        Files.write(file, Base64.getDecoder().decode(data));
    }

    /// Everything since the last call that a good page does not do: errors in the console, exceptions, breaches of its
    /// policy, requests to other places, requests that failed.
    public List<String> troubles() {
        List<String> all = List.copyOf(troubles);
        troubles.clear();
        return all;
    }

    /// What the commands of the protocol say that this class has no words for.
    public JsonNode send(String method, Object... parameters) {
        return tools.send(session, method, parameters);
    }

    @Override
    public void close() {
        tools.send("", "Target.disposeBrowserContext", "browserContextId", context);
    }

    private void event(String method, JsonNode event) {
        switch (method) {
            case "Runtime.consoleAPICalled" -> {
                if (List.of("error", "warning", "assert").contains(event.path("type").asText())) {
                    troubles.add("console: " + event.path("args"));
                }
            }
            case "Runtime.exceptionThrown" ->
                troubles.add("exception: "
                        + event.at("/exceptionDetails/exception/description")
                                .asText(event.toString()));
            case "Log.entryAdded" ->
                troubles.add("log: " + event.at("/entry/text").asText());
            case "Network.requestWillBeSent" -> {
                String url = event.at("/request/url").asText();
                if (!url.startsWith(site) && !url.startsWith("data:") && !url.startsWith("blob:" + site)) {
                    troubles.add("request: " + url);
                }
            }
            default -> {}
        }
    }
}
