/// From logits to the next token.
package io.peregrine.model.sampling;
