package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.PeregrineException;
import io.peregrine.model.image.Image;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Regions in prompts and conversations, with a toy Osprey.
class RegionTest {

    private static final GenerateOptions SHORT = GenerateOptions.greedy().withMaxTokens(2);
    private static final Image PICTURE = picture(20, 16, 1);
    private static final Region LEFT = Region.box(0, 0, 10, 16);
    private static final Region RIGHT = Region.box(10, 0, 10, 16);

    @TempDir
    private static Path folder;

    private static Model model;

    @BeforeAll
    static void load() {
        model = load(ToyOsprey.file(2, 32));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static Model load(ToyFile vision) {
        Path text = folder.resolve("toy.gguf");
        if (!Files.exists(text)) {
            ToyLlama.usual().file(1).write(text);
        }
        Path mmproj = vision.write(folder.resolve("mmproj" + System.nanoTime() + ".gguf"));
        return Model.load(text, LoadOptions.defaults().withThreads(2).withMmproj(mmproj));
    }

    private static Conversation talk() {
        return model.newConversation(SessionOptions.defaults().withContextLength(2048), model.chatTemplate());
    }

    private static Image picture(int width, int height, long seed) {
        byte[] rgb = new byte[3 * width * height];
        new Random(seed).nextBytes(rgb);
        return Image.of(rgb, width, height);
    }

    private static TraceResult trace(String text, List<Image> images, Region... regions) {
        return model.trace(Prompt.raw(text, images, List.of(regions)), 1, true);
    }

    private static String layout(TraceResult trace) {
        return trace.layout().stream()
                .map(part -> switch (part) {
                    case TraceResult.Tokens tokens ->
                        tokens.ids().stream()
                                .map(id -> model.tokenizer().vocabulary().text(id))
                                .collect(Collectors.joining("|"));
                    case TraceResult.ImageRows rows -> "image of " + rows.rows();
                    case TraceResult.RegionRows rows -> "region " + rows.region();
                })
                .collect(Collectors.joining(" / "));
    }

    @Test
    void raw_eachPieceIsTokenisedByItself() {
        TraceResult trace = trace("a<__media__>b<mask><pos>,<mask><pos>", List.of(PICTURE), LEFT, RIGHT);
        assertEquals("<s>|\u2581|a / image of 16 / \u2581|b / region 0 / \u2581|<0x2C> / region 1", layout(trace));
        assertEquals(3 + 16 + 2 + 2 + 2 + 2, trace.promptRows());
    }

    @Test
    void waysToMakeARegion_sameRows() {
        byte[] rgb = new byte[3 * 20 * 16];
        for (int y = 3; y < 9; y++) {
            for (int x = 4; x < 11; x++) {
                rgb[3 * (20 * y + x) + x % 3] = (byte) (1 + x);
            }
        }
        Region mask = Region.mask(Image.of(rgb, 20, 16));
        Region box = Region.box(4, 3, 7, 6);
        Region polygon = Region.polygon(4, 3, 11, 3, 11, 9, 4, 9);
        List<TraceResult.RegionRows> rows = trace(
                        "<__media__><mask><pos><mask><pos><mask><pos>", List.of(PICTURE), mask, box, polygon)
                .regions();
        assertArrayEquals(rows.get(0).embedding().values(), rows.get(1).embedding().values());
        assertArrayEquals(rows.get(0).embedding().values(), rows.get(2).embedding().values());
    }

    @Test
    void region_belongsToTheImageInFrontOfIt() {
        Image other = picture(20, 16, 2);
        float[] first = region("<__media__><mask><pos><__media__>", PICTURE, other);
        float[] second = region("<__media__><__media__><mask><pos>", PICTURE, other);
        assertArrayEquals(region("<__media__><mask><pos>", PICTURE), first);
        assertArrayEquals(region("<__media__><mask><pos>", other), second);
        assertFalse(Arrays.equals(first, second));
    }

    private static float[] region(String text, Image... images) {
        return trace(text, List.of(images), LEFT).regions().getFirst().embedding().values();
    }

    @Test
    void write_namesTheRegionInTheLayout(@TempDir Path out) throws Exception {
        trace("<__media__>a<mask><pos>", List.of(PICTURE), LEFT).write(out);
        String json = Files.readString(out.resolve("trace.json"));
        assertTrue(json.contains(", {\"region\":0,\"n_tokens\":2}]"), json);
        assertTrue(Files.size(out.resolve("region0.embedding.npy")) > 2 * 32 * 4);
    }

    @Test
    void wrongPrompts_sayWhatIsWrong() {
        List<Image> one = List.of(PICTURE);
        assertRefused(
                "prompt: found 1 marks <mask><pos> and 2 regions; give one region for each mark",
                () -> trace("<__media__><mask><pos>", one, LEFT, RIGHT));
        assertRefused(
                "prompt: found 2 marks <mask><pos> and 1 regions; give one region for each mark",
                () -> trace("<__media__><mask><pos><mask><pos>", one, LEFT));
        assertRefused(
                "prompt: it has a mark <mask><pos> and no regions; give one region for each mark",
                () -> trace("<__media__><mask><pos>", one));
        assertRefused(
                "prompt: region 1 has no image in front of it; put its mark behind the image that it belongs to",
                () -> trace("<mask><pos><__media__>", one, LEFT));
        assertRefused(
                "prompt: region 2 is the box 10,0,11,16, which leaves its image of 20 x 16 pixels; give"
                        + " x,y,width,height in pixels of the image",
                () -> trace("<__media__><mask><pos><mask><pos>", one, LEFT, Region.box(10, 0, 11, 16)));
        assertRefused(
                "prompt: region 1 is the box 0,2147483647,1,1, which leaves its image of 20 x 16 pixels; give"
                        + " x,y,width,height in pixels of the image",
                () -> trace("<__media__><mask><pos>", one, Region.box(0, Integer.MAX_VALUE, 1, 1)));
        assertRefused(
                "prompt: region 1 is a mask of 16 x 20 pixels, its image has 20 x 16 pixels; make the mask as large as"
                        + " the image",
                () -> trace("<__media__><mask><pos>", one, Region.mask(picture(16, 20, 1))));
        assertRefused(
                "prompt: region 1 has no pixel of its image; mark at least one pixel (a mask is black elsewhere)",
                () -> trace("<__media__><mask><pos>", one, Region.mask(Image.of(new byte[960], 20, 16))));
        assertRefused(
                "prompt: region 1 is a polygon with a point at 20.5,1.0, outside of its image of 20 x 16 pixels; give"
                        + " points in pixels of the image",
                () -> trace("<__media__><mask><pos>", one, Region.polygon(0, 0, 20.5, 1, 3, 3)));
        try (Session session = model.newSession()) {
            assertRefused(
                    "prompt: region 1 has no image in front of it; put its mark behind the image that it belongs to",
                    () -> session.generate(Prompt.raw("<mask><pos>", List.of(), List.of(LEFT))));
        }
    }

    @Test
    void wrongRegions_areRefusedAtOnce() {
        assertArgument(
                "box 0,0,0,1: expected a corner of at least 0,0 and sides of at least 1", () -> Region.box(0, 0, 0, 1));
        assertArgument(
                "box -1,0,1,1: expected a corner of at least 0,0 and sides of at least 1", () -> Region.box(-1, 0, 1, 1));
        assertArgument(
                "a polygon of 4 numbers, expected x and y of at least 3 points", () -> Region.polygon(0, 0, 1, 1));
        assertArgument(
                "a polygon of 7 numbers, expected x and y of at least 3 points",
                () -> Region.polygon(0, 0, 1, 1, 0, 1, 2));
        assertArgument("a polygon with a point at NaN", () -> Region.polygon(0, 0, 1, 1, 0, Double.NaN));
    }

    @Test
    void otherModels_refuseRegions() {
        try (Model llava = load(ToyLlava.file(2, 32))) {
            Prompt prompt = Prompt.raw("<__media__><mask><pos>", List.of(PICTURE), List.of(LEFT));
            assertRefused(
                    "prompt: it has a region, but the model knows none; leave it out, or ask a model that was trained with"
                            + " regions, such as Osprey",
                    () -> llava.trace(prompt, 1, true));
            // Without regions the mark is text.
            assertTrue(llava.trace(Prompt.raw("<mask><pos>"), 1, true).promptRows() > 6);
        }
        try (Model text = Model.load(folder.resolve("toy.gguf"), LoadOptions.defaults())) {
            assertRefused(
                    "prompt: it has a region, but the model was loaded without a vision part; load the model with the"
                            + " mmproj file that belongs to it",
                    () -> text.trace(Prompt.raw("<mask><pos>", List.of(), List.of(LEFT)), 1, true));
        }
    }

    @Test
    void conversation_anotherRegionLater_doesNotEncodeThePictureAgain() {
        try (Conversation talk = talk()) {
            GenerateResult first =
                    talk.ask("a <mask><pos> b", List.of(PICTURE), List.of(LEFT), SHORT, GenerateListener.NONE);
            assertEquals(ToyOsprey.TOKENS + 2, first.imageTokens());
            List<String> encoded = new ArrayList<>();
            GenerateResult second =
                    talk.ask("c<mask><pos>", List.of(), List.of(RIGHT), SHORT, new GenerateListener() {
                        @Override
                        public void text(String text) {}

                        @Override
                        public void progress(Stage stage, int done, int total) {
                            if (stage == Stage.IMAGES) {
                                encoded.add(done + "/" + total);
                            }
                        }
                    });
            assertEquals(List.of(), encoded);
            assertEquals(ToyOsprey.TOKENS + 4, second.imageTokens());
            assertTrue(second.reusedTokens() > ToyOsprey.TOKENS + 2);
        }
    }

    /// The same conversation with other regions must not take the rows of the first ones from the cache.
    @Test
    void conversation_otherRegion_otherRows() {
        try (Session session = model.newSession()) {
            Prompt left = Prompt.raw("<__media__>a<mask><pos>b", List.of(PICTURE), List.of(LEFT));
            Prompt right = Prompt.raw("<__media__>a<mask><pos>b", List.of(PICTURE), List.of(RIGHT));
            session.generate(left, SHORT, GenerateListener.NONE);
            assertEquals(1 + 16 + 2, session.generate(right, SHORT, GenerateListener.NONE).reusedTokens());
            assertEquals(1 + 16 + 2, session.generate(left, SHORT, GenerateListener.NONE).reusedTokens());
            int rows = session.generate(left, SHORT, GenerateListener.NONE).reusedTokens();
            assertEquals(1 + 16 + 2 + 2 + 1, rows);
        }
    }

    @Test
    void conversation_withoutMarks_introducesTheRegions() {
        int marked;
        try (Conversation talk = talk()) {
            String question = "There are 2 part regions in the picture: region1<mask><pos>,region2<mask><pos>. a";
            marked = talk.ask(question, List.of(PICTURE), List.of(LEFT, RIGHT), SHORT, GenerateListener.NONE)
                    .promptTokens();
        }
        try (Conversation talk = talk()) {
            GenerateResult result =
                    talk.ask("a", List.of(PICTURE), List.of(LEFT, RIGHT), SHORT, GenerateListener.NONE);
            assertEquals(marked, result.promptTokens());
        }
    }

    @Test
    void conversation_wrongNumberOfRegions_isForgotten() {
        try (Conversation talk = talk()) {
            assertRefused(
                    "prompt: found 1 marks <mask><pos> and 0 regions; give one region for each mark",
                    () -> talk.ask("<mask><pos>", List.of(PICTURE), List.of(), SHORT, GenerateListener.NONE));
            assertRefused(
                    "prompt: found 1 marks <mask><pos> and 2 regions; give one region for each mark",
                    () -> talk.ask("<mask><pos>", List.of(PICTURE), List.of(LEFT, RIGHT), SHORT, GenerateListener.NONE));
            assertEquals(List.of(), talk.messages());
            GenerateResult result =
                    talk.ask("<mask><pos>", List.of(PICTURE), List.of(LEFT), SHORT, GenerateListener.NONE);
            assertEquals(ToyOsprey.TOKENS + 2, result.imageTokens());
        }
    }

    private static void assertRefused(String message, Runnable call) {
        assertEquals(message, assertThrows(PeregrineException.class, call::run).getMessage());
    }

    private static void assertArgument(String message, Runnable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }
}
