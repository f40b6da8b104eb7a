package io.peregrine.cli.soak;

/// What a client does, and how many times in a hundred.
enum Deed {
    /// A question, the answer whole.
    TEXT(22),
    /// A question, the answer as a stream read to its end.
    STREAM(18),
    /// A question about one of a few pictures, so that some are asked about again.
    PICTURE(16),
    /// An answer that must be JSON.
    JSON(7),
    /// The old endpoint.
    COMPLETION(5),
    /// Goes away after a few pieces of the answer.
    LEAVE_STREAM(9),
    /// Goes away while the prompt is read, or the picture looked at.
    LEAVE_PROMPT(9),
    /// Sends what must be refused.
    BAD(9),
    /// Reads `/metrics`, `/health` and `/v1/models`.
    WATCH(5);

    final int weight;

    Deed(int weight) {
        this.weight = weight;
    }

    /// The deed of a number from 0 to 99.
    static Deed of(int number) {
        int left = number;
        for (Deed deed : values()) {
            left -= deed.weight;
            if (left < 0) {
                return deed;
            }
        }
        throw new IllegalArgumentException("the weights are not 100 together");
    }
}
