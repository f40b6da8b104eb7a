package io.peregrine.cli.serve;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import io.peregrine.cli.serve.HttpOptions.Limits;
import io.peregrine.cli.serve.HttpOptions.Timeouts;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One connection: reads a request, has it answered, reads the next. All of it runs in the thread of its event loop,
/// except the handlers.
///
/// While a request is being answered reading goes on, because that is how one notices that the client is gone; what
/// comes early waits here, and when that becomes much, reading stops after all.
final class Connection extends ChannelInboundHandlerAdapter {

    /// About what an object of the decoder takes besides its content.
    private static final int OBJECT_BYTES = 512;

    private static final int MAX_WAITING_BYTES = 64 * 1024;
    private static final int SLOWEST_BYTES_PER_SECOND = 1024;
    private static final int CHECKS_PER_STALL = 4;

    private enum State {
        /// Between requests, or within the headers of one.
        HEAD,
        /// Within a body.
        BODY,
        /// A handler is at work, or its answer is being sent.
        ANSWER,
        /// Nothing is read any more: the client is to close.
        CLOSING
    }

    private final HttpServer server;
    private final Timeouts timeouts;
    private final Limits limits;
    private final SocketChannel channel;
    private final Deadline reading;
    private final Deadline writing;
    private final Deadline heartbeat;
    private final BodyBuffer body;
    private final Deque<HttpObject> early = new ArrayDeque<>();
    private int earlyBytes;

    private State state = State.HEAD;
    private boolean headBegun;
    private long bodyStart;
    private @Nullable Incoming incoming;
    private @Nullable ChannelExchange exchange;

    /// What stood first in line to be sent, how much of it was sent, and since when that has not changed.
    private @Nullable Object firstSeen;

    private long progressSeen;
    private long progressAt;

    /// A request whose body is still coming.
    private record Incoming(HttpRequest head, Gate.Pass pass, String id, long start) {}

    /// Whether there are more connections than may be.
    private final boolean surplus;

    Connection(HttpServer server, SocketChannel channel, boolean surplus) {
        this.server = server;
        this.surplus = surplus;
        this.timeouts = server.options().timeouts();
        this.limits = server.options().limits();
        this.channel = channel;
        this.reading = new Deadline(channel.eventLoop(), this::readingTooSlow);
        this.writing = new Deadline(channel.eventLoop(), this::checkWriting);
        this.heartbeat = new Deadline(channel.eventLoop(), this::beat);
        this.body = server.newBody();
        reading.in(timeouts.headers());
    }

    // ---- reading -------------------------------------------------------------------------------------------------

