/// The parts that models are made of: weights bound by name, layers, activations, the batch that goes
/// through.
package io.peregrine.model.block;
