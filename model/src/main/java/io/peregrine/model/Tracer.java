package io.peregrine.model;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.RegionEncoder;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.Trace;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.sampling.Sampler;
import io.peregrine.model.sampling.SamplingOptions;
import io.peregrine.model.tokenizer.TextDecoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Runs a prompt greedily, with an F32 cache, and keeps what it computed on the way.
final class Tracer {

    /// Time, line and column.
    private static final int PLACE_AXES = 3;

    private final Model model;
    private final SessionOptions options;

    /// What the projector saw, by the number of the block.
    private final Map<PictureShelf.Entry, Map<Integer, TraceResult.Table>> towers = new IdentityHashMap<>();

    Tracer(Model model, boolean exact) {
        this.model = model;
        this.options = SessionOptions.defaults().withCache(TensorType.F32).withExact(exact);
    }

    TraceResult run(Prompt prompt, int steps) {
        Thread caller = Thread.currentThread();
        Pass pass = model.newPass(options, () -> model.uses().isClosed() || caller.isInterrupted());
        PromptRows rows = model.reader().read(prompt, new PictureShelf());
        SequenceEngine engine = model.newEngine(options.withContextLength(Math.addExact(rows.rows(), steps)), pass);
        encode(rows, pass);
        engine.read(rows, Pass.Progress.NONE);
        List<Integer> generated = new ArrayList<>();
        List<float[]> logits = new ArrayList<>();
        Sampler sampler = Sampler.of(SamplingOptions.greedy(), model.decoder().vocab());
        for (int step = 0; step < steps; step++) {
            logits.add(Arrays.copyOf(engine.logits(), model.decoder().vocab()));
            int token = sampler.sample(engine.logits(), 0);
            generated.add(token);
            if (model.tokenizer().vocabulary().isEndOfGeneration(token)) {
                break;
            }
            if (step + 1 < steps) {
                engine.append(token);
            }
        }
        return new TraceResult(
                layout(rows), rows.rows(), rows.nextPosition(), List.copyOf(generated), text(generated), joined(logits));
    }

    private void encode(PromptRows rows, Pass pass) {
        ImageEncoder encoder = model.encoder();
        for (PromptRows.Part part : rows.parts()) {
            if (encoder != null && part instanceof PromptRows.Block block && !towers.containsKey(block.source())) {
                Map<Integer, TraceResult.Table> features = new HashMap<>();
                towers.put(block.source(), features);
                pass.traceTo((name, number, found) -> {
                    if (name.equals(Trace.FEATURES)) {
                        features.put(number, table(found));
                    }
                });
                block.source().encode(encoder, pass);
                pass.traceTo(Trace.NONE);
            }
            if (part instanceof PromptRows.Area area && encoder instanceof RegionEncoder regions) {
                area.source().encode(regions, pass);
            }
        }
    }

    private List<TraceResult.Part> layout(PromptRows rows) {
        List<TraceResult.Part> layout = new ArrayList<>();
        TraceResult.@Nullable ImageBlock last = null;
        int end = 0;
        for (PromptRows.Part part : rows.parts()) {
            end += part.rows();
            switch (part) {
                case PromptRows.Tokens tokens ->
                    layout.add(new TraceResult.Tokens(
                            IntStream.of(tokens.ids()).boxed().toList()));
                case PromptRows.Block block -> {
                    last = block.offset() > 0 && last != null ? last : image(block);
                    layout.add(imageRows(rows, block, last, end));
                }
                case PromptRows.Area area ->
                    layout.add(new TraceResult.RegionRows(
                            area.number(), table(area.source().rows())));
            }
        }
        return layout;
    }

    /// @param end the row behind the block
    private static TraceResult.ImageRows imageRows(
            PromptRows rows, PromptRows.Block block, TraceResult.ImageBlock image, int end) {
        int columns = rows.axes() == 1 ? 0 : block.prepared().columns();
        List<Integer> position = IntStream.range(0, PLACE_AXES)
                .map(axis -> rows.position(Math.min(axis, rows.axes() - 1), end - 1))
                .boxed()
                .toList();
        int after = end < rows.rows() ? rows.position(0, end) : rows.nextPosition();
        return new TraceResult.ImageRows(
                image,
                block.offset(),
                block.rows(),
                columns == 0 ? block.rows() : columns,
                position,
                after - rows.position(0, end - block.rows()));
    }

    private TraceResult.ImageBlock image(PromptRows.Block block) {
        Map<Integer, TraceResult.Table> features = towers.get(block.source());
        if (features == null) {
            throw new IllegalStateException("the picture is not encoded");
        }
        List<Pixels> views = block.prepared().views();
        TraceResult.Table tower = features.get(block.number());
        return new TraceResult.ImageBlock(
                block.picture(),
                views,
                tower == null ? List.of() : split(tower, views.size()),
                table(block.source().rows(block.number())));
    }

    private static List<TraceResult.Table> split(TraceResult.Table all, int views) {
        int rows = all.rows() / views;
        int values = rows * all.width();
        return IntStream.range(0, views)
                .mapToObj(view -> new TraceResult.Table(
                        rows, all.width(), Arrays.copyOfRange(all.values(), view * values, (view + 1) * values)))
                .toList();
    }

    private String text(List<Integer> tokens) {
        TextDecoder decoder = model.tokenizer().decoder(true);
        StringBuilder text = new StringBuilder();
        tokens.forEach(token -> text.append(decoder.append(token)));
        return text.append(decoder.finish()).toString();
    }

    private static TraceResult.Table table(Rows rows) {
        return new TraceResult.Table(rows.rows(), rows.width(), rows.toArray());
    }

    private static TraceResult.Table joined(List<float[]> rows) {
        int width = rows.getFirst().length;
        float[] values = new float[Math.multiplyExact(rows.size(), width)];
        for (int i = 0; i < rows.size(); i++) {
            System.arraycopy(rows.get(i), 0, values, i * width, width);
        }
        return new TraceResult.Table(rows.size(), width, values);
    }
}
