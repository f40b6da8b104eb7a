package io.peregrine.cli.serve.picture;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.CompletableFuture;

/// Sends one request and collects the body of its answer, if that has status 200 and is not too large.
final class WebAnswer extends SimpleChannelInboundHandler<HttpObject> {

    /// Why nothing came, in words for a client.
    static final class Failure extends Exception {

        private static final long serialVersionUID = 1L;

        Failure(String message) {
            super(message, null, false, false);
        }
    }

    private final HttpRequest request;
    private final int most;
    private final CompletableFuture<byte[]> bytes = new CompletableFuture<>();
    private final ByteArrayOutputStream collected = new ByteArrayOutputStream();

    /// @param most bytes of a body
    WebAnswer(HttpRequest request, int most) {
        this.request = request;
        this.most = most;
    }

    /// The body, or a [Failure].
    CompletableFuture<byte[]> bytes() {
        return bytes;
    }

    void fail(String why) {
        bytes.completeExceptionally(new Failure(why));
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (context.pipeline().get(SslHandler.class) == null) {
            context.writeAndFlush(request);
        }
    }

    /// Over TLS nothing is asked before the host has proved its name.
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (handshake.isSuccess()) {
                context.writeAndFlush(request);
            } else {
                fail("no TLS connection that proves the host's name");
            }
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
        if (part.decoderResult().isFailure()) {
            fail("the answer is not HTTP");
        } else if (part instanceof HttpResponse response) {
            check(response);
        }
        if (part instanceof HttpContent content && !bytes.isDone()) {
            collect(content);
        }
        if (bytes.isDone()) {
            context.close();
        }
    }

    private void check(HttpResponse response) {
        int status = response.status().code();
        String length = response.headers().get(HttpHeaderNames.CONTENT_LENGTH, "0");
        if (status != HttpResponseStatus.OK.code()) {
            fail("the host answered with status " + status + ", expected 200 (redirects are not followed)");
        } else if (!response.headers().get(HttpHeaderNames.CONTENT_ENCODING, "identity").equalsIgnoreCase("identity")) {
            fail("the host sent it compressed, which was not asked for");
        } else if (!length.matches("[0-9]{1,18}") || Long.parseLong(length) > most) {
            fail("it has more than " + most + " bytes");
        }
    }

    private void collect(HttpContent content) {
        int size = content.content().readableBytes();
        if (size > most - collected.size()) {
            fail("it has more than " + most + " bytes");
            return;
        }
        byte[] piece = new byte[size];
        content.content().readBytes(piece);
        collected.writeBytes(piece);
        if (content instanceof LastHttpContent) {
            bytes.complete(collected.toByteArray());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail("the connection ended early");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail("the connection failed");
        context.close();
    }
}
