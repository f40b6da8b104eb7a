package io.peregrine.model.answer;

import java.util.ArrayList;
import java.util.List;

/// An answer taken apart into what it says and where in the picture that is.
///
/// Read are the notations of MiniGPT-v2, `<p>label</p> {<x1><y1><x2><y2>}` in hundredths of the picture,
/// several boxes behind each other or with `<delim>` between, and a box alone; and of Qwen-VL,
/// `<ref>label</ref>` followed by any number of `<box>(x1,y1),(x2,y2)</box>` and `<quad>` with four corners
/// in thousandths, and these alone. Whatever is not whole, or outside of the picture, stays in the text as it
/// is. Takes time in proportion to the text.
///
/// Sources: `Vision-CAIR/MiniGPT-4 : demo_v2.py`; `tokenization_qwen.py` of `Qwen/Qwen-VL-Chat` on Hugging
/// Face.
///
/// @param text the answer with the labels in it, without the notation and the coordinates of places
/// @param places in the order in which the answer names them
public record GroundedText(String text, List<Place> places) {

    public GroundedText {
        places = List.copyOf(places);
    }

    /// Takes an answer apart; never fails.
    public static GroundedText of(String answer) {
        StringBuilder text = new StringBuilder();
        List<Place> places = new ArrayList<>();
        PlaceReader reader = new PlaceReader(answer);
        int at = 0;
        while (at < answer.length()) {
            PlaceReader.Group group = reader.at(at);
            if (group == null) {
                text.append(answer.charAt(at++));
            } else {
                text.append(group.label());
                places.addAll(group.places());
                at = group.end();
            }
        }
        return new GroundedText(text.toString(), places);
    }
}
