package io.peregrine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.peregrine.model.answer.GroundedText;
import io.peregrine.model.image.Image;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `run` with answers that name places in pictures, and with the tasks and stop strings of MiniGPT.
class PlacesTest {

    private static final Path FIXTURES = Path.of("../model/src/test/resources/fixtures");
    private static final String ANSWER = "<p>dog</p> {<25><50><75><100>}<delim>{<0><0><10><10>}";

    @TempDir
    private Path folder;

    private Path grey;

    @BeforeEach
    void makePicture() throws Exception {
        byte[] rgb = new byte[3 * 200 * 100];
        Arrays.fill(rgb, (byte) 200);
        grey = folder.resolve("grey.png");
        new Drawing(Image.of(rgb, 200, 100)).write(grey);
    }

    private Outcome run(Path model, String system, String... arguments) {
        String mmproj = FIXTURES.resolve(system).resolve("mmproj.gguf").toString();
        return Outcome.of(Stream.concat(
                        Stream.of("run", "-m", model.toString(), "--mmproj", mmproj, "--temp", "0"),
                        Stream.of(arguments))
                .toArray(String[]::new));
    }

    private Outcome drawing(Path model, Path drawn) {
        return run(model, "minigpt_v2", "--image", grey.toString(), "-p", "Where?", "--draw", drawn.toString());
    }

    private Path miniGptV2() {
        return Script.write(
                folder.resolve("v2.gguf"), ']', "<p>dog</p>", " {<25><50><75><100>}<delim>", "{<0><0><10><10>}");
    }

    @Test
    void json_listsPlacesInPartsAndInPixels() throws Exception {
        Outcome run = run(miniGptV2(), "minigpt_v2", "--json", "--image", grey.toString(), "-p", "Where is the dog?");
        assertEquals("", run.err());
        JsonNode result = new ObjectMapper().readTree(run.out());
        assertEquals(ANSWER, result.get("text").asText());
        String expected =
                """
                [{"label":"dog","box":[0.25,0.5,0.75,1.0],"pixels":[50,50,150,100]},
                 {"label":"dog","box":[0.0,0.0,0.1,0.1],"pixels":[0,0,20,10]}]""";
        assertEquals(new ObjectMapper().readTree(expected), result.get("places"));
    }

    @Test
    void notationOfControlTokens_isPartOfTheAnswer() {
        String[] words = {"<ref>", "a dog", "</ref>", "<box>", "(250,500),(750,1000)", "</box>", "<other>"};
        Path model = Script.write(folder.resolve("qwen.gguf"), ']', words);
        Outcome run = run(model, "minigpt_v2", "--image", grey.toString(), "-p", "Where is the dog?");
        assertEquals(new Outcome(0, "<ref>a dog</ref><box>(250,500),(750,1000)</box>\n", ""), run);
    }

    @Test
    void draw_outlinesPlacesOnACopy() {
        Path drawn = folder.resolve("drawn.png");
        Outcome run = drawing(miniGptV2(), drawn);
        assertEquals(0, run.exit(), run.err());
        assertEquals(ANSWER + "\n", run.out());
        Image before = Image.read(grey);
        Image after = Image.read(drawn);
        assertEquals(before.width(), after.width());
        assertEquals(before.height(), after.height());
        assertNotEquals(200, after.sample(50, 75, 0), "left side");
        assertNotEquals(200, after.sample(149, 75, 1), "right side");
        assertNotEquals(200, after.sample(140, 98, 1), "lower side, moved into the picture");
        assertEquals(200, after.sample(100, 75, 0), "inside");
        assertEquals(200, after.sample(180, 20, 0), "outside");
        assertArrayEquals(new byte[] {(byte) 200, (byte) 200, (byte) 200}, Arrays.copyOf(before.toRgb(), 3));
    }

    @Test
    void draw_withoutPlaces_isThePictureAsItWas() {
        Path model = Script.write(folder.resolve("model.gguf"), ']', "none");
        Path drawn = folder.resolve("drawn.png");
        Outcome run = drawing(model, drawn);
        assertEquals("none\n", run.out());
        assertEquals("note: the answer names no boxes; " + drawn + " is the picture as it was\n", run.err());
        assertEquals(Image.read(grey), Image.read(drawn));
    }

