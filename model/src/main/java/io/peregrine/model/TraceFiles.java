package io.peregrine.model;

import io.peregrine.model.image.Pixels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Writes a [TraceResult] in the fixed form of `peregrine trace`: JSON, and arrays as NumPy reads them.
final class TraceFiles {

    private TraceFiles() {}

    static void write(TraceResult trace, Path folder) throws IOException {
        Files.createDirectories(folder);
        table(folder.resolve("logits.npy"), trace.logits());
        int block = 0;
        for (TraceResult.ImageBlock image : trace.imageBlocks()) {
            String name = "image" + block++;
            table(folder.resolve(name + ".embedding.npy"), image.embedding());
            int tower = 0;
            for (TraceResult.Table seen : image.towers()) {
                table(folder.resolve(name + ".tower" + (tower == 0 ? "" : tower) + ".npy"), seen);
                tower++;
            }
            int view = 0;
            for (Pixels pixels : image.views()) {
                NpyFile.write(
                        folder.resolve(name + ".view" + view++ + ".npy"),
                        pixels.values(),
                        pixels.height(),
                        pixels.width(),
                        3);
            }
        }
        for (TraceResult.RegionRows region : trace.regions()) {
            table(folder.resolve("region" + region.region() + ".embedding.npy"), region.embedding());
        }
        Files.writeString(folder.resolve("trace.json"), json(trace));
    }

    private static String json(TraceResult trace) {
        List<String> layout = new ArrayList<>();
        int block = -1;
        for (TraceResult.Part part : trace.layout()) {
            switch (part) {
                case TraceResult.Tokens tokens -> layout.add("{\"tokens\":" + tokens.ids() + "}");
                case TraceResult.ImageRows rows -> {
                    block += rows.offset() == 0 ? 1 : 0;
                    layout.add(json(rows, block));
                }
                case TraceResult.RegionRows region ->
                    layout.add("{\"region\":" + region.region() + ",\"n_tokens\":"
                            + region.embedding().rows() + "}");
            }
        }
        return "{\"layout\":" + layout + ",\n\"n_prompt\":" + trace.promptRows() + ",\"n_pos\":" + trace.position()
                + ",\"generated\":" + trace.generated() + ",\n\"text\":" + quoted(trace.text()) + "}\n";
    }

    /// The offset only where rows of the block stand apart.
    private static String json(TraceResult.ImageRows rows, int block) {
        TraceResult.ImageBlock image = rows.block();
        String views = image.views().stream()
                .map(view -> "{\"width\":" + view.width() + ",\"height\":" + view.height() + "}")
                .collect(Collectors.joining(",", "[", "]"));
        String offset = rows.rows() == image.embedding().rows() ? "" : "\"offset\":" + rows.offset() + ",";
        return "{\"image\":" + block + ",\"picture\":" + image.picture() + "," + offset + "\"n_tokens\":"
                + rows.rows() + ",\"n_embd\":" + image.embedding().width() + ",\"views\":" + views + "}";
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || Character.isSurrogate(c)) {
                out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }

    private static void table(Path file, TraceResult.Table table) throws IOException {
        NpyFile.write(file, table.values(), table.rows(), table.width());
    }
}
