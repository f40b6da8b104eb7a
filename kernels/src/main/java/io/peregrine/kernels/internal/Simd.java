package io.peregrine.kernels.internal;

import io.peregrine.kernels.vector.PreferredWidth;
import java.lang.System.Logger.Level;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The gate between vector and scalar kernels: decided once, when the first kernel is used.
///
/// Code outside `kernels.vector` asks [#VECTOR] before it touches a class of that package; with plain loops
/// (`kernels.scalar`) no class of the Vector API is ever loaded. The system property [#WIDTH] chooses the bits of
/// a vector (`128`, `256`, `512`) or plain loops (`scalar`); without it the preferred width of the machine is used.
/// A program on the class path that forgot the module gets plain loops and one warning.
public final class Simd {

    /// Name of the system property that chooses the width.
    public static final String WIDTH = "peregrine.width";

    /// Whether the property was given.
    public static final boolean CHOSEN = System.getProperty(WIDTH) != null;

    /// Bits of a vector: 128, 256 or 512; 0 for plain loops.
    public static final int BITS = bits(System.getProperty(WIDTH));

    /// Whether the kernels of `kernels.vector` are used.
    public static final boolean VECTOR = BITS != 0;

    private Simd() {}

    /// What the kernels run on, in words: `vector 256-bit` or `scalar`.
    public static String describe() {
        return VECTOR ? "vector " + BITS + "-bit" : "scalar";
    }

    /// @throws IllegalArgumentException if the property has a value without a meaning
    static int parse(String width) {
        return switch (width) {
            case "scalar" -> 0;
            case "128" -> 128;
            case "256" -> 256;
            case "512" -> 512;
            default ->
                throw new IllegalArgumentException("system property " + WIDTH + " is '" + width
                        + "', expected 128, 256, 512 or scalar; leave it out to use the machine's own width");
        };
    }

    private static int bits(@Nullable String width) {
        int wanted = width == null ? -1 : parse(width);
        if (wanted == 0) {
            return 0;
        }
        if (!readable()) {
            System.getLogger("io.peregrine.kernels")
                    .log(
                            Level.WARNING,
                            "The Vector API is not available: Peregrine computes with plain loops, many times slower. "
                                    + "Add the option --add-modules jdk.incubator.vector to the java command.");
            return 0;
        }
        return wanted > 0 ? wanted : PreferredWidth.bits();
    }

    /// Whether this class may use the module of the Vector API: it is part of the running layer and can be read.
    private static boolean readable() {
        Module self = Simd.class.getModule();
        ModuleLayer layer = self.getLayer() == null ? ModuleLayer.boot() : self.getLayer();
        Optional<Module> vector = layer.findModule("jdk.incubator.vector");
        return vector.isPresent() && self.canRead(vector.get());
    }
}
