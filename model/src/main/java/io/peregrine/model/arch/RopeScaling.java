package io.peregrine.model.arch;

import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.Metadata;

/// The keys by which a file says that its rotary positions are stretched beyond the trained length.
final class RopeScaling {

    private RopeScaling() {}

    /// What positions are multiplied by: 1, or less where the file asks for linear scaling. What `llama3` asks for is in a
    /// tensor.
    ///
    /// @throws UnsupportedModelException for another kind of scaling
    static float ofPositions(Metadata m, String architecture) {
        String typeKey = architecture + ".rope.scaling.type";
        float legacy = m.number(architecture + ".rope.scale_linear", 0, 0, 1e6f);
        float factor = m.number(architecture + ".rope.scaling.factor", legacy, 0, 1e6f);
        String type = m.string(typeKey, "linear");
        return switch (type) {
            case "none", "llama3" -> 1;
            case "linear" -> factor == 0 ? 1 : 1 / factor;
            default ->
                throw new UnsupportedModelException(
                        m.file(),
                        typeKey + " '" + type + "'",
                        "none, linear, and the tensor rope_freqs.weight (llama3)");
        };
    }
}
