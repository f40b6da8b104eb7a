/// GGUF files: read with every length checked, and written.
package io.peregrine.core.gguf;
