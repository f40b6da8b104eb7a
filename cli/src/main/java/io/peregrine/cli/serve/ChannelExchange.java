package io.peregrine.cli.serve;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An exchange over a channel of Netty. The handler's thread answers; the channel's thread tells when the client is gone,
/// when it reads again, and sends comments.
final class ChannelExchange implements Exchange, EventStream {

    private static final byte[] COMMENT = ":\n\n".getBytes(StandardCharsets.UTF_8);

    private final Channel channel;
    private final Request request;

    /// `HEAD`, whose answer has no body.
    private final boolean bodiless;

    private final boolean oldVersion;
    private final @Nullable String origin;

    /// Whether the connection may go on after this.
    private volatile boolean keepAlive;

    // Guarded by this.
    private final List<Runnable> goneActions = new ArrayList<>();
    private boolean gone;
    private boolean left;
    private boolean streaming;
    private boolean streamClosed;
    private int status;
    private long bytes;
    private long lastWrite;
    private @Nullable TokenUsage usage;
    private @Nullable ChannelFuture written;

    /// @param bodiless whether only headers are sent
    /// @param oldVersion whether the client speaks HTTP/1.0, which has no chunks
    /// @param origin of the page of another server that is let in, or null
    ChannelExchange(
            Channel channel,
            Request request,
            boolean bodiless,
            boolean oldVersion,
            boolean keepAlive,
            @Nullable String origin) {
        this.channel = channel;
        this.request = request;
        this.bodiless = bodiless;
        this.oldVersion = oldVersion;
        this.keepAlive = keepAlive;
        this.origin = origin;
    }

    @Override
    public Request request() {
        return request;
    }

    @Override
    public synchronized void respond(Response response) {
        begin(response.status());
        byte[] body = response.body();
        DefaultFullHttpResponse message = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(response.status()),
                bodiless ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
        response.headers().forEach((name, value) -> message.headers().set(name, value));
        if (response.status() != HttpResponseStatus.NO_CONTENT.code()) {
            message.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        }
        addUsualHeaders(message.headers());
        bytes = bodiless ? 0 : body.length;
        written = channel.writeAndFlush(message);
    }

    @Override
    public synchronized EventStream stream() {
        begin(HttpResponseStatus.OK.code());
        streaming = true;
        DefaultHttpResponse message = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        HttpHeaders headers = message.headers();
        headers.set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
        headers.set(HttpHeaderNames.CACHE_CONTROL, "no-cache");
        headers.set("x-accel-buffering", "no");
        if (oldVersion) {
            keepAlive = false;
        } else {
            headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        }
        addUsualHeaders(headers);
        lastWrite = System.nanoTime();
        written = channel.writeAndFlush(message);
        return this;
    }

    private void begin(int newStatus) {
        if (status != 0) {
            throw new IllegalStateException("answered already, with status " + status);
        }
        status = newStatus;
    }

    private void addUsualHeaders(HttpHeaders headers) {
        headers.set(
                HttpHeaderNames.DATE, DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC)));
        headers.set("x-request-id", request.id());
        headers.set("x-content-type-options", "nosniff");
        if (origin != null) {
            headers.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.set(HttpHeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS, "x-request-id");
            headers.set(HttpHeaderNames.VARY, "origin");
        }
        if (!keepAlive) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (oldVersion) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
    }

    @Override
    public synchronized boolean send(String data) {
        while (!gone && !channel.isWritable()) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        if (gone || streamClosed) {
            return false;
        }
        write(event(data));
        return true;
    }

    private static byte[] event(String data) {
        StringBuilder event = new StringBuilder(data.length() + 8);
        data.lines().forEach(line -> event.append("data: ").append(line).append('\n'));
        return event.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    private void write(byte[] piece) {
        bytes += piece.length;
        lastWrite = System.nanoTime();
        written = channel.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(piece)));
    }

    /// Sends a comment if nothing was sent for some time. From the channel's thread.
    ///
    /// @return when to ask again, in nanoseconds
    synchronized long heartbeat(long everyNanos) {
        long silent = System.nanoTime() - lastWrite;
        if (silent < everyNanos) {
            return everyNanos - silent;
        }
        if (streaming && !streamClosed && !gone && channel.isWritable()) {
            write(COMMENT);
        }
        return everyNanos;
    }

    @Override
    public synchronized void close() {
        if (streaming && !streamClosed) {
            streamClosed = true;
            written = channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
        }
    }

    @Override
    public synchronized boolean gone() {
        return gone;
    }

    @Override
    public void onGone(Runnable action) {
        synchronized (this) {
            if (!gone) {
                if (!left) {
                    goneActions.add(action);
                }
                return;
            }
        }
        action.run();
    }

    /// Gives the exchange up: the client is gone, or the server wants to end. What was to be done then is done under the
    /// lock, so that it cannot reach the handler's thread when that is already busy with something else.
    synchronized void giveUp() {
        if (!gone) {
            gone = true;
            notifyAll();
            goneActions.forEach(Runnable::run);
            goneActions.clear();
        }
    }

    /// The handler has returned, or thrown.
    synchronized void leave() {
        left = true;
        goneActions.clear();
    }

    /// The client reads again.
    synchronized void writable() {
        notifyAll();
    }

    /// Answers with an error, in whichever way is still open; a request that the server gave up, too.
    synchronized void fail(ApiException error) {
        if (status == 0) {
            respond(error.response());
        } else if (streaming && !streamClosed) {
            write(event(error.json().toString()));
        }
    }

    /// Ends the answer. Called once, after the handler.
    ///
    /// @return done when all is written; null if there never was an answer
    synchronized @Nullable ChannelFuture end() {
        close();
        return written;
    }

    boolean keepAlive() {
        return keepAlive;
    }

    /// After this answer the connection ends.
    void closeAfter() {
        keepAlive = false;
    }

    /// The status that was sent; 0 if none was.
    synchronized int status() {
        return status;
    }

    /// Of the body, before chunks are made of it.
    synchronized long bytes() {
        return bytes;
    }

    @Override
    public synchronized void usage(TokenUsage value) {
        usage = value;
    }

    synchronized @Nullable TokenUsage usage() {
        return usage;
    }
}
