package io.peregrine.model.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Places in answers, as MiniGPT-v2 and Qwen-VL write them, and as broken answers do.
class GroundedTextTest {

    private static Place.Box box(String label, double left, double top, double right, double bottom) {
        return new Place.Box(label, new Point(left, top), new Point(right, bottom));
    }

    private static void check(String answer, String text, Place... places) {
        assertEquals(new GroundedText(text, List.of(places)), GroundedText.of(answer));
    }

    @Test
    void miniGpt_labelledBoxes() {
        check(
                "<p>A young man</p> {<8><0><62><91>} in <p>a suit</p>{<7><35><56><100>}.",
                "A young man in a suit.",
                box("A young man", 0.08, 0, 0.62, 0.91),
                box("a suit", 0.07, 0.35, 0.56, 1));
    }

    @Test
    void miniGpt_severalBoxesOfALabel() {
        Place[] sofas = {box("sofas", 0.57, 0.49, 0.7, 0.72), box("sofas", 0.26, 0.48, 0.43, 0.71)};
        check("<p>sofas</p> {<57><49><70><72>}<delim>{<26><48><43><71>}", "sofas", sofas);
        check("<p> sofas </p> {<57><49><70><72>} <delim> {<26><48><43><71>}", " sofas ", sofas);
        check("<p>sofas</p> {<57><49><70><72>}{<26><48><43><71>} there", "sofas there", sofas);
    }

    @Test
    void miniGpt_boxesAlone() {
        check("{<10><20><30><40>}", "", box("", 0.1, 0.2, 0.3, 0.4));
        check(
                "here: {<10><20><30><40>}<delim>{<0><0><1><1>}!",
                "here: !",
                box("", 0.1, 0.2, 0.3, 0.4),
                box("", 0, 0, 0.01, 0.01));
    }

    @Test
    void qwen_boxesAndQuads() {
        check(
                "<ref> the house</ref><box>(10,20),(512,1000)</box> is red",
                " the house is red",
                box("the house", 0.01, 0.02, 0.512, 1));
        check(
                "<ref>dogs</ref><box>(1,2),(3,4)</box><box>(5,6),(7,8)</box>",
                "dogs",
                box("dogs", 0.001, 0.002, 0.003, 0.004),
                box("dogs", 0.005, 0.006, 0.007, 0.008));
        check("<box>(1,2),(3,4)</box>", "", box("", 0.001, 0.002, 0.003, 0.004));
        check(
                "<ref>Café</ref><quad>(100,200),(900,250),(890,400),(90,350)</quad>",
                "Café",
                new Place.Quad(
                        "Café",
                        List.of(
                                new Point(0.1, 0.2),
                                new Point(0.9, 0.25),
                                new Point(0.89, 0.4),
                                new Point(0.09, 0.35))));
    }

    @Test
    void cornersInAnotherOrder_spanTheSameBox() {
        check("{<30><40><10><20>}", "", box("", 0.1, 0.2, 0.3, 0.4));
        check("<box>(3,2),(1,4)</box>", "", box("", 0.001, 0.002, 0.003, 0.004));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no places",
                "{",
                "{<1><2><3><4>",
                "{<1><2><3>}",
                "{<1><2><3><4><5>}",
                "{<1><2><3><101>}",
                "{<1><2><3><-4>}",
                "{<1><2><3><>}",
                "{<1><2><3><99999999999999999999>}",
                "{<1>, <2>, <3>, <4>}",
                "{<１><2><3><4>}",
                "<p>",
                "<p>dog",
                "<p>dog</p>",
                "<p>dog</p> and",
                "<p>a<b</p> and",
                "<ref>dog</ref>",
                "<ref>dog</p>{1}",
                "<box>(1,2),(3,4)",
                "<box>(1,2)</box>",
                "<box>(1,2),(3,1001)</box>",
                "<box>(1,2),(3,4),(5,6)</box>",
                "<box>1,2,3,4</box>",
                "<box></box>",
                "<quad>(1,2),(3,4)</quad>",
                "if (a < b) { return <T>; }",
            })
    void whatIsNotWhole_staysText(String answer) {
        check(answer, answer);
    }

    @Test
    void brokenPlaceAfterGoodOnes_staysText() {
        check(
                "<p>cups</p> {<1><2><3><4>}<delim>{<5><6>",
                "cups<delim>{<5><6>",
                box("cups", 0.01, 0.02, 0.03, 0.04));
        check("<p>a<p>cup</p>{<1><2><3><4>}", "<p>acup", box("cup", 0.01, 0.02, 0.03, 0.04));
        check("<ref>a</ref> {<1><2><3><4>}", "<ref>a</ref> ", box("", 0.01, 0.02, 0.03, 0.04));
    }

    @Test
    void pixels_areBordersBetweenThem() {
        Place.Box whole = box("", 0, 0, 1, 1);
        assertEquals(
                List.of(
                        new Point.Pixel(0, 0),
                        new Point.Pixel(640, 0),
                        new Point.Pixel(640, 481),
                        new Point.Pixel(0, 481)),
                whole.pixels(640, 481));
        assertEquals(new Point.Pixel(320, 241), new Point(0.5, 0.5).in(640, 481));
    }

    @Test
    void placesOutsideOfThePicture_areErrors() {
        assertEquals(
                "point 1.1, 0.0: expected numbers from 0 to 1",
                assertThrows(IllegalArgumentException.class, () -> new Point(1.1, 0))
                        .getMessage());
        assertEquals(
                "point 0.0, NaN: expected numbers from 0 to 1",
                assertThrows(IllegalArgumentException.class, () -> new Point(0, Double.NaN))
                        .getMessage());
        assertEquals(
                "box from Point[x=0.5, y=0.0] to Point[x=0.4, y=1.0]: expected the upper left and the lower right"
                        + " corner",
                assertThrows(IllegalArgumentException.class, () -> box("", 0.5, 0, 0.4, 1))
                        .getMessage());
        assertEquals(
                "1 corners of a quad: expected 4",
                assertThrows(IllegalArgumentException.class, () -> new Place.Quad("", List.of(new Point(0, 0))))
                        .getMessage());
    }

    @Test
    void longBrokenAnswers_takeTimeInProportion() {
        String[] pieces = {
            "<p>", "<p>a</p> ", "<ref>", "{<1>", "<box>(1,2)", " ", "<p></p> {", "{<1><2><3><4>}<delim>"
        };
        for (String piece : pieces) {
            String answer = piece.repeat(300_000);
            assertTimeoutPreemptively(Duration.ofMinutes(1), () -> GroundedText.of(answer), piece);
        }
    }

    @Test
    void anyText_isTakenApart() {
        Random random = new Random(3);
        String[] pieces = {
            "<p>", "</p>", "<ref>", "</ref>", "<box>", "</box>", "<quad>", "</quad>", "{", "}", "<delim>", "<12>", "<3",
            "(1,2)", ",", " ", "x", "{<1><2><3><4>}", "(", ")"
        };
        for (int round = 0; round < 2000; round++) {
            StringBuilder answer = new StringBuilder();
            for (int i = 0; i < 30; i++) {
                answer.append(pieces[random.nextInt(pieces.length)]);
            }
            GroundedText found = GroundedText.of(answer.toString());
            if (found.places().isEmpty()) {
                assertEquals(answer.toString(), found.text());
            }
        }
    }
}
