package io.peregrine.model;

import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.RegionEncoder;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A request that a scheduler has taken. Used by the thread of the scheduler, once it runs.
final class Request {

    private final PromptRows prompt;
    private final Answer answer;
    private final GenerateListener listener;
    private final Ticket ticket;
    private final long submitted = System.nanoTime();
    private @Nullable HeldSequence sequence;
    private boolean ended;
    private int reused;
    private long lapStart;
    private Duration imageTime = Duration.ZERO;
    private Duration promptTime = Duration.ZERO;

    /// @param prompt whose pictures are to be given back when it has ended
    /// @param answer to it, empty yet
    Request(PromptRows prompt, Answer answer, GenerateListener listener, Ticket ticket) {
        this.prompt = prompt;
        this.answer = answer;
        this.listener = listener;
        this.ticket = ticket;
    }

    PromptRows prompt() {
        return prompt;
    }

    GenerateListener listener() {
        return listener;
    }

    Ticket ticket() {
        return ticket;
    }

    /// When it was taken, by [System#nanoTime].
    long submitted() {
        return submitted;
    }

    /// From now on it runs.
    void begin(HeldSequence held) {
        sequence = held;
        reused = held.length();
        lapStart = System.nanoTime();
    }

    boolean hasBegun() {
        return sequence != null;
    }

    /// What it has computed of its prompt and answer.
    HeldSequence sequence() {
        if (sequence == null) {
            throw new IllegalStateException("the request does not run yet");
        }
        return sequence;
    }

    Answer answer() {
        return answer;
    }

    /// Goes on from another sequence, which has more rows of the prompt.
    void take(HeldSequence better) {
        reused += better.length() - sequence().length();
        sequence = better;
    }

    /// Rows of the prompt that it did not compute.
    int reused() {
        return reused;
    }

    /// Whether it runs no more.
    boolean hasEnded() {
        return ended;
    }

    void end() {
        ended = true;
    }

    /// The picture that has to be encoded next, or whose region has, before more of the prompt can be read; or null.
    PictureShelf.@Nullable Entry missingPicture() {
        return switch (missing()) {
            case PromptRows.Block block -> block.source();
            case PromptRows.Area area -> area.source().picture();
            case null, default -> null;
        };
    }

    /// Encodes what has to be next.
    void encode(ImageEncoder encoder, Pass pass) {
        switch (missing()) {
            case PromptRows.Block block -> block.source().encode(encoder, pass);
            case PromptRows.Area area when encoder instanceof RegionEncoder regions -> area.source().encode(regions, pass);
            case null, default -> throw new IllegalStateException("nothing to encode");
        }
    }

    private PromptRows.@Nullable Part missing() {
        int held = sequence().length();
        int end = 0;
        for (PromptRows.Part part : prompt.parts()) {
            end += part.rows();
            boolean encoded =
                    switch (part) {
                        case PromptRows.Tokens _ -> true;
                        case PromptRows.Block block -> block.source().isEncoded();
                        case PromptRows.Area area -> area.source().isEncoded();
                    };
            if (end > held && !encoded) {
                return part;
            }
        }
        return null;
    }

    /// The prompt is about to be read.
    void endImages() {
        if (prompt.imageRows() > 0) {
            imageTime = imageTime.plus(lap());
        }
    }

    /// The prompt is read.
    void endPrompt() {
        promptTime = lap();
    }

    private Duration lap() {
        long now = System.nanoTime();
        Duration time = Duration.ofNanos(lapStart == 0 ? 0 : now - lapStart);
        lapStart = now;
        return time;
    }

    /// What it is by now.
    GenerateResult result() {
        return new GenerateResult(
                answer.text(),
                answer.tokens(),
                answer.logprobs(),
                answer.finish(),
                prompt.rows(),
                prompt.imageRows(),
                reused,
                imageTime,
                promptTime,
                lap());
    }
}
