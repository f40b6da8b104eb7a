/// The memory of a model: files mapped or copied, one owner that frees them, leases that keep them.
package io.peregrine.core.memory;
