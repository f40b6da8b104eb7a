package io.peregrine.cli.serve.api;

import io.peregrine.cli.serve.picture.PictureUrl;

/// Reads the part of a message or an input that is a picture.
final class PictureField {

    private PictureField() {}

    /// The field `image_url`, which is an object with a `url` and maybe a `detail`. Pictures are looked at as the model
    /// does, whatever detail is asked for.
    static PictureUrl read(Fields part) {
        Fields image = Fields.of(part.required("image_url", "an object with a url"), part.path("image_url"));
        String url = image.requiredString("url");
        image.string("detail");
        image.end();
        return new PictureUrl(image.path("url"), url);
    }
}
