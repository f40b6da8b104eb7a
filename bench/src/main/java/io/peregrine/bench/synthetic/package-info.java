/// Writes models with random weights, of the shape and size of real ones, so that speed can be measured
/// anywhere without downloading weights. [Main][io.peregrine.bench.synthetic.Main] is the command.
package io.peregrine.bench.synthetic;
