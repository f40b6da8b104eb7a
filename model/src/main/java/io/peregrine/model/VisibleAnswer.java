package io.peregrine.model;

/// Passes one answer on from its first visible character.
final class VisibleAnswer implements GenerateListener {

    private final GenerateListener listener;
    private boolean begun;

    VisibleAnswer(GenerateListener listener) {
        this.listener = listener;
    }

    @Override
    public void text(String text) {
        String visible = begun ? text : text.stripLeading();
        if (!visible.isEmpty()) {
            begun = true;
            listener.text(visible);
        }
    }

    @Override
    public void progress(Stage stage, int done, int total) {
        listener.progress(stage, done, total);
    }

    @Override
    public void token(TokenLogprob token) {
        listener.token(token);
    }
}
