package io.peregrine.cli.convert;

import io.peregrine.cli.checkpoint.Values;
import io.peregrine.core.tensor.Shape;

/// The tower of EVA-CLIP ViT-g/14 as BLIP-2 publishes it (`eva_vit_g.pth`): the sizes are those of the tensors, heads
/// have 88 elements. Of its 40 blocks 39 are run; the key projection has no bias.
///
/// Source: `Vision-CAIR/MiniGPT-4 : minigpt4/models/eva_vit.py`.
final class EvaTower {

    private static final int HEAD = 88;
    private static final int WHOLE_DIM = 1408;
    private static final int WHOLE_BLOCKS = 40;

    private final Pool pool;
    private final String prefix;
    private final int imageSize;
    private final int patch;
    private final int dim;
    private final int ffn;
    private final int blocks;

    EvaTower(Pool pool, int imageSize) {
        this.pool = pool;
        this.prefix = pool.has("visual_encoder.cls_token") ? "visual_encoder." : "";
        this.imageSize = imageSize;
        Shape kernel = pool.shape(prefix + "patch_embed.proj.weight", 4);
        this.dim = (int) Math.min(kernel.dim(0), Limits.WIDTH);
        this.patch = Math.clamp(kernel.dim(3), 1, imageSize);
        this.ffn =
                (int) Math.min(pool.shape(prefix + "blocks.0.mlp.fc1.weight", 2).dim(0), Limits.WIDTH);
        int stored = pool.count(prefix + "blocks.", ".norm1.weight");
        this.blocks = dim == WHOLE_DIM && stored == WHOLE_BLOCKS ? WHOLE_BLOCKS - 1 : stored;
    }

    int dim() {
        return dim;
    }

    void keys(Sources sources, Target target, String projector, int projection) {
        int heads = sources.heads(pool, "clip.vision.attention.head_count", dim, HEAD);
        new VisionKeys(
                        projector,
                        true,
                        imageSize,
                        patch,
                        dim,
                        ffn,
                        blocks,
                        projection,
                        heads,
                        1e-6f,
                        VisionKeys.CLIP_MEAN,
                        VisionKeys.CLIP_STD)
                .write(target);
        target.float32("clip.vision.post_layer_norm_epsilon", 1e-5f);
    }

    void plan(Target target) {
        ClipTower.linear(pool, target, prefix + "patch_embed.proj", "v.patch_embd", Shape.of(dim, 3, patch, patch));
        target.exact("v.class_embd", Views.reshaped(pool.take(prefix + "cls_token", 1, 1, dim), Shape.of(dim)));
        String table = prefix + "pos_embed";
        long rows = pool.shape(table, 3).dim(1);
        Values positions = Views.reshaped(pool.take(table, 1, rows, dim), Shape.of(rows, dim));
        target.exact("v.position_embd.weight", Positions.of(pool, table, positions, 1, imageSize / patch));
        for (int i = 0; i < blocks; i++) {
            block(target, prefix + "blocks." + i + ".", "v.blk." + i + ".");
        }
        String rest = prefix.replace(".", "\\.");
        pool.ignore(rest + "blocks\\.39\\..*", rest + "(norm|fc_norm|head)\\.(weight|bias)", rest + "mask_token");
    }

    private void block(Target target, String from, String to) {
        Values bias = Views.stacked(
                pool.take(from + "attn.q_bias", dim),
                Views.held(Shape.of(dim), new float[dim]),
                pool.take(from + "attn.v_bias", dim));
        target.tensor(to + "attn_qkv.weight", pool.take(from + "attn.qkv.weight", 3L * dim, dim));
        target.exact(to + "attn_qkv.bias", bias);
        ClipTower.linear(pool, target, from + "attn.proj", to + "attn_out", dim, dim);
        ClipTower.norm(pool, target, from + "norm1", to + "ln1", dim);
        ClipTower.norm(pool, target, from + "norm2", to + "ln2", dim);
        ClipTower.linear(pool, target, from + "mlp.fc1", to + "ffn_up", ffn, dim);
        ClipTower.linear(pool, target, from + "mlp.fc2", to + "ffn_down", dim, ffn);
    }
}
