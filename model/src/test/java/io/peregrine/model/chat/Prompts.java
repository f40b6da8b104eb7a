package io.peregrine.model.chat;

/// Writes prompts for assertions.
final class Prompts {

    private Prompts() {}

    /// The prompt as one text, images as `<__media__>`.
    static String text(ChatPrompt prompt) {
        StringBuilder text = new StringBuilder();
        for (ChatPrompt.Part part : prompt.parts()) {
            text.append(part instanceof ChatPrompt.Text t ? t.text() : "<__media__>");
        }
        return text.toString();
    }

    /// The prompt as one text, what the user wrote in «guillemets», images as ‹index›, regions as
    /// ‹region index›.
    static String marked(ChatPrompt prompt) {
        StringBuilder text = new StringBuilder();
        for (ChatPrompt.Part part : prompt.parts()) {
            text.append(
                    switch (part) {
                        case ChatPrompt.Text t -> t.fromUser() ? "«" + t.text() + "»" : t.text();
                        case ChatPrompt.Image image -> "‹" + image.index() + "›";
                        case ChatPrompt.Region region -> "‹region " + region.index() + "›";
                    });
        }
        return text.toString();
    }
}
