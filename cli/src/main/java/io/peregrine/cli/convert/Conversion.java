package io.peregrine.cli.convert;

import io.peregrine.core.ModelFileException;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.model.quantize.EncodingPool;
import io.peregrine.model.quantize.Mix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleConsumer;

/// A conversion from beginning to end: recognise the system, plan both files, check that every tensor has a place,
/// write. Nothing is written before the plan is complete, and a file gets its name when it is complete.
///
/// @param files that were written, the text model first
/// @param notes what was decided or left out, for people
public record Conversion(List<Written> files, List<String> notes) {

    /// @param tensors how many it holds
    /// @param mix of its matrices
    public record Written(Path path, int tensors, Mix mix) {}

    /// Converts.
    ///
    /// @param progress hears which part of the elements is written, 0 to 1
    /// @throws io.peregrine.core.PeregrineException if a source cannot be read, is damaged, incomplete or not
    ///     supported, or a target exists already or cannot be written
    public static Conversion run(Request request, DoubleConsumer progress) {
        checkTarget(request, request.output());
        if (request.mmproj() != null) {
            checkTarget(request, request.mmproj());
        }
        try (Sources sources = new Sources(request)) {
            try {
                return run(sources, progress);
            } catch (InternalError e) {
                // What the JVM throws when a mapped file has become shorter.
                sources.checkUnchanged();
                throw e;
            }
        }
    }

    private static void checkTarget(Request request, Path path) {
        if (!request.force() && Files.exists(path)) {
            throw new ModelFileException(
                    path.toString(), "exists already", "give another name, or --force to replace it");
        }
    }

    private static Conversion run(Sources sources, DoubleConsumer progress) {
        Request request = sources.request();
        Recipe recipe = Recipes.of(sources);
        if (recipe.hasVisionFile() != (request.mmproj() != null)) {
            throw new ModelFileException(
                    request.from().toString(),
                    recipe.hasVisionFile() ? "has a vision part, which needs a file of its own" : "becomes one file",
                    recipe.hasVisionFile() ? "name it with --mmproj-out FILE" : "leave out --mmproj-out");
        }
        Mix mix = Objects.requireNonNullElse(request.type(), recipe.usualMix());
        TensorType floats = recipe.usualMix().base();
        Target text = new Target(request.output(), mix, floats, request.settings());
        general(request, text, recipe.architecture());
        Target vision = text;
        if (request.mmproj() != null) {
            Mix usual = mix.base().isBlocked() && mix != Mix.Q8_0 ? Mix.F16 : mix;
            Mix visionMix = Objects.requireNonNullElse(request.mmprojType(), usual);
            vision = new Target(request.mmproj(), visionMix, floats, request.settings());
            general(request, vision, "clip");
            vision.string("general.type", "mmproj");
        }
        List<Target> targets = vision == text ? List.of(text) : List.of(text, vision);
        recipe.plan(sources, new Recipe.Files(text, vision));
        sources.requireAllUsed();
        sources.requireAllPlaced();
        checkSettings(request, targets);
        List<Written> written = write(sources, targets, progress);
        sources.checkUnchanged();
        return new Conversion(written, List.copyOf(sources.notes()));
    }

    private static List<Written> write(Sources sources, List<Target> targets, DoubleConsumer progress) {
        AtomicLong done = new AtomicLong();
        double all = targets.stream().mapToLong(Target::elements).sum();
        List<Written> written = new ArrayList<>();
        try (EncodingPool pool = new EncodingPool(0)) {
            for (Target target : targets) {
                List<String> notes = target.write(
                        sources.folder().toString(), pool, elements -> progress.accept(done.addAndGet(elements) / all));
                notes.forEach(note -> sources.note(target.path() + ": " + note));
                written.add(new Written(target.path(), target.tensors(), target.mix()));
            }
        }
        return written;
    }

    private static void general(Request request, Target target, String architecture) {
        Path folder = request.from().toAbsolutePath().normalize().getFileName();
        String usual = folder == null ? architecture : folder.toString();
        target.string("general.architecture", architecture)
                .string("general.name", Objects.requireNonNullElse(request.name(), usual))
                .uint32("general.file_type", target.mix().fileType());
    }

    private static void checkSettings(Request request, List<Target> targets) {
        Set<String> unknown = new LinkedHashSet<>(request.settings().keySet());
        targets.forEach(target -> unknown.removeAll(target.keys()));
        if (!unknown.isEmpty()) {
            throw new ModelFormatException(
                    "--set",
                    "key " + String.join(", ", unknown),
                    "no such key in this conversion",
                    "a key with a single value that is written",
                    "inspect a converted file for their names");
        }
    }
}
