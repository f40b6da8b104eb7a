package io.peregrine.cli.convert;

import io.peregrine.model.quantize.Mix;

/// How a system is converted: its names, layouts and keys.
interface Recipe {

    /// Plans the files: every key, and a place for every tensor of the sources.
    ///
    /// @throws io.peregrine.core.PeregrineException if something is missing, of another shape, or not supported
    void plan(Sources sources, Files files);

    /// `general.architecture` of the text model, or of the only file.
    default String architecture() {
        return "llama";
    }

    /// Whether the vision part gets a file of its own.
    default boolean hasVisionFile() {
        return true;
    }

    /// What matrices get if nothing is asked for: floats.
    default Mix usualMix() {
        return Mix.F16;
    }

    /// The files that are planned.
    ///
    /// @param vision the same as `text` if there is one file
    record Files(Target text, Target vision) {}
}
