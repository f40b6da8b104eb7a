package io.peregrine.cli.convert;

import io.peregrine.core.ModelFileException;
import io.peregrine.core.ModelFormatException;
import io.peregrine.core.tensor.TensorType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
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
    /// @param type of its matrices
    public record Written(Path path, int tensors, TensorType type) {}

    /// The numbers of `general.file_type`: `llama_ftype` in `ggml-org/llama.cpp : include/llama.h`.
    private static final Map<TensorType, Integer> FILE_TYPES = Map.of(
            TensorType.F32, 0,
            TensorType.F16, 1,
            TensorType.Q4_0, 2,
            TensorType.Q8_0, 7,
            TensorType.BF16, 32);

    /// The types that matrices may get.
    public static Set<TensorType> types() {
        return FILE_TYPES.keySet();
    }

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
            throw new ModelFileException(path.toString(), "exists already", "give another name, or --force to replace it");
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
        AtomicLong done = new AtomicLong();
        AtomicLong all = new AtomicLong(1);
        TensorType type = Objects.requireNonNullElse(request.type(), recipe.usualType());
        Target text = target(request, request.output(), type, done, all, progress);
        general(request, text, recipe.architecture());
        Target vision = text;
        if (request.mmproj() != null) {
            TensorType usual = type.isBlocked() && type != TensorType.Q8_0 ? TensorType.F16 : type;
            TensorType visionType = Objects.requireNonNullElse(request.mmprojType(), usual);
            vision = target(request, request.mmproj(), visionType, done, all, progress);
            general(request, vision, "clip");
            vision.string("general.type", "mmproj");
        }
        List<Target> targets = vision == text ? List.of(text) : List.of(text, vision);
        recipe.plan(sources, new Recipe.Files(text, vision));
        sources.requireAllPlaced();
        checkSettings(request, targets);
        all.set(targets.stream().mapToLong(Target::elements).sum());
        List<Written> written = new ArrayList<>();
        for (Target target : targets) {
            target.write();
            written.add(new Written(target.path(), target.tensors(), target.type()));
        }
        sources.checkUnchanged();
        return new Conversion(written, List.copyOf(sources.notes()));
    }

    private static Target target(
            Request request, Path path, TensorType type, AtomicLong done, AtomicLong all, DoubleConsumer progress) {
        return new Target(path, type, request.settings(), elements ->
                progress.accept((double) done.addAndGet(elements) / all.get()));
    }

    private static void general(Request request, Target target, String architecture) {
        Path folder = request.from().toAbsolutePath().normalize().getFileName();
        String usual = folder == null ? architecture : folder.toString();
        target.string("general.architecture", architecture)
                .string("general.name", Objects.requireNonNullElse(request.name(), usual))
                .uint32("general.file_type", Objects.requireNonNull(FILE_TYPES.get(target.type())));
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
