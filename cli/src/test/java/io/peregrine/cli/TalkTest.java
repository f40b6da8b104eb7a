package io.peregrine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `demo`, `run` and `chat` with the bundled model; what they say is in the expectations of its makers.
class TalkTest {

    @TempDir
    private Path folder;

    @Test
    void demo_captionsAndAnswersTwice() {
        Outcome run = Outcome.of("demo");
        assertEquals(0, run.exit(), run.err());
        String expected =
                """
                picture: picture1.png, 512 x 512 pixels (bundled)

                > Describe the image.
                The image shows a large red triangle at the top left and a small pink ring at the bottom right on a \
                black background.

                > How many shapes are there?
                There are two shapes.

                > What is the background color?
                The background is black.

                load\s""";
        assertTrue(run.out().startsWith(expected), run.out());
        String summary = run.out().substring(expected.length() - "load ".length());
        assertTrue(
                summary.matches("load .+, image encoding .+, prompt \\d+ tokens/s, generation \\d+ tokens/s .*\n"),
                summary);
    }

    @Test
    void demo_takesAnotherPictureAndQuestion() {
        Outcome run = Outcome.of("demo", "--picture", "5", "-p", "Is there a purple square?");
        assertTrue(run.out().contains("> Is there a purple square?\nNo.\n"), run.out());
        assertEquals(2, Outcome.of("demo", "--picture", "12").exit());
    }

    @Test
    void run_answersAboutAPicture() {
        Outcome run = model("run", "--temp", "0", "--image", picture(3), "-p", "What number is written?");
        assertEquals(new Outcome(0, "The number is 37.\n", ""), run);
    }

    @Test
    void run_readsTheQuestionFromInput() {
        byte[] question = "What number is written?".getBytes(StandardCharsets.UTF_8);
        Outcome run = Outcome.withInput(
                question, "run", "-m", Outcome.MODEL, "--mmproj", Outcome.MMPROJ, "--temp", "0", "--image", picture(3));
        assertEquals(new Outcome(0, "The number is 37.\n", ""), run);
    }

    @Test
    void run_json_tellsWhatItTook() throws Exception {
        Outcome run = model(
                "run", "--temp", "0", "-n", "2", "--json", "--image", picture(3), "-p", "What number is written?");
        JsonNode result = new ObjectMapper().readTree(run.out());
        assertEquals("The number", result.get("text").asText());
        assertEquals("length", result.get("finish").asText());
        assertEquals(64, result.get("image_tokens").asInt());
        assertEquals(2, result.get("answer_tokens").asInt());
    }

    @Test
    void run_stopString_isLeftOut() {
        Outcome run = model(
                "run", "--temp", "0", "--stop", " is", "--image", picture(3), "-p", "What number is written?");
        assertEquals("The number\n", run.out());
    }

    @Test
    void run_contextTooSmall_saysHowMuchIsNeeded() {
        Outcome run = model("run", "-c", "64", "--image", picture(3), "-p", "What number is written?");
        assertEquals(1, run.exit());
        assertTrue(run.err().contains("64"), run.err());
        assertTrue(run.err().lines().count() <= 2, run.err());
    }

    @Test
    void run_pictureWithoutMmproj_isRefused() {
        Outcome run = Outcome.of("run", "-m", Outcome.MODEL, "--image", picture(3), "-p", "What?");
        assertEquals(1, run.exit());
        assertTrue(run.err().contains("mmproj"), run.err());
    }

    @Test
    void run_damagedPicture_isRefused() throws Exception {
        Path cut = folder.resolve("cut.png");
        byte[] whole = Files.readAllBytes(Path.of(picture(3)));
        Files.write(cut, Arrays.copyOf(whole, whole.length / 2));
        Outcome run = model("run", "--image", cut.toString(), "-p", "What?");
        assertEquals(1, run.exit());
        assertTrue(run.err().startsWith("peregrine: " + cut), run.err());
        assertTrue(run.err().lines().count() <= 2, run.err());
    }

    @Test
    void run_wrongNumbers_areWrongUsage() {
        for (String[] wrong : new String[][] {{"--temp", "-1"}, {"--top-p", "2"}, {"-n", "0"}, {"-c", "1"}, {"-t", "-3"},
            {"--max-tiles", "-1"}
        }) {
            Outcome run = model(Stream.concat(Stream.of("run", "-p", "a"), Stream.of(wrong))
                    .toArray(String[]::new));
            assertEquals(2, run.exit(), String.join(" ", wrong) + "\n" + run.err());
            assertEquals("See peregrine run --help.", run.err().lines().toList().getLast());
        }
        assertEquals(2, Outcome.of("run", "-p", "a").exit());
    }

    @Test
    void chat_remembersThePicture() {
        String lines = "/image " + picture(5) + "\nWhat is at the top left?\n/nonsense\n/clear\n/exit\nnever read\n";
        Outcome run = Outcome.withInput(
                lines.getBytes(StandardCharsets.UTF_8),
                "chat",
                "-m",
                Outcome.MODEL,
                "--mmproj",
                Outcome.MMPROJ,
                "--temp",
                "0");
        assertEquals(0, run.exit(), run.err());
        assertEquals(
                "(512 x 512 pixels, 64 tokens; goes with the next question)\nA large green square.\n(forgotten)\n", run.out());
        assertEquals("no such command: /nonsense; /help lists what there is\n", run.err());
    }

    @Test
    void everyCommand_hasHelpWithAnExample() {
        for (String command : new String[] {"demo", "run", "chat", "inspect", "tokenize", "bench", "trace"}) {
            Outcome run = Outcome.of(command, "--help");
            assertEquals(0, run.exit());
            assertTrue(run.out().contains("Example"), run.out());
        }
        assertTrue(Outcome.of("--version").out().startsWith("peregrine "));
    }

    private static Outcome model(String... arguments) {
        Stream<String> files = Stream.of("-m", Outcome.MODEL, "--mmproj", Outcome.MMPROJ);
        Stream<String> rest = Stream.of(arguments).skip(1);
        return Outcome.of(Stream.concat(Stream.of(arguments[0]), Stream.concat(files, rest))
                .toArray(String[]::new));
    }

    private static String picture(int number) {
        return Outcome.DEMO.resolve("picture" + number + ".png").toString();
    }
}
