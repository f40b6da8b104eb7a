package io.peregrine.model;

/// What a [Scheduler] is doing and has done. The first eight are of the moment, the others count from its beginning.
///
/// @param sequences requests that may run at once
/// @param running requests that do
/// @param waiting requests that wait for that
/// @param idleSequences sequences of ended requests that are kept
/// @param cacheBytes heap of the keys and values of running and idle sequences; what several share counts once
/// @param pictures pictures that are kept, those of running and waiting requests included
/// @param pictureBytes heap that these take
/// @param meanSeconds how long a request ran on average, of those that ended last; 0 before the first
/// @param submitted requests taken
/// @param refused requests not taken because too many waited
/// @param completed requests that were answered
/// @param cancelled requests that were cancelled
/// @param failed requests that ended with an error
/// @param promptTokens rows of the prompts that were read, those of images included
/// @param reusedTokens of these, rows that were still held and not computed again
/// @param answerTokens tokens of answers
/// @param steps passes through the decoder
/// @param encodedPictures pictures that were encoded
public record SchedulerStats(
        int sequences,
        int running,
        int waiting,
        int idleSequences,
        long cacheBytes,
        int pictures,
        long pictureBytes,
        double meanSeconds,
        long submitted,
        long refused,
        long completed,
        long cancelled,
        long failed,
        long promptTokens,
        long reusedTokens,
        long answerTokens,
        long steps,
        long encodedPictures) {}
