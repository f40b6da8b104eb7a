package io.peregrine.cli.serve.picture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.cli.serve.ApiException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Pictures of the web: which may be asked for, proved with a trap on this machine that must stay empty, and what comes
/// back.
class WebPicturesTest {

    private static final int MOST = 1000;

    private ServerSocket trap;
    private Thread serving;
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<String> resolved = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final CountDownLatch gone = new CountDownLatch(1);
    private volatile String answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    /// Answers before anything is asked.
    private volatile boolean hasty;

    @BeforeEach
    void listen() throws IOException {
        trap = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        serving = Thread.ofPlatform().daemon().start(this::serve);
    }

    @AfterEach
    void stop() throws Exception {
        trap.close();
        serving.join();
    }

    private void serve() {
        while (!trap.isClosed()) {
            try (Socket socket = trap.accept()) {
                connections.incrementAndGet();
                BufferedReader in = new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
                List<String> lines = new ArrayList<>();
                for (String line = hasty ? "" : in.readLine();
                        line != null && !line.isEmpty();
                        line = in.readLine()) {
                    lines.add(line);
                }
                asked.add(String.join("|", lines));
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
                if (answer.contains("X-Wait")) {
                    in.readLine();
                    gone.countDown();
                }
            } catch (IOException e) {
                // The client went away, or the test is over.
            }
        }
    }

