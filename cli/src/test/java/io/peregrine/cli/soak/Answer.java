package io.peregrine.cli.soak;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// An answer of the server, over a connection of its own that can be cut anywhere.
///
/// @param status of HTTP
/// @param headers in small letters
/// @param body without the frames of its chunks
record Answer(int status, String headers, String body) {

    private static final int TIMEOUT_MILLIS = 120_000;

    /// Sends a request and reads the whole answer.
    static Answer of(int port, String method, String path, String body) throws IOException {
        try (Socket socket = sent(port, method, path, body)) {
            return read(socket.getInputStream());
        }
    }

    /// Sends a request; the caller reads, or closes.
    static Socket sent(int port, String method, String path, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        String head = method + " " + path + " HTTP/1.1\r\nHost: localhost:" + port + "\r\nConnection: close\r\n"
                + (body.isEmpty()
                        ? "\r\n"
                        : "Content-Type: application/json\r\nContent-Length: " + bytes.length + "\r\n\r\n");
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return socket;
    }

    private static Answer read(InputStream stream) throws IOException {
        InputStream in = new BufferedInputStream(stream);
        String statusLine = line(in);
        if (!statusLine.startsWith("HTTP/1.1 ")) {
            throw new IOException("found '" + statusLine + "', expected a status");
        }
        StringBuilder headers = new StringBuilder();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            headers.append(line.toLowerCase(Locale.ROOT)).append('\n');
        }
        boolean chunked = headers.indexOf("transfer-encoding: chunked") >= 0;
        byte[] body = chunked ? chunks(in).getBytes(StandardCharsets.ISO_8859_1) : in.readAllBytes();
        return new Answer(
                Integer.parseInt(statusLine.substring(9, 12)),
                headers.toString(),
                new String(body, StandardCharsets.UTF_8));
    }

    private static String chunks(InputStream in) throws IOException {
        StringBuilder body = new StringBuilder();
        while (true) {
            int length = Integer.parseInt(line(in), 16);
            body.append(new String(in.readNBytes(length), StandardCharsets.ISO_8859_1));
            line(in);
            if (length == 0) {
                return body.toString();
            }
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("the connection ended early, after '" + line + "'");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    /// The value of `Retry-After`, or 1.
    int retryAfterSeconds() {
        int at = headers.indexOf("retry-after: ");
        return at < 0 ? 1 : Integer.parseInt(headers.substring(at + 13, headers.indexOf('\n', at)));
    }
}
