/// Quantising GGUF files: which type each tensor gets, and encoding while the file is written.
package io.peregrine.model.quantize;
