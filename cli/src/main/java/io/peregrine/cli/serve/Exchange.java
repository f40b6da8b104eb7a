package io.peregrine.cli.serve;

/// A request and the way to answer it: either with one [#respond] or with one [#stream], from the thread of the
/// handler.
public interface Exchange {

    Request request();

    /// Answers with a whole response. Returns at once; what a client does not read is bounded by the response.
    ///
    /// @throws IllegalStateException if it was answered before
    void respond(Response response);

    /// Begins to answer with status 200 and a stream of events. An exception of the handler after that becomes an
    /// event with the error as its data, and ends the stream.
    ///
    /// @throws IllegalStateException if it was answered before
    EventStream stream();

    /// Whether the client has gone away, or the server has given the request up.
    boolean gone();

    /// Has something done as soon as the client goes away, even while nothing is written: from a thread that must not
    /// be held up, once, or at once if it is gone already. Once the handler has returned nothing is called any more.
    void onGone(Runnable action);

    /// Notes what the answer took, for the log and `/metrics`. Called at most once.
    void usage(TokenUsage usage);
}