    private WebPictures pictures(boolean loopbackAllowed, Duration time, String... hosts) {
        try {
            return new WebPictures(
                    List.of(hosts),
                    MOST,
                    time,
                    new WebPictures.Surroundings(
                            this::resolve,
                            address -> loopbackAllowed || PublicAddress.is(address),
                            SSLContext.getDefault()));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private InetAddress[] resolve(String host) throws UnknownHostException {
        resolved.add(host);
        InetAddress here = InetAddress.getLoopbackAddress();
        InetAddress outside = InetAddress.getByName("93.184.215.14");
        return switch (host) {
            case "absent.test" -> throw new UnknownHostException(host);
            case "mixed.test" -> new InetAddress[] {outside, here};
            default -> new InetAddress[] {here};
        };
    }

    private static void assertRefused(String message, WebPictures pictures, String url) {
        ApiException e =
                assertThrows(ApiException.class, () -> pictures.fetch(new PictureUrl("picture", url)), url);
        assertEquals("picture: " + message, e.getMessage(), url);
        assertEquals(400, e.status());
        assertEquals("picture", e.param());
    }

    private String url(String rest) {
        return "http://images.test:" + trap.getLocalPort() + rest;
    }

    @Test
    @DisplayName("57 url-ssrf")
    void remoteImages_areDisabled() throws Exception {
        try (WebPictures pictures = pictures(true, Duration.ofSeconds(5))) {
            for (String url : List.of(url("/a.png"), "https://images.test/", "http://127.0.0.1/", "http://\\\\x", "http:")) {
                assertRefused(
                        "remote images are disabled; send the picture as a data: URI, or start the server with"
                                + " --image-host",
                        pictures,
                        url);
            }
        }
        assertEquals(List.of(), resolved);
        assertEquals(0, connections.get());
    }

    /// Addresses in other clothes, and URLs that two parsers may understand differently; `PORT` is where the trap is.
    static Stream<String> clothed() {
        return Stream.of(
                "http://2130706433:PORT/",
                "http://0x7f000001:PORT/",
                "http://0x7f.1:PORT/",
                "http://0177.0.0.1:PORT/",
                "http://127.1:PORT/",
                "http://127.0.0.1:PORT/",
                "http://169.254.169.254/latest/meta-data/",
                "http://0:PORT/",
                "http://[::1]:PORT/",
                "http://[::ffff:127.0.0.1]:PORT/",
                "http://[::ffff:7f00:1]:PORT/",
                "http://[fe80::1%25eth0]:PORT/",
                "http://images.test\\@127.0.0.1:PORT/",
                "http://127.0.0.1:PORT\\@images.test/",
                "http://images.test@127.0.0.1:PORT/",
                "http://user:password@images.test:PORT/",
                "http://images.test:PORT:80/",
                "http://images.test:65536/",
                "http://images.test:0/",
                "http://images.test:+80/",
                "http://images.test.:PORT/",
                "http://.images.test:PORT/",
                "http://images..test:PORT/",
                "http://im\u00e4ges.test:PORT/",
                "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460:PORT/",
                "http://127\u30020\u30020\u30021:PORT/",
                "http://images.test%2e:PORT/",
                "http://%31%32%37.0.0.1:PORT/",
                "http:images.test:PORT/",
                "http:/images.test:PORT/",
                "http:///images.test:PORT/",
                "http:\\\\images.test:PORT/",
                "http://images.test:PORT/a b",
                "http://images.test:PORT/\r\nHost: x",
                "http://images.test:PORT/a#b",
                "http://images.test:PORT/a\\b",
                "http://",
                "http://-images.test:PORT/",
                "http://" + "a".repeat(64) + ".test:PORT/",
                "http://images.test:PORT/" + "a".repeat(5000));
    }

    @ParameterizedTest
    @DisplayName("57 url-ssrf")
    @MethodSource("clothed")
    void addressInOtherClothes_isRefusedUnasked(String url) throws Exception {
        try (WebPictures pictures = pictures(true, Duration.ofSeconds(5), "*", "*:" + trap.getLocalPort())) {
            ApiException e = assertThrows(
                    ApiException.class,
                    () -> pictures.fetch(new PictureUrl(
                            "picture", url.replace("PORT", Integer.toString(trap.getLocalPort())))));
            assertTrue(e.getMessage().startsWith("picture: address not allowed: "), e.getMessage());
            assertEquals(400, e.status());
        }
        assertEquals(List.of(), resolved);
        assertEquals(0, connections.get());
    }

    @Test
    @DisplayName("57 url-ssrf")
    void nameOfAPrivateAddress_isNotConnectedTo() throws Exception {
        String port = ":" + trap.getLocalPort();
        try (WebPictures pictures = pictures(false, Duration.ofSeconds(5), "*" + port)) {
            for (String host : List.of("localhost", "rebound.test", "mixed.test")) {
                assertRefused(
                        "address not allowed: the host has an address that is not public",
                        pictures,
                        "http://" + host + port + "/");
            }
            assertRefused("it could not be fetched: the host has no address", pictures, "http://absent.test" + port);
        }
        assertEquals(List.of("localhost", "rebound.test", "mixed.test", "absent.test"), resolved);
        assertEquals(0, connections.get());
    }

    @Test
    @DisplayName("57 url-ssrf")
    void hostThatIsNotListed_isNotAskedFor() throws Exception {
        String message = "address not allowed: the server fetches no pictures from this host and port";
        String port = ":" + trap.getLocalPort();
        try (WebPictures pictures = pictures(true, Duration.ofSeconds(5), "images.test", "*.cdn.test" + port)) {
            for (String url : List.of(
                    "http://other.test/",
                    "http://images.test.other.test/",
                    "http://ximages.test/",
                    "http://images.test" + port + "/",
                    "https://images.test:80/",
                    "http://cdn.test" + port + "/",
                    "http://xcdn.test" + port + "/",
                    "http://a.cdn.test/")) {
                assertRefused(message, pictures, url);
            }
            assertEquals(List.of(), resolved);
            assertEquals("ok", text(pictures, "http://a.b.cdn.test" + port + "/x"));
            assertEquals("ok", text(pictures, "HTTP://A.CDN.TEST" + port));
        }
    }

    @Test
    void hostsThatAreNone_areNotTaken() {
        PictureOptions usual = PictureOptions.defaults();
        List<String> hosts = List.of("a", "A-b.test", "*.test", "*", "*:81", "a.test:8443", "3m.4a");
        assertEquals(hosts, usual.withHosts(hosts).hosts());
        for (String bad : List.of("", "http://a", "a/b", "a*", "*a", "*.", "a.", ".a", "a:", "a:b", "[::1]", "a b", "a..b", "1.1")) {
            IllegalArgumentException e =
                    assertThrows(IllegalArgumentException.class, () -> usual.withHosts(List.of(bad)), bad);
            assertEquals(
                    "image-host: found " + bad + ", expected NAME, *.NAME or *, alone or with :PORT", e.getMessage());
        }
    }

    private static String text(WebPictures pictures, String url) throws InterruptedException {
        return new String(pictures.fetch(new PictureUrl("picture", url)), StandardCharsets.ISO_8859_1);
    }

    @Test
    void picture_isAskedForOnceAndPlainly() throws Exception {
        try (WebPictures pictures = pictures(true, Duration.ofSeconds(5), "images.test:" + trap.getLocalPort())) {
            assertArrayEquals(
                    "ok".getBytes(StandardCharsets.US_ASCII),
                    pictures.fetch(new PictureUrl("picture", url("/a/b.png?c=d%20e"))));
        }
        assertEquals(
                List.of("GET /a/b.png?c=d%20e HTTP/1.1|host: images.test:" + trap.getLocalPort()
                        + "|user-agent: peregrine|accept: image/png, image/jpeg, image/gif, image/bmp"
                        + "|accept-encoding: identity|connection: close"),
                asked);
        assertEquals(List.of("images.test"), resolved);
        assertEquals(1, connections.get());
    }

    @Test
    @DisplayName("57 url-ssrf")
    void redirect_isNotFollowed() throws Exception {
        answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" + trap.getLocalPort()
                + "/secret\r\nContent-Length: 0\r\n\r\n";
        try (WebPictures pictures = pictures(true, Duration.ofSeconds(5), "*:" + trap.getLocalPort())) {
            assertRefused(
                    "it could not be fetched: the host answered with status 302, expected 200 (redirects are not"
                            + " followed)",
                    pictures,
                    url("/"));
        }
        assertEquals(1, connections.get());
    }

    @Test
    void answer_thatIsNotWhole_isRefused() throws Exception {
        String could = "it could not be fetched: ";
        try (WebPictures pictures = pictures(true, Duration.ofSeconds(5), "*:" + trap.getLocalPort())) {
            answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
            assertEquals("abc", text(pictures, url("/")));
            answer = "HTTP/1.1 200 OK\r\n\r\nuntil the end";
            assertEquals("until the end", text(pictures, url("/")));
            answer = "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n";
            assertRefused(could + "it has more than 1000 bytes", pictures, url("/"));
            answer = "HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(1001);
            assertRefused(could + "it has more than 1000 bytes", pictures, url("/"));
            answer = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort";
            assertRefused(could + "the connection ended early", pictures, url("/"));
            answer = "";
            assertRefused(could + "the connection ended early", pictures, url("/"));
            answer = "SSH-2.0-OpenSSH\r\n\r\n";
            assertRefused(could + "the answer is not HTTP", pictures, url("/"));
            answer = "HTTP/1.1 200 OK\r\nX: " + "x".repeat(20_000) + "\r\n\r\n";
            assertRefused(could + "the answer is not HTTP", pictures, url("/"));
            answer = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok";
            assertRefused(could + "the host sent it compressed, which was not asked for", pictures, url("/"));
            answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
            assertRefused(
                    could + "the host answered with status 404, expected 200 (redirects are not followed)",
                    pictures,
                    url("/"));
            hasty = true;
            assertRefused(
                    could + "no TLS connection that proves the host's name",
                    pictures,
                    url("/").replace("http:", "https:"));
        }
    }

    @Test
    void httpsHost_mustProveItsName(@TempDir Path folder) throws Exception {
        Path keys = folder.resolve("keys.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                        "-genkeypair", "-keyalg", "EC", "-alias", "a", "-dname", "CN=good.test",
                        "-ext", "san=dns:good.test", "-storepass", "password", "-keystore", keys.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, keytool.waitFor(), said);
        KeyStore store = KeyStore.getInstance(keys.toFile(), "password".toCharArray());
        KeyManagerFactory keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(store, "password".toCharArray());
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        trusted.setCertificateEntry("a", store.getCertificate("a"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(keyManagers.getKeyManagers(), trust.getTrustManagers(), null);
        trap.close();
        serving.join();
        trap = tls.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        serving = Thread.ofPlatform().daemon().start(this::serve);
        String port = ":" + trap.getLocalPort();
        try (WebPictures pictures = new WebPictures(
                List.of("*" + port),
                MOST,
                Duration.ofSeconds(10),
                new WebPictures.Surroundings(this::resolve, _ -> true, tls))) {
            assertEquals("ok", text(pictures, "https://good.test" + port + "/"));
            assertRefused(
                    "it could not be fetched: no TLS connection that proves the host's name",
                    pictures,
                    "https://evil.test" + port + "/");
        }
        assertEquals(1, asked.size());
    }

    @Test
    void hostThatIsSlow_isGivenUp() throws Exception {
        answer = "HTTP/1.1 200 OK\r\nX-Wait: 1\r\nContent-Length: 10\r\n\r\nshort";
        try (WebPictures pictures = pictures(true, Duration.ofMillis(300), "*:" + trap.getLocalPort())) {
            assertRefused("it could not be fetched: nothing whole came within 300 ms", pictures, url("/"));
            assertTrue(gone.await(5, TimeUnit.SECONDS));
        }
    }

    @Test
    void interrupt_closesTheConnection() throws Exception {
        answer = "HTTP/1.1 200 OK\r\nX-Wait: 1\r\nContent-Length: 10\r\n\r\nshort";
        try (WebPictures pictures = pictures(true, Duration.ofSeconds(30), "*:" + trap.getLocalPort())) {
            Thread fetching = Thread.ofPlatform()
                    .start(() -> assertThrows(
                            InterruptedException.class, () -> pictures.fetch(new PictureUrl("picture", url("/")))));
            while (asked.isEmpty()) {
                Thread.sleep(5);
            }
            fetching.interrupt();
            assertTrue(gone.await(5, TimeUnit.SECONDS));
            fetching.join();
        }
    }

    @Test
    @DisplayName("57 url-ssrf")
    void publicAddresses_areToldFromAllOthers() throws Exception {
        for (String address : List.of("8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00::1")) {
            assertTrue(PublicAddress.is(InetAddress.getByName(address)), address);
        }
        for (String address : List.of(
                "0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.9.9.9", "169.254.169.254",
                "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
                "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::",
                "::1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "100::1", "fc00::1",
                "fd12::1", "fe80::1", "fec0::1", "ff02::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "3fff::1")) {
            assertFalse(PublicAddress.is(InetAddress.getByName(address)), address);
        }
    }
}
