/// Loading a model, and talking to it.
package io.peregrine.model;
