package io.peregrine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.peregrine.model.Region;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class RegionArgumentsTest {

    private static final Path OSPREY = Path.of("../model/src/test/resources/fixtures/osprey");
    private static final String QUESTION =
            "USER: <__media__>\nThis provides an overview of the picture.\n"
                    + "Compare region1<mask><pos>,region2<mask><pos>. ASSISTANT:";

    @Command
    private static final class Holder {
        @Mixin
        private RegionArguments regions = new RegionArguments();
    }

    @Test
    void bothOptions_keepTheirOrder() {
        Holder holder = new Holder();
        new CommandLine(holder)
                .parseArgs(
                        "--box", "1,2,3,4", "--region", OSPREY.resolve("mask2.png").toString(), "--box=5,6,7,8");
        List<String> regions =
                holder.regions.read().stream().map(Region::toString).toList();
        assertEquals(3, regions.size());
        assertEquals("Region[Box[x=1, y=2, width=3, height=4]]", regions.get(0));
        assertTrue(regions.get(1).matches("Region\\[Mask\\[\\d+ of 150 x 100\\]\\]"), regions.get(1));
        assertEquals("Region[Box[x=5, y=6, width=7, height=8]]", regions.get(2));
    }

    @Test
    void trace_writesRegions(@TempDir Path folder) throws Exception {
        Outcome run = osprey(
                "trace", "--region", mask(2), "--region", mask(3), "-p", QUESTION, "-n", "1", "-o", folder.toString());
        assertEquals(0, run.exit(), run.err());
        JsonNode layout = new ObjectMapper()
                .readTree(folder.resolve("trace.json").toFile())
                .get("layout");
        assertEquals("{\"region\":0,\"n_tokens\":2}", layout.get(3).toString());
        assertEquals("{\"region\":1,\"n_tokens\":2}", layout.get(5).toString());
        assertTrue(Files.exists(folder.resolve("region1.embedding.npy")));
    }

    @Test
    void run_withoutMarks_takesRegionsAllTheSame() {
        Outcome run = osprey("run", "--temp", "0", "-n", "2", "--json", "--box", "3,4,50,60", "-p", "What is it?");
        assertEquals(0, run.exit(), run.err());
        assertTrue(run.out().contains("\"image_tokens\" : 66"), run.out());
    }

    @Test
    void wrongBox_isWrongUsage() {
        Outcome run = osprey("run", "--box", "3,4,50", "-p", "What?");
        assertEquals(2, run.exit());
        assertEquals(
                "peregrine: --box: found 3,4,50, expected x,y,width,height in pixels\nSee peregrine run --help.\n",
                run.err());
        assertEquals(2, osprey("run", "--box", "3,4,0,5", "-p", "What?").exit());
    }

    @Test
    void regionThatDoesNotFit_isRefused() {
        Outcome run = osprey("run", "--region", mask(0), "-p", "What?");
        assertEquals(1, run.exit());
        assertEquals(
                "peregrine: prompt: region 1 is a mask of 128 x 128 pixels, its image has 150 x 100 pixels; make the mask"
                        + " as large as the image\n",
                run.err());
        assertEquals(1, osprey("run", "--region", "nothing.png", "-p", "What?").exit());
    }

    @Test
    void chat_regionsGoWithTheNextQuestion() {
        byte[] lines = "/box 1,2,3\n/box 3,4,50,60\nWhat?\n/box 0,0,999,9\nAnd?\nWell?\n".getBytes(StandardCharsets.UTF_8);
        Outcome run = Outcome.withInput(
                lines,
                "chat",
                "-m",
                OSPREY.resolve("model.gguf").toString(),
                "--mmproj",
                OSPREY.resolve("mmproj.gguf").toString(),
                "--image",
                OSPREY.resolve("image1.png").toString(),
                "-n",
                "1");
        assertEquals(0, run.exit(), run.err());
        assertEquals(
                "--box: found 1,2,3, expected x,y,width,height in pixels\n"
                        + "peregrine: prompt: region 2 is the box 0,0,999,9, which leaves its image of 150 x 100 pixels;"
                        + " give x,y,width,height in pixels of the image\n",
                run.err());
        assertEquals(2, run.out().split("region1 of the next question", -1).length - 1);
    }

    private static String mask(int number) {
        return OSPREY.resolve("mask" + number + ".png").toString();
    }

    private static Outcome osprey(String command, String... arguments) {
        String[] all = new String[arguments.length + 7];
        System.arraycopy(
                new String[] {
                    command,
                    "-m",
                    OSPREY.resolve("model.gguf").toString(),
                    "--mmproj",
                    OSPREY.resolve("mmproj.gguf").toString(),
                    "--image",
                    OSPREY.resolve("image1.png").toString()
                },
                0,
                all,
                0,
                7);
        System.arraycopy(arguments, 0, all, 7, arguments.length);
        return Outcome.of(all);
    }
}
