/// The files that models are published in: safetensors, PyTorch's zip archives, JSON. All of them are hostile until
/// read: every size is compared with what is there before it is used.
package io.peregrine.cli.checkpoint;
