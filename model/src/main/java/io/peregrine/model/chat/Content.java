package io.peregrine.model.chat;

/// A piece of a message: text, an image, or a region of one.
public sealed interface Content {

    /// Text of whoever speaks. Nothing in it is ever a special token or an image.
    record Text(String text) implements Content {}

    /// An image.
    ///
    /// @param index which one, among those that come with the messages; at least 0
    record Image(int index) implements Content {

        public Image {
            if (index < 0) {
                throw new IllegalArgumentException("the index of an image is " + index + ", expected at least 0");
            }
        }
    }

    /// The place of a region, as part of the text around it.
    ///
    /// @param index which one, among those that come with the messages; at least 0
    record Region(int index) implements Content {

        public Region {
            if (index < 0) {
                throw new IllegalArgumentException("the index of a region is " + index + ", expected at least 0");
            }
        }
    }
}
