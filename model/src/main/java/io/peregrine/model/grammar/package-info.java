/// Answers that follow a grammar: GBNF text to a machine over the tokens of a vocabulary.
package io.peregrine.model.grammar;
