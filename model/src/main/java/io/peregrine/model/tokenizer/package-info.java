/// Text to tokens and back, by the vocabulary of a GGUF file; start at
/// [io.peregrine.model.tokenizer.Tokenizer].
package io.peregrine.model.tokenizer;
