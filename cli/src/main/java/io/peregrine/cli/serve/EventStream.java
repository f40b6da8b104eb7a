package io.peregrine.cli.serve;

/// An answer that comes in pieces (server-sent events). One thread writes. While nothing is written, the server sends
/// a comment now and then, which clients overlook.
public interface EventStream extends AutoCloseable {

    /// Sends an event `data: ...`. Waits while the client does not read what was sent before; one that reads nothing
    /// for too long is disconnected.
    ///
    /// @param data each of its lines gets a `data:` of its own
    /// @return false if the client is gone: then nothing was sent, and nothing will be
    boolean send(String data);

    /// Ends the answer. Closing twice does nothing; the end of the handler closes, too.
    @Override
    void close();
}
