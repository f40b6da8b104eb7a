package io.peregrine.model;

/// How many requests a [Scheduler] takes, and what it keeps.
///
/// @param sequences requests that run at once at most; 0 for as many as the heap has room for, up to 8
/// @param waiting requests that wait for one of these at most; those beyond are refused
/// @param maxTokens an answer ends after so many tokens, whatever the request asks for; at least 1
/// @param idleSequences sequences of ended requests that are kept for prompts that begin like them
/// @param cacheBytes heap that these may take together; 0 for an eighth of the heap
/// @param pictureBytes heap that pictures of ended requests may take, for prompts that show them again; 0 for a
///     sixteenth of the heap
/// @param reproducible a request gets the same answer whoever else is served and whatever is kept: costs the reuse of
///     answers and of the last rows of prompts, and some speed; see docs/design/0033
/// @param session what each request gets: its context, how keys and values are kept, how exactly it is computed
public record SchedulerOptions(
        int sequences,
        int waiting,
        int maxTokens,
        int idleSequences,
        long cacheBytes,
        long pictureBytes,
        boolean reproducible,
        SessionOptions session) {

    private static final int MAX_SEQUENCES = 256;
    private static final int MAX_WAITING = 1 << 16;

    /// @throws IllegalArgumentException naming the field, its value and its range
    public SchedulerOptions {
        check("sequences", sequences, 0, MAX_SEQUENCES);
        check("waiting", waiting, 0, MAX_WAITING);
        check("max tokens", maxTokens, 1, Integer.MAX_VALUE);
        check("idle sequences", idleSequences, 0, MAX_SEQUENCES);
        check("cache bytes", cacheBytes, 0, Long.MAX_VALUE);
        check("picture bytes", pictureBytes, 0, Long.MAX_VALUE);
    }

    private static void check(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    name + ": found " + value + ", expected a number from " + min + " to " + max);
        }
    }

    /// Up to 8 requests at once, 8 that wait, 16 idle sequences, answers as long as requests ask for.
    public static SchedulerOptions defaults() {
        return new SchedulerOptions(0, 8, Integer.MAX_VALUE, 16, 0, 0, false, SessionOptions.defaults());
    }

    public SchedulerOptions withSequences(int value) {
        return new SchedulerOptions(
                value, waiting, maxTokens, idleSequences, cacheBytes, pictureBytes, reproducible, session);
    }

    public SchedulerOptions withWaiting(int value) {
        return new SchedulerOptions(
                sequences, value, maxTokens, idleSequences, cacheBytes, pictureBytes, reproducible, session);
    }

    public SchedulerOptions withMaxTokens(int value) {
        return new SchedulerOptions(
                sequences, waiting, value, idleSequences, cacheBytes, pictureBytes, reproducible, session);
    }

    public SchedulerOptions withIdleSequences(int value) {
        return new SchedulerOptions(
                sequences, waiting, maxTokens, value, cacheBytes, pictureBytes, reproducible, session);
    }

    public SchedulerOptions withCacheBytes(long value) {
        return new SchedulerOptions(
                sequences, waiting, maxTokens, idleSequences, value, pictureBytes, reproducible, session);
    }

    public SchedulerOptions withPictureBytes(long value) {
        return new SchedulerOptions(
                sequences, waiting, maxTokens, idleSequences, cacheBytes, value, reproducible, session);
    }

    public SchedulerOptions withReproducible(boolean value) {
        return new SchedulerOptions(
                sequences, waiting, maxTokens, idleSequences, cacheBytes, pictureBytes, value, session);
    }

    public SchedulerOptions withSession(SessionOptions value) {
        return new SchedulerOptions(
                sequences, waiting, maxTokens, idleSequences, cacheBytes, pictureBytes, reproducible, value);
    }
}