    /// Bytes came, of whatever.
    void onBytes() {
        if (state == State.HEAD && !headBegun) {
            headBegun = true;
            reading.in(timeouts.headers());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ignored, Object message) {
        HttpObject object = (HttpObject) message;
        switch (state) {
            case CLOSING -> ReferenceCountUtil.release(object);
            case ANSWER -> keep(object);
            case HEAD, BODY -> take(object);
        }
    }

    private void keep(HttpObject object) {
        early.add(object);
        earlyBytes += weight(object);
        if (earlyBytes > MAX_WAITING_BYTES) {
            channel.config().setAutoRead(false);
        }
    }

    private static int weight(HttpObject object) {
        return OBJECT_BYTES + (object instanceof HttpContent content ? content.content().readableBytes() : 0);
    }

    private void take(HttpObject object) {
        try {
            DecoderResult result = object.decoderResult();
            if (result.isFailure()) {
                broken(object, result.cause());
                return;
            }
            if (object instanceof HttpRequest head) {
                begin(head);
            }
            if (object instanceof HttpContent content && incoming != null) {
                append(incoming, content);
            }
        } finally {
            ReferenceCountUtil.release(object);
        }
    }

    private void broken(HttpObject object, Throwable cause) {
        ApiException error = cause instanceof TooLongHttpLineException
                ? ApiException.refused(
                        414,
                        "request_line_too_large",
                        "the first line of the request is longer than the limit of " + limits.requestLine() + " bytes")
                : cause instanceof TooLongHttpHeaderException || cause instanceof TooLongFrameException
                        ? ApiException.refused(
                                431,
                                "headers_too_large",
                                "the headers are longer than the limit of " + limits.headers() + " bytes together")
                        : ApiException.refused(400, "bad_request", "this is not a request of HTTP/1.1");
        Incoming before = incoming;
        HttpRequest head = before != null ? before.head() : object instanceof HttpRequest request ? request : null;
        refuse(head, Gate.broken(error), before == null ? System.nanoTime() : before.start());
    }

    private void begin(HttpRequest head) {
        long now = System.nanoTime();
        Gate.Pass pass = surplus
                ? Gate.broken(ApiException.unavailable("busy", "too many connections at a time", 1))
                : server.gate().check(head);
        boolean hasBody = head.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)
                || !head.headers().get(HttpHeaderNames.CONTENT_LENGTH, "0").equals("0");
        if (pass.refused() && (hasBody || surplus)) {
            refuse(head, pass, now);
            return;
        }
        incoming = new Incoming(head, pass, RequestIds.of(head), now);
        state = State.BODY;
        bodyStart = now;
        reading.in(timeouts.body());
        if (hasBody && HttpUtil.is100ContinueExpected(head)) {
            channel.writeAndFlush(new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
        }
    }

    private void append(Incoming request, HttpContent content) {
        try {
            body.append(content.content());
        } catch (ApiException e) {
            refuse(request.head(), Gate.broken(e), request.start());
            return;
        } catch (OutOfMemoryError e) {
            refuse(request.head(), Gate.broken(Errors.of(e, request.id())), request.start());
            return;
        }
        if (content instanceof LastHttpContent) {
            incoming = null;
            answer(request, body.toBytes(), HttpUtil.isKeepAlive(request.head()));
        } else {
            long nanos = System.nanoTime();
            long whole = bodyStart
                    + timeouts.body().plusSeconds(body.length() / SLOWEST_BYTES_PER_SECOND).toNanos();
            long idle = nanos + timeouts.body().toNanos();
            reading.moveTo(idle - whole < 0 ? idle : whole);
        }
    }

    /// Answers at once, without the rest of the request, and ends the connection.
    private void refuse(@Nullable HttpRequest head, Gate.Pass pass, long start) {
        incoming = null;
        HttpRequest known = head == null ? HttpServer.UNKNOWN : head;
        answer(new Incoming(known, pass, RequestIds.of(known), start), new byte[0], false);
    }

    private void readingTooSlow() {
        if (state == State.HEAD && !headBegun) {
            channel.close();
        } else if (state == State.HEAD || state == State.BODY) {
            server.metrics().timedOut();
            Duration limit = state == State.HEAD ? timeouts.headers() : timeouts.body();
            String what = state == State.HEAD ? "headers" : "body";
            Incoming before = incoming;
            refuse(
                    before == null ? null : before.head(),
                    Gate.broken(ApiException.refused(
                            408,
                            "request_timeout",
                            "the " + what + " of the request came too slowly, the limit is " + limit.toMillis() + " ms")),
                    before == null ? System.nanoTime() : before.start());
        } else {
            channel.close();
        }
    }

    // ---- answering -----------------------------------------------------------------------------------------------

    private void answer(Incoming incomingRequest, byte[] bytes, boolean keepAlive) {
        state = State.ANSWER;
        reading.clear();
        HttpRequest head = incomingRequest.head();
        Gate.Pass pass = incomingRequest.pass();
        String method = head.method().name();
        boolean bodiless = method.equals("HEAD");
        Request request = new Request(
                incomingRequest.id(), bodiless ? "GET" : method, pass.path(), headers(head), bytes);
        ChannelExchange current = new ChannelExchange(
                channel,
                request,
                bodiless,
                head.protocolVersion().minorVersion() == 0,
                keepAlive && server.phase() != Phase.STOPPING,
                pass.origin());
        exchange = current;
        server.begun(current);
        Runnable work = () -> run(pass.handler(), current);
        if (pass.refused()) {
            work.run();
            // Not from here: requests that came early would each be answered within the one before.
            channel.eventLoop().execute(() -> finish(incomingRequest, current));
        } else {
            heartbeat.in(timeouts.heartbeat());
            server.execute(work, channel.eventLoop(), () -> finish(incomingRequest, current));
        }
    }

    private void run(Handler handler, ChannelExchange current) {
        ApiException error = null;
        try {
            handler.handle(current);
            if (current.status() == 0) {
                throw current.gone() ? Errors.shuttingDown() : new IllegalStateException("the handler gave no answer");
            }
        } catch (Throwable e) {
            error = Errors.of(e, current.request().id());
            if (error.status() == 500) {
                server.log().defect(current.request().id(), e);
            }
        }
        current.leave();
        // An interrupt was meant for the handler; an error is still to be written.
        boolean _ = Thread.interrupted();
        if (error != null) {
            current.fail(error);
        }
    }

    private static Map<String, String> headers(HttpRequest head) {
        Map<String, String> headers = new TreeMap<>();
        head.headers().forEach(header -> headers.merge(
                header.getKey().toLowerCase(Locale.ROOT), header.getValue(), (one, other) -> one + ", " + other));
        return headers;
    }

    private void finish(Incoming request, ChannelExchange current) {
        ChannelFuture written = current.end();
        watchWriting();
        if (written == null) {
            finished(request, current, false);
        } else {
            written.addListener(future -> finished(request, current, future.isSuccess()));
        }
    }

    private void finished(Incoming request, ChannelExchange current, boolean complete) {
        exchange = null;
        heartbeat.clear();
        body.close();
        server.ended(current, request.head(), request.pass(), request.start(), complete, channel);
        if (!channel.isActive()) {
            return;
        }
        if (!complete) {
            channel.close();
        } else if (!current.keepAlive() || server.phase() == Phase.STOPPING) {
            closeGently();
        } else {
            next();
        }
    }

    private void next() {
        state = State.HEAD;
        headBegun = false;
        reading.in(timeouts.keepAlive());
        while (state != State.ANSWER && state != State.CLOSING && !early.isEmpty()) {
            HttpObject object = early.remove();
            earlyBytes -= weight(object);
            headBegun = true;
            take(object);
        }
        if (earlyBytes <= MAX_WAITING_BYTES) {
            channel.config().setAutoRead(true);
        }
    }

    /// Says that nothing follows, and waits for the client to close. To close at once would make the system forget what
    /// the client has not read yet, if more comes from it.
    private void closeGently() {
        state = State.CLOSING;
        releaseEarly();
        channel.config().setAutoRead(true);
        reading.in(timeouts.linger());
        channel.shutdownOutput();
    }

    /// Ends the connection unless a request is being answered.
    void closeIfIdle() {
        channel.eventLoop().execute(() -> {
            if (state == State.HEAD || state == State.BODY) {
                channel.close();
            }
        });
    }

    // ---- writing -------------------------------------------------------------------------------------------------

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ignored) {
        ChannelExchange current = exchange;
        if (current != null) {
            current.writable();
        }
        watchWriting();
    }

