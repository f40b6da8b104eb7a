package io.peregrine.cli.serve;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/// A body that comes in pieces. Takes memory for what has come, not for what was announced, and out of a budget that
/// all requests share. For one thread at a time.
final class BodyBuffer implements AutoCloseable {

    private static final int FIRST = 1024;

    private final AtomicLong budget;
    private final int limit;
    private byte[] bytes = new byte[0];
    private int length;

    /// @param budget bytes that bodies may still take; given back by [#close]
    /// @param limit of this body
    BodyBuffer(AtomicLong budget, int limit) {
        this.budget = budget;
        this.limit = limit;
    }

    int length() {
        return length;
    }

    /// @throws ApiException 413 if the body becomes too large, 503 if all bodies together do
    void append(ByteBuf piece) {
        int more = piece.readableBytes();
        if (more > limit - length) {
            throw Gate.bodyTooLarge(limit);
        }
        if (length + more > bytes.length) {
            grow(length + more);
        }
        piece.readBytes(bytes, length, more);
        length += more;
    }

    private void grow(int needed) {
        int size = (int) Math.min(limit, Math.max(Math.max(FIRST, needed), 2L * bytes.length));
        int more = size - bytes.length;
        if (budget.addAndGet(-more) < 0) {
            budget.addAndGet(more);
            throw ApiException.unavailable("busy", "too many large requests at a time", 1);
        }
        try {
            bytes = Arrays.copyOf(bytes, size);
        } catch (OutOfMemoryError e) {
            budget.addAndGet(more);
            throw e;
        }
    }

    /// The body, not copied if it fills the buffer.
    byte[] toBytes() {
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }

    /// Gives back to the budget. Closing twice does nothing.
    @Override
    public void close() {
        budget.addAndGet(bytes.length);
        bytes = new byte[0];
        length = 0;
    }
}
