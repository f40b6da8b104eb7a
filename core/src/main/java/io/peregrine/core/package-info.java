/// The errors that every module shares.
package io.peregrine.core;
