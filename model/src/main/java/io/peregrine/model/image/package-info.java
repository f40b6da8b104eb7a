/// Pictures: reading files that nobody has checked, geometry, resizing, and the normalised views that vision
/// towers take. The only package that uses `java.desktop` (for its decoders; no window system is touched).
///
/// [io.peregrine.model.image.Image] is the start; `docs/design/0006-images.md` says what is decided and why.
package io.peregrine.model.image;
