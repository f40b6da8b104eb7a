package io.peregrine.model.image;

import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Something that is computed when it is first asked for, once, and kept; what it is computed from is let go of then.
/// If computing it fails, it is tried again the next time. Safe to share between threads.
final class Later<T> {

    private @Nullable Supplier<T> source;
    private volatile @Nullable T value;

    Later(Supplier<T> source) {
        this.source = source;
    }

    /// What is there already.
    static <T> Later<T> known(T value) {
        Later<T> known = new Later<>(() -> value);
        known.get();
        return known;
    }

    T get() {
        T found = value;
        return found != null ? found : compute();
    }

    private synchronized T compute() {
        T found = value;
        if (found == null) {
            found = Objects.requireNonNull(source).get();
            value = found;
            source = null;
        }
        return found;
    }
}
