/// Vocabularies in the forms in which models are published: sentencepiece, tokenizer.json, tiktoken, CLIP.
package io.peregrine.cli.vocabulary;
