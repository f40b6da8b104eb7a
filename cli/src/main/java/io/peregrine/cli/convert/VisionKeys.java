package io.peregrine.cli.convert;

import io.peregrine.core.gguf.GgufType;

/// The keys that every vision part has, as `ggml-org/llama.cpp : tools/mtmd/clip-impl.h` names them.
///
/// @param projector `clip.projector_type`
/// @param gelu `clip.use_gelu`
/// @param projection width of what comes out
record VisionKeys(
        String projector,
        boolean gelu,
        int imageSize,
        int patch,
        int dim,
        int ffn,
        int blocks,
        int projection,
        int heads,
        float eps,
        float[] mean,
        float[] std) {

    static final float[] CLIP_MEAN = {0.48145466f, 0.4578275f, 0.40821073f};
    static final float[] CLIP_STD = {0.26862954f, 0.26130258f, 0.27577711f};

    void write(Target target) {
        target.bool("clip.has_vision_encoder", true)
                .string("clip.projector_type", projector)
                .bool("clip.use_gelu", gelu)
                .uint32("clip.vision.image_size", imageSize)
                .uint32("clip.vision.patch_size", patch)
                .uint32("clip.vision.embedding_length", dim)
                .uint32("clip.vision.feed_forward_length", ffn)
                .uint32("clip.vision.block_count", blocks)
                .uint32("clip.vision.projection_dim", projection)
                .uint32("clip.vision.attention.head_count", heads)
                .float32("clip.vision.attention.layer_norm_epsilon", eps)
                .array("clip.vision.image_mean", GgufType.FLOAT32, mean)
                .array("clip.vision.image_std", GgufType.FLOAT32, std);
    }
}
