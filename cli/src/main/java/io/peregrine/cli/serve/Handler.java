package io.peregrine.cli.serve;

/// Answers the requests of one route. Called from a thread of its own for each request, which it may hold up; it is
/// to answer before it returns. What it throws becomes the answer: see [Errors].
@FunctionalInterface
public interface Handler {

    void handle(Exchange exchange) throws Exception;
}
