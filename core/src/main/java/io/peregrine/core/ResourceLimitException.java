package io.peregrine.core;

/// Something that is larger than a limit set on purpose, found before the memory or time was spent.
///
/// The message reads `WHAT: ASKED exceeds the limit of LIMIT; RAISE`.
public final class ResourceLimitException extends PeregrineException {

    private static final long serialVersionUID = 1L;

    /// @param what the thing that is limited, and where
    /// @param asked the amount asked for, with its unit
    /// @param limit the limit, with its unit
    /// @param raise how to raise the limit, or what to do instead
    public ResourceLimitException(String what, String asked, String limit, String raise) {
        super(what + ": " + asked + " exceeds the limit of " + limit + "; " + raise);
    }
}
