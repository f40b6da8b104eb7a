/// Types, shapes and tensors: what a weight is, without any arithmetic.
package io.peregrine.core.tensor;
