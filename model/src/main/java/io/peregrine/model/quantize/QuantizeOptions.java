package io.peregrine.model.quantize;

import io.peregrine.core.memory.LoadListener;
import io.peregrine.core.tensor.TensorType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// How a file is quantised.
///
/// @param mix what to
/// @param pure every matrix gets the base type of the mix, the output matrix too
/// @param outputType of the output matrix (of the token table, if that is used for both), or null as the mix says
/// @param tokenEmbeddingType of the token table, or null as the mix says
/// @param tensorTypes regular expressions, found anywhere in a name, and the types of such matrices; the first one
///     that is found counts
/// @param keep matrices whose names these are found in stay as they are
/// @param allowRequantize whether weights that are quantised already may be quantised again, which adds to their
///     error
/// @param replace whether a file of the target's name is replaced
/// @param threads that encode; 0 for one per processor that the process may use
/// @param listener hears how much of the weights has been read and encoded, and may stop it
public record QuantizeOptions(
        Mix mix,
        boolean pure,
        @Nullable TensorType outputType,
        @Nullable TensorType tokenEmbeddingType,
        Map<String, TensorType> tensorTypes,
        List<Pattern> keep,
        boolean allowRequantize,
        boolean replace,
        int threads,
        LoadListener listener) {

    private static final int MAX_THREADS = 1024;

    /// @throws IllegalArgumentException naming the field, its value and its range
    public QuantizeOptions {
        tensorTypes.keySet().forEach(QuantizeOptions::pattern);
        tensorTypes = Collections.unmodifiableMap(new LinkedHashMap<>(tensorTypes));
        keep = List.copyOf(keep);
        if (threads < 0 || threads > MAX_THREADS) {
            throw new IllegalArgumentException(
                    "threads: found " + threads + ", expected a number from 0 to " + MAX_THREADS);
        }
    }

    /// A mix with all its rules, nothing replaced, one thread per processor.
    public static QuantizeOptions to(Mix mix) {
        return new QuantizeOptions(mix, false, null, null, Map.of(), List.of(), false, false, 0, LoadListener.NONE);
    }

    /// A regular expression as `tensorTypes` and `keep` take them.
    ///
    /// @throws IllegalArgumentException if it is none
    public static Pattern pattern(String text) {
        try {
            return Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "pattern: found " + text + ", expected a regular expression; " + e.getDescription(), e);
        }
    }

    public QuantizeOptions withAllowRequantize(boolean value) {
        return new QuantizeOptions(
                mix, pure, outputType, tokenEmbeddingType, tensorTypes, keep, value, replace, threads, listener);
    }

    public QuantizeOptions withReplace(boolean value) {
        return new QuantizeOptions(
                mix, pure, outputType, tokenEmbeddingType, tensorTypes, keep, allowRequantize, value, threads, listener);
    }

    public QuantizeOptions withThreads(int value) {
        return new QuantizeOptions(
                mix, pure, outputType, tokenEmbeddingType, tensorTypes, keep, allowRequantize, replace, value, listener);
    }

    public QuantizeOptions withListener(LoadListener value) {
        return new QuantizeOptions(
                mix, pure, outputType, tokenEmbeddingType, tensorTypes, keep, allowRequantize, replace, threads, value);
    }
}
