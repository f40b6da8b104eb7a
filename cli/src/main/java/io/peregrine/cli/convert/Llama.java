package io.peregrine.cli.convert;

/// A text model alone: Llama, Vicuna, Mistral, Yi.
final class Llama implements Recipe {

    @Override
    public boolean hasVisionFile() {
        return false;
    }

    @Override
    public void plan(Sources sources, Files files) {
        LlamaText text = new LlamaText(sources.config());
        text.plan(sources, sources.pool(), files.text(), "model.", "lm_head.weight", LlamaText.Adapter.NONE);
    }
}
