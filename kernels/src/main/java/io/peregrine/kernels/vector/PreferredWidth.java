package io.peregrine.kernels.vector;

import jdk.incubator.vector.FloatVector;

/// The width of vectors that the machine likes best. Apart from [Lanes], which the answer decides on.
public final class PreferredWidth {

    private PreferredWidth() {}

    /// 128, 256 or 512 bits, the widest of these if it has wider ones; 0 if it has no vectors worth using.
    public static int bits() {
        int bits = FloatVector.SPECIES_PREFERRED.vectorBitSize();
        return bits >= 512 ? 512 : bits >= 256 ? 256 : bits >= 128 ? 128 : 0;
    }
}