    @Test
    void draw_toNowhere_isAnError() {
        Path drawn = folder.resolve("nowhere/drawn.png");
        Outcome run = drawing(miniGptV2(), drawn);
        assertEquals(1, run.exit());
        assertEquals("peregrine: " + drawn + ": there is no such file\n", run.err());
    }

    @Test
    void draw_withoutAPicture_isWrongUsage() {
        Outcome run = Outcome.of("run", "-m", Outcome.MODEL, "-p", "a", "--draw", folder.resolve("a.png").toString());
        assertEquals(2, run.exit());
        assertEquals("peregrine: --draw: found no --image to draw on\nSee peregrine run --help.\n", run.err());
        assertFalse(Files.exists(folder.resolve("a.png")));
    }

    @Test
    void labelsAndQuads_ofAnySize_areDrawn() {
        String label = "a label that is much longer than the picture is wide, \u72d7 included";
        for (int side : new int[] {1, 2, 5, 40}) {
            Drawing drawing = new Drawing(Image.of(new byte[3 * side * side], side, side));
            drawing.add(GroundedText.of("<p>" + label + "</p>{<0><0><100><100>}{<100><100><100><100>}"
                            + "<quad>(0,500),(500,0),(1000,500),(500,1000)</quad>")
                    .places());
        }
    }

    @Test
    void task_isTheTagInFrontOfTheQuestion() throws Exception {
        int bytes = "[detection]\u2581".getBytes(StandardCharsets.UTF_8).length;
        assertEquals(promptTokens() + bytes, promptTokens("--task", "detection"));
    }

    private int promptTokens(String... more) throws Exception {
        Outcome run = run(
                miniGptV2(),
                "minigpt_v2",
                Stream.concat(Stream.of("--json", "--image", grey.toString(), "-p", "dog"), Stream.of(more))
                        .toArray(String[]::new));
        return new ObjectMapper().readTree(run.out()).get("prompt_tokens").asInt();
    }

    @Test
    void task_thatTheModelDoesNotKnow_isWrongUsage() {
        Outcome other = run(miniGptV2(), "minigpt_v2", "--image", grey.toString(), "-p", "dog", "--task", "paint");
        assertEquals(2, other.exit());
        assertEquals(
                "peregrine: --task: found paint; expected one of vqa, caption, grounding, refer, identify, detection\n"
                        + "See peregrine run --help.\n",
                other.err());
        Outcome none = run(miniGptV2(), "minigpt4", "--image", grey.toString(), "-p", "dog", "--task", "vqa");
        assertEquals(2, none.exit());
        assertEquals(
                "peregrine: --task: found vqa; this model knows no tasks\nSee peregrine run --help.\n", none.err());
        Outcome raw = run(miniGptV2(), "minigpt_v2", "--raw", "-p", "dog", "--task", "vqa");
        assertEquals(2, raw.exit());
        assertEquals(
                "peregrine: --task and --raw: a raw prompt has the tag of its task in it, or none\n"
                        + "See peregrine run --help.\n",
                raw.err());
    }

    @Test
    void miniGpt4_stopsBeforeItsMark() throws Exception {
        for (String[] mark : new String[][] {{"\u2581###", "Human"}, {"##", "#", "Human"}}) {
            String[] words = Stream.concat(Stream.of("A dog"), Stream.of(mark)).toArray(String[]::new);
            char lastByteOfBlank = 0x81;
            Path model = Script.write(folder.resolve("model.gguf"), lastByteOfBlank, words);
            Outcome run = run(model, "minigpt4", "--json", "--image", grey.toString(), "-p", "What is it?");
            JsonNode result = new ObjectMapper().readTree(run.out());
            assertEquals("A dog", result.get("text").asText().strip(), run.err());
            assertEquals("stop", result.get("finish").asText());
            byte[] lines = ("/image " + grey + "\nWhat is it?\n").getBytes(StandardCharsets.UTF_8);
            String mmproj = FIXTURES.resolve("minigpt4/mmproj.gguf").toString();
            Outcome chat = Outcome.withInput(
                    lines, "chat", "-m", model.toString(), "--mmproj", mmproj, "--temp", "0");
            assertTrue(chat.out().endsWith("\nA dog\n") || chat.out().endsWith("\nA dog \n"), chat.out() + chat.err());
        }
    }
}
