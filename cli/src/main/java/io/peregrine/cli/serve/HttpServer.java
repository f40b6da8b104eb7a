package io.peregrine.cli.serve;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/// A server of HTTP/1.1: accepts connections, keeps their limits, and has requests answered by [Routes]. One thread
/// reads and writes for all connections; each request that is being answered has a thread of its own.
public final class HttpServer implements AutoCloseable {

    static {
        // Netty would otherwise look for ways around the JDK, and for its own native libraries.
        for (String off : new String[] {"io.netty.noUnsafe", "io.netty.transport.noNative"}) {
            if (System.getProperty(off) == null) {
                System.setProperty(off, "true");
            }
        }
    }

    /// What stands for a request that could not be read.
    static final HttpRequest UNKNOWN = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf("-"), "-");

    private static final int SURPLUS = 64;
    private static final int BACKLOG = 256;

    /// Small enough to see soon that a client does not read, and to see that a slow one does.
    private static final int SEND_BUFFER = 128 * 1024;

    private static final int LOW_WATER = 32 * 1024;
    private static final int HIGH_WATER = 64 * 1024;
    private static final long LAST_WORDS_MILLIS = 2000;

    private final HttpOptions options;
    private final Gate gate;
    private final Supplier<Phase> phase;
    private final Metrics metrics;
    private final RequestLog log;
    private final AtomicLong bodyBudget;
    private final AtomicInteger connectionCount = new AtomicInteger();
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final Set<ChannelExchange> underway = new HashSet<>();
    private final ExecutorService handlers =
            Executors.newCachedThreadPool(new DefaultThreadFactory("http-request", true));
    private final EventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("http-io", true), NioIoHandler.newFactory());
    private final Channel listener;

    private HttpServer(
            HttpOptions options, Routes routes, Supplier<Phase> phase, Metrics metrics, RequestLog log)
            throws IOException {
        this.options = options;
        this.gate = new Gate(routes, options, phase);
        this.phase = phase;
        this.metrics = metrics;
        this.log = log;
        this.bodyBudget = new AtomicLong(options.limits().bodies());
        metrics.gauge("peregrine_http_connections", "Open connections.", connectionCount::get);
        metrics.gauge("peregrine_http_requests_in_flight", "Requests that are being answered.", this::inFlight);
        try {
            listener = listen();
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /// Starts to listen.
    ///
    /// @param phase asked for each request
    /// @throws IOException saying what is wrong with the address, if it cannot be listened on
    public static HttpServer start(
            HttpOptions options, Routes routes, Supplier<Phase> phase, Metrics metrics, RequestLog log)
            throws IOException {
        return new HttpServer(options, routes, phase, metrics, log);
    }

    private Channel listen() throws IOException {
        InetAddress address;
        try {
            address = InetAddress.getByName(options.host());
        } catch (UnknownHostException e) {
            throw new IOException(options.host() + ": there is no such host; say an address of this machine", e);
        }
        var bound = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.ALLOCATOR, new UnpooledByteBufAllocator(false, true))
                .childOption(ChannelOption.SO_SNDBUF, SEND_BUFFER)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(LOW_WATER, HIGH_WATER))
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        connect(channel);
                    }
                })
                .bind(new InetSocketAddress(address, options.port()))
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(
                    options.host() + ":" + options.port() + ": " + bound.cause().getMessage()
                            + "; take another port with --port, or an address of this machine with --host",
                    bound.cause());
        }
        return bound.channel();
    }

    private void connect(SocketChannel channel) {
        int count = connectionCount.incrementAndGet();
        int limit = options.limits().connections();
        if (count > limit + SURPLUS) {
            connectionCount.decrementAndGet();
            channel.close();
            return;
        }
        channel.closeFuture().addListener(_ -> connectionCount.decrementAndGet());
        Connection connection = new Connection(this, channel, count > limit);
        connections.add(connection);
        channel.pipeline()
                .addLast(new HttpResponseEncoder())
                .addLast(new RequestDecoder(options.limits(), connection::onBytes))
                .addLast(connection);
    }

    /// Where it listens; with the port that was chosen, if any was good.
    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /// Waits until the requests that are being answered are done. New ones are to be refused by then: the phase is
    /// [Phase#STOPPING].
    ///
    /// @param patience after which those that are left are given up
    /// @return whether all were done by then
    public boolean drain(Duration patience) throws InterruptedException {
        connections.forEach(Connection::closeIfIdle);
        boolean done = awaitIdle(patience.toMillis());
        if (!done) {
            Set<ChannelExchange> left;
            synchronized (underway) {
                left = Set.copyOf(underway);
            }
            left.forEach(ChannelExchange::giveUp);
            awaitIdle(LAST_WORDS_MILLIS);
        }
        return done;
    }

    private boolean awaitIdle(long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        synchronized (underway) {
            while (!underway.isEmpty()) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    return false;
                }
                underway.wait(left);
            }
            return true;
        }
    }

    /// Closes all connections, whatever they are doing. Closing twice does nothing.
    @Override
    public void close() {
        loops.shutdownGracefully(0, LAST_WORDS_MILLIS, TimeUnit.MILLISECONDS).awaitUninterruptibly(LAST_WORDS_MILLIS);
        handlers.shutdownNow();
    }

    // ---- for its connections -------------------------------------------------------------------------------------

    HttpOptions options() {
        return options;
    }

    Gate gate() {
        return gate;
    }

    Phase phase() {
        return phase.get();
    }

    Metrics metrics() {
        return metrics;
    }

    RequestLog log() {
        return log;
    }

    BodyBuffer newBody() {
        return new BodyBuffer(bodyBudget, options.limits().body());
    }

    /// Runs a handler in a thread of its own, and then what ends it in that of its connection.
    void execute(Runnable work, EventLoop loop, Runnable end) {
        handlers.execute(() -> {
            try {
                work.run();
            } finally {
                if (!loop.isShuttingDown()) {
                    loop.execute(end);
                }
            }
        });
    }

    void begun(ChannelExchange exchange) {
        synchronized (underway) {
            underway.add(exchange);
        }
    }

    /// @param complete whether all of the answer was sent
    void ended(
            ChannelExchange exchange, HttpRequest head, Gate.Pass pass, long start, boolean complete, Channel channel) {
        long nanos = System.nanoTime() - start;
        String route = pass.route() == null ? "other" : pass.route().path();
        metrics.request(route, exchange.status(), nanos, exchange.usage());
        log.request(new RequestLog.Entry(
                exchange.request().id(),
                address(channel),
                head.method().name(),
                pass.route() == null ? head.uri() : exchange.request().path(),
                exchange.status(),
                complete,
                exchange.bytes(),
                nanos,
                exchange.usage()));
        synchronized (underway) {
            underway.remove(exchange);
            underway.notifyAll();
        }
    }

    private static String address(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress remote
                ? remote.getAddress().getHostAddress()
                : "-";
    }

    void closed(Connection connection) {
        connections.remove(connection);
    }

    private int inFlight() {
        synchronized (underway) {
            return underway.size();
        }
    }
}
