/// One file per architecture, made of shared blocks, and the registries that find them by name.
package io.peregrine.model.arch;
