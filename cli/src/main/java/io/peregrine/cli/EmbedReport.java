package io.peregrine.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.peregrine.model.Comparison;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// What `peregrine embed` found, as a table or JSON.
///
/// @param images names of the pictures
/// @param top lines of a group at most
record EmbedReport(List<String> images, List<String> texts, Comparison comparison, int top) {

    /// A picture that was left out.
    record Skipped(String image, String reason) {}

    /// A picture and a text.
    private record Pair(int image, int text, double similarity) {}

    /// With several texts those of each picture, picture by picture, else all pictures: in both the best first.
    private List<Pair> pairs() {
        List<Pair> all = new ArrayList<>();
        if (texts.size() > 1) {
            for (int image = 0; image < images.size(); image++) {
                int picture = image;
                all.addAll(best(IntStream.range(0, texts.size())
                        .mapToObj(text -> pair(picture, text))
                        .toList()));
            }
        } else if (texts.size() == 1) {
            all.addAll(best(IntStream.range(0, images.size())
                    .mapToObj(image -> pair(image, 0))
                    .toList()));
        }
        return all;
    }

    private Pair pair(int image, int text) {
        return new Pair(image, text, comparison.similarity(image, text));
    }

    private List<Pair> best(List<Pair> pairs) {
        return pairs.stream()
                .sorted(Comparator.comparingDouble(Pair::similarity).reversed())
                .limit(top)
                .toList();
    }

    void printTable(PrintStream out) {
        boolean choice = texts.size() > 1;
        Table table = choice
                ? new Table("image", "probability", "similarity", "text").right(1).right(2)
                : new Table("similarity", "image").right(0);
        for (Pair pair : pairs()) {
            String image = images.get(pair.image);
            String similarity = String.format(Locale.ROOT, "%.4f", pair.similarity);
            if (choice) {
                double probability = comparison.probabilities(pair.image)[pair.text];
                table.row(
                        image,
                        String.format(Locale.ROOT, "%.1f %%", 100 * probability),
                        similarity,
                        line(texts.get(pair.text)));
            } else {
                table.row(similarity, image);
            }
        }
        table.print(out);
    }

    private static String line(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ");
    }

    void printJson(PrintStream out, List<Skipped> skipped) throws IOException {
        try (JsonGenerator to = new JsonFactory()
                .createGenerator(out)
                .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                .useDefaultPrettyPrinter()) {
            to.writeStartObject();
            to.writeNumberField("factor", comparison.factor());
            to.writeArrayFieldStart("results");
            for (Pair pair : pairs()) {
                to.writeStartObject();
                to.writeStringField("image", images.get(pair.image));
                to.writeStringField("text", texts.get(pair.text));
                to.writeNumberField("similarity", pair.similarity);
                to.writeNumberField("logit", comparison.logit(pair.image, pair.text));
                if (texts.size() > 1) {
                    to.writeNumberField("probability", comparison.probabilities(pair.image)[pair.text]);
                }
                to.writeEndObject();
            }
            to.writeEndArray();
            to.writeArrayFieldStart("left_out");
            for (Skipped one : skipped) {
                to.writeStartObject();
                to.writeStringField("image", one.image);
                to.writeStringField("reason", one.reason);
                to.writeEndObject();
            }
            to.writeEndArray();
            to.writeEndObject();
        }
        out.println();
    }
}
