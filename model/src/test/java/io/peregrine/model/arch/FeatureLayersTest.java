package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peregrine.core.gguf.GgufFile;
import io.peregrine.kernels.Activation;
import io.peregrine.model.ToyFile;
import io.peregrine.model.block.Weights;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which hidden state is the feature, for the kinds of files that exist (SEED_SYSTEMS b.8).
class FeatureLayersTest {

    @ParameterizedTest
    @CsvSource({
        "LLaVA-1.5 by the legacy converter, 1024, 23, true, false, -1, -1, 23",
        "the same of another size, 64, 3, true, false, -1, -1, 3",
        "one block, 64, 1, true, false, -1, -1, 1",
        "a whole CLIP ViT-L, 1024, 24, true, false, -1, -1, 23",
        "24 blocks of another width, 768, 24, true, false, -1, -1, 24",
        "class token and post-norm, 1024, 24, true, true, -1, -1, 23",
        "no class token, 1152, 28, false, true, -1, -1, 27",
        "neither, 1152, 28, false, false, -1, -1, 27",
        "said by the file, 64, 4, true, true, 3, -1, 3",
        "said by the file: the input of the first block, 64, 4, true, false, 0, -1, 0",
        "asked for against the file, 64, 4, true, true, 3, 2, 2",
        "asked for without the file, 1024, 23, true, false, -1, 22, 22"
    })
    void depth(
            String kind,
            int dim,
            int blocks,
            boolean classToken,
            boolean postNorm,
            int stored,
            int asked,
            int expected,
            @TempDir Path folder) {
        ToyFile toy = new ToyFile(1).key("general.architecture", "clip").vector("v.pre_ln.weight", 1, 4);
        if (classToken) {
            toy.vector("v.class_embd", 0, 4);
        }
        if (postNorm) {
            toy.vector("v.post_ln.weight", 1, 4);
        }
        if (stored >= 0) {
            toy.key("clip.vision.feature_layer", new int[] {stored});
        }
        float[] half = {0.5f, 0.5f, 0.5f};
        VisionKeys keys = new VisionKeys(224, 14, dim, 4 * dim, blocks, 4, 1e-5f, half, half, Activation.GELU_QUICK);
        try (GgufFile file = GgufFile.open(toy.write(folder.resolve("mmproj.gguf")))) {
            FeatureLayers found = FeatureLayers.choose(file.metadata(), new Weights(file), keys, asked);
            assertArrayEquals(new int[] {expected}, found.depths(), kind);
            String end = asked >= 0 ? "(asked for by the caller)" : stored >= 0 ? "(by clip.vision.feature_layer)" : "";
            if (!end.isEmpty()) {
                assertEquals(
                        "vision: features after block " + expected + " of " + blocks + " " + end, found.note(keys));
            }
        }
    }
}
