package io.peregrine.cli.serve;

/// What a request took, in tokens.
///
/// @param prompt tokens of the prompt, those of pictures included
/// @param image tokens of pictures among them
/// @param reused tokens of the prompt that were still held, and not computed again
/// @param completion tokens of the answer
public record TokenUsage(int prompt, int image, int reused, int completion) {}
