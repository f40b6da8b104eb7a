package io.peregrine.model.chat;

import io.peregrine.model.template.Origin;
import io.peregrine.model.template.Text;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Collects the parts of a prompt from rendered text.
final class PromptParts {

    private final List<ChatPrompt.Part> parts = new ArrayList<>();
    private final List<Integer> found = new ArrayList<>();
    private final List<Integer> regions = new ArrayList<>();
    private final List<Integer> images;
    private final @Nullable String placeholder;

    private PromptParts(List<Integer> images, @Nullable String placeholder) {
        this.images = images;
        this.placeholder = placeholder;
    }

    /// @param images the indexes of the images in the order of the messages
    /// @param placeholder what the template writes for an image, or null where the text has marks for them
    static PromptParts of(Text text, List<Integer> images, @Nullable String placeholder) {
        PromptParts parts = new PromptParts(images, placeholder);
        for (Text.Run run : text.runs()) {
            parts.add(run);
        }
        return parts;
    }

    List<ChatPrompt.Part> parts() {
        return parts;
    }

    /// The indexes of the images in the order of the prompt; -1 for one place too many.
    List<Integer> found() {
        return found;
    }

    /// The indexes of the regions in the order of the prompt.
    List<Integer> regions() {
        return regions;
    }

    private void add(Text.Run run) {
        if (Origin.isRegion(run.origin())) {
            for (int i = 0; i < run.text().length(); i++) {
                regions.add(Origin.regionIndex(run.origin()));
                parts.add(new ChatPrompt.Region(Origin.regionIndex(run.origin())));
            }
            return;
        }
        if (Origin.isImage(run.origin())) {
            for (int i = 0; i < run.text().length(); i++) {
                image(Origin.imageIndex(run.origin()));
            }
            return;
        }
        boolean fromUser = run.origin() == Origin.USER;
        String text = run.text();
        String place = placeholder;
        if (fromUser || place == null || images.isEmpty()) {
            parts.add(new ChatPrompt.Text(text, fromUser));
            return;
        }
        int done = 0;
        for (int at = text.indexOf(place); at >= 0; at = text.indexOf(place, done)) {
            if (at > done) {
                parts.add(new ChatPrompt.Text(text.substring(done, at), false));
            }
            image(found.size() < images.size() ? images.get(found.size()) : -1);
            done = at + place.length();
        }
        if (done < text.length()) {
            parts.add(new ChatPrompt.Text(text.substring(done), false));
        }
    }

    private void image(int index) {
        found.add(index);
        if (index >= 0) {
            parts.add(new ChatPrompt.Image(index));
        }
    }
}
