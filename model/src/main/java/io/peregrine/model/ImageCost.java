package io.peregrine.model;

import io.peregrine.model.image.Size;
import java.util.List;

/// What a picture costs a model, known before it is encoded.
///
/// @param tokens of the context that it takes, marks of the family around it not counted
/// @param views what the image encoder looks at: the picture, or its tiles
public record ImageCost(int tokens, List<Size> views) {}
