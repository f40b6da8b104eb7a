package io.peregrine.cli.serve.api;

import io.peregrine.cli.serve.ApiException;

/// Whether an answer comes in pieces.
///
/// @param on whether it does
/// @param usage whether its last piece tells what it took
record StreamFields(boolean on, boolean usage) {

    static StreamFields read(Fields fields) {
        boolean on = fields.flag("stream", false);
        Fields options = fields.object("stream_options");
        boolean usage = false;
        if (options != null) {
            if (!on) {
                throw ApiException.badField(
                        fields.path("stream_options"),
                        fields.path("stream_options") + ": only allowed with \"stream\": true");
            }
            usage = options.flag("include_usage", false);
            options.flag("include_obfuscation", false);
            options.end();
        }
        return new StreamFields(on, usage);
    }
}