    private void beat() {
        ChannelExchange current = exchange;
        if (current != null) {
            heartbeat.in(Duration.ofNanos(current.heartbeat(timeouts.heartbeat().toNanos())));
            watchWriting();
        }
    }

    /// Looks from now on whether the client reads.
    private void watchWriting() {
        if (writesWait() && !writing.isSet()) {
            writing.in(timeouts.write().dividedBy(CHECKS_PER_STALL));
        }
    }

    private void checkWriting() {
        if (!writesWait()) {
            return;
        }
        if (System.nanoTime() - progressAt >= timeouts.write().toNanos()) {
            server.metrics().timedOut();
            channel.close();
        } else {
            writing.in(timeouts.write().dividedBy(CHECKS_PER_STALL));
        }
    }

    /// Whether anything waits to be sent. Notes when that last moved.
    private boolean writesWait() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        Object first = buffer == null ? null : buffer.current();
        long progress = buffer == null ? 0 : buffer.currentProgress();
        if (first == null || first != firstSeen || progress != progressSeen) {
            firstSeen = first;
            progressSeen = progress;
            progressAt = System.nanoTime();
        }
        return buffer != null && buffer.totalPendingWriteBytes() > 0;
    }

    // ---- the end -------------------------------------------------------------------------------------------------

    @Override
    public void channelInactive(ChannelHandlerContext ignored) {
        reading.close();
        writing.close();
        heartbeat.close();
        releaseEarly();
        ChannelExchange current = exchange;
        if (current != null) {
            server.metrics().disconnected();
            current.giveUp();
        } else {
            body.close();
        }
        server.closed(this);
    }

    private void releaseEarly() {
        early.forEach(ReferenceCountUtil::release);
        early.clear();
        earlyBytes = 0;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ignored, Throwable cause) {
        if (!(cause instanceof IOException)) {
            server.log().defect("-", cause);
        }
        channel.close();
    }
}
