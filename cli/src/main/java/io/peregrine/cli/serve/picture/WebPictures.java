package io.peregrine.cli.serve.picture;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/// Fetches pictures from the web, from hosts that the operator named, without becoming anybody's way into the networks
/// of the server: the name is resolved once, all its addresses must be public, the connection goes to one of exactly
/// these, no redirect is followed, no proxy is asked, and size and time are limited. Https servers must prove their
/// name.
///
/// Safe for any thread. Its own thread begins with the first fetch, and ends with [#close].
final class WebPictures implements AutoCloseable {

    private static final int MAX_LINE = 4096;
    private static final int MAX_HEADERS = 16_384;
    private static final int CHUNK = 8192;

    /// Finds the addresses of a host.
    @FunctionalInterface
    interface Resolver {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    /// What the rules depend on outside of them.
    ///
    /// @param resolver of names
    /// @param allowed the addresses that may be connected to
    /// @param tls whom https servers are to be certified by
    record Surroundings(Resolver resolver, Predicate<InetAddress> allowed, SSLContext tls) {

        /// The system's names and certificates, and public addresses.
        static Surroundings usual() {
            try {
                return new Surroundings(InetAddress::getAllByName, PublicAddress::is, SSLContext.getDefault());
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has TLS", e);
            }
        }
    }

    private final List<String> hosts;
    private final int most;
    private final Duration time;
    private final Surroundings surroundings;
    private @Nullable EventLoopGroup loops;
    private boolean closed;

    /// @param hosts as [PictureOptions#hosts]
    /// @param most bytes of a picture
    /// @param time for a whole fetch
    WebPictures(List<String> hosts, int most, Duration time, Surroundings surroundings) {
        this.hosts = hosts;
        this.most = most;
        this.time = time;
        this.surroundings = surroundings;
    }

    /// @throws io.peregrine.cli.serve.ApiException 400 if the address is not allowed, or nothing came from it
    /// @throws InterruptedException if the thread is interrupted; the connection is then closed
    byte[] fetch(PictureUrl picture) throws InterruptedException {
        if (hosts.isEmpty()) {
            throw picture.refused("remote images are disabled; send the picture as a data: URI, or start the server"
                    + " with --image-host");
        }
        WebUrl url = WebUrl.parse(picture);
        if (hosts.stream().noneMatch(url::isMeantBy)) {
            throw picture.refused("address not allowed: the server fetches no pictures from this host and port");
        }
        long deadline = System.nanoTime() + time.toNanos();
        InetAddress address = address(picture, url, deadline);
        WebAnswer answer = new WebAnswer(request(url), most);
        Channel channel = connect(url, address, answer);
        try {
            return await(picture, answer.bytes(), deadline);
        } finally {
            channel.close();
        }
    }

    private InetAddress address(PictureUrl picture, WebUrl url, long deadline) throws InterruptedException {
        CompletableFuture<InetAddress[]> resolved = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                resolved.complete(surroundings.resolver.resolve(url.host()));
            } catch (UnknownHostException | RuntimeException e) {
                resolved.completeExceptionally(new WebAnswer.Failure("the host has no address"));
            }
        });
        InetAddress[] addresses = await(picture, resolved, deadline);
        if (addresses.length == 0 || !Arrays.stream(addresses).allMatch(surroundings.allowed)) {
            throw picture.refused("address not allowed: the host has an address that is not public");
        }
        return addresses[0];
    }

    private Channel connect(WebUrl url, InetAddress address, WebAnswer answer) {
        return new Bootstrap()
                .group(loops())
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) time.toMillis())
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (url.secure()) {
                            channel.pipeline().addLast(new SslHandler(engine(url)));
                        }
                        channel.pipeline().addLast(new HttpClientCodec(MAX_LINE, MAX_HEADERS, CHUNK), answer);
                    }
                })
                .connect(new InetSocketAddress(address, url.port()))
                .addListener(connected -> {
                    if (!connected.isSuccess()) {
                        answer.fail("the host does not answer");
                    }
                })
                .channel();
    }

    /// Sent by [WebAnswer] as soon as there is a connection.
    private static HttpRequest request(WebUrl url) {
        HttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, url.target());
        request.headers()
                .set(HttpHeaderNames.HOST, url.authority())
                .set(HttpHeaderNames.USER_AGENT, "peregrine")
                .set(HttpHeaderNames.ACCEPT, "image/png, image/jpeg, image/gif, image/bmp")
                .set(HttpHeaderNames.ACCEPT_ENCODING, "identity")
                .set(HttpHeaderNames.CONNECTION, "close");
        return request;
    }

    private SSLEngine engine(WebUrl url) {
        SSLEngine engine = surroundings.tls.createSSLEngine(url.host(), url.port());
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        engine.setSSLParameters(parameters);
        return engine;
    }

    private <T> T await(PictureUrl picture, CompletableFuture<T> coming, long deadline) throws InterruptedException {
        try {
            return coming.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw picture.refused("it could not be fetched: nothing whole came within " + time.toMillis() + " ms");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof WebAnswer.Failure failure) {
                throw picture.refused("it could not be fetched: " + failure.getMessage());
            }
            throw picture.refused("it could not be fetched: the connection failed");
        }
    }

    private synchronized EventLoopGroup loops() {
        if (closed) {
            throw new IllegalStateException("closed");
        }
        if (loops == null) {
            loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        }
        return loops;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (loops != null) {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }
}
