package io.peregrine.cli.serve.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.cli.serve.ApiException;
import io.peregrine.cli.serve.EventStream;
import io.peregrine.cli.serve.Exchange;
import io.peregrine.cli.serve.Response;
import io.peregrine.model.ChatFormat;
import io.peregrine.model.FinishReason;
import io.peregrine.model.GenerateListener;
import io.peregrine.model.GenerateOptions;
import io.peregrine.model.GenerateResult;
import io.peregrine.model.Prompt;
import io.peregrine.model.Scheduler;
import io.peregrine.model.Ticket;
import io.peregrine.model.TokenLogprob;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/// Has a prompt answered, and writes the answer to the client: whole, or piece by piece as it is made. The thread of
/// the request waits and writes; if it is interrupted, the request is cancelled.
final class AnswerRun {

    private static final int LATER_SECONDS = 10;

    private final Exchange exchange;
    private final AnswerShape shape;
    private final boolean stream;
    private final String field;

    /// @param stream whether it is written piece by piece
    /// @param field that the prompt came from
    AnswerRun(Exchange exchange, AnswerShape shape, boolean stream, String field) {
        this.exchange = exchange;
        this.shape = shape;
        this.stream = stream;
        this.field = field;
    }

    /// What becomes known while an answer is made.
    private sealed interface Event {}

    private record Piece(String text) implements Event {}

    private record Token(TokenLogprob token) implements Event {}

    private record End(GenerateResult result) implements Event {}

    private record Failed(Throwable why) implements Event {}

    /// @param format what the answer is heard through, or null for nothing
    /// @throws ApiException 400 naming the field if the prompt is refused
    /// @throws io.peregrine.core.PeregrineException as [Scheduler#submit] and [Ticket#await]
    /// @throws InterruptedException if the thread is interrupted
    void run(Scheduler scheduler, Prompt prompt, GenerateOptions options, @Nullable ChatFormat format)
            throws InterruptedException {
        BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        GenerateListener listener = stream ? listener(events) : GenerateListener.NONE;
        GenerateListener heard = format == null ? listener : format.visible(listener);
        Ticket ticket = Refusals.naming(field, () -> scheduler.submit(prompt, options, heard));
        try {
            if (stream) {
                Thread.ofVirtual().start(() -> awaitEnd(ticket, events));
                writePieces(events);
            } else {
                GenerateResult raw = Refusals.naming(field, ticket::await);
                GenerateResult result = format == null ? raw : format.visible(raw);
                note(result);
                exchange.respond(Response.json(200, shape.whole(result)));
            }
        } finally {
            ticket.cancel();
        }
    }

    private static GenerateListener listener(BlockingQueue<Event> events) {
        return new GenerateListener() {
            @Override
            public void text(String text) {
                events.add(new Piece(text));
            }

            @Override
            public void token(TokenLogprob token) {
                events.add(new Token(token));
            }
        };
    }

    private static void awaitEnd(Ticket ticket, BlockingQueue<Event> events) {
        try {
            events.add(new End(ticket.await()));
        } catch (Throwable e) {
            events.add(new Failed(e));
        }
    }

    /// An exception leaves the stream open, for the server to tell it there.
    private void writePieces(BlockingQueue<Event> events) throws InterruptedException {
        EventStream out = exchange.stream();
        ObjectNode opening = shape.opening();
        boolean heard = opening == null || out.send(opening.toString());
        List<TokenLogprob> tokens = new ArrayList<>();
        while (heard) {
            switch (events.take()) {
                case Piece piece -> {
                    heard = out.send(shape.piece(piece.text(), tokens).toString());
                    tokens.clear();
                }
                case Token token -> tokens.add(token.token());
                case End end -> {
                    note(end.result());
                    writeEnd(out, end.result(), tokens);
                    heard = false;
                }
                case Failed failed -> throw thrown(failed.why());
            }
        }
        out.close();
    }

    private void writeEnd(EventStream out, GenerateResult result, List<TokenLogprob> tokens) {
        boolean heard = out.send(shape.end(result, tokens).toString());
        if (heard && shape.usageAtEnd()) {
            heard = out.send(shape.usage(result).toString());
        }
        if (heard) {
            out.send("[DONE]");
        }
    }

    /// @throws ApiException 503 if the server ended the answer before its end
    private void note(GenerateResult result) {
        exchange.usage(Usage.counts(result));
        if (result.finish() == FinishReason.CANCELLED) {
            throw ApiException.unavailable("cancelled", "the request was given up", LATER_SECONDS);
        }
    }

    private RuntimeException thrown(Throwable why) {
        if (why instanceof Error error) {
            throw error;
        }
        return why instanceof RuntimeException exception
                ? Refusals.named(field, exception)
                : new IllegalStateException(why);
    }
}
