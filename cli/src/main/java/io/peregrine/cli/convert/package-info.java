/// From published checkpoints to GGUF files: for each system its names, shapes and layouts, and what is done to them.
package io.peregrine.cli.convert;
