package io.peregrine.model.template;

/// What one render may still spend: steps, depth, and memory. Used by one thread.
///
/// A step is one node of the syntax tree, or 16 characters that a function looks at; a value that is written, as text
/// or as JSON, takes four, the call of a macro eight more: all steps together take less than a second. Memory counts
/// every character that the render copies, into its output or into a value, one byte each or two in a text with
/// characters beyond Latin-1; a list element counts as 48 bytes and an entry of a mapping as 128. What is no
/// longer used is not counted back. Views of existing text (slices, `trim`, `split`) cost only their step.
public final class Budget {

    private static final int ELEMENT_BYTES = 48;
    private static final int ENTRY_BYTES = 128;
    private static final int CHARS_PER_STEP_SHIFT = 4;
    private static final int STEPS_OF_WRITING = 4;

    private final long maxSteps;
    private final int maxDepth;
    private final long maxBytes;
    private long steps;
    private long bytes;
    private int depth;
    private boolean exhausted;

    /// @param maxSteps steps that the render may take
    /// @param maxDepth nodes that may be nested in one another, macro calls and nested values included
    /// @param maxBytes bytes of text and values that the render may make
    public Budget(long maxSteps, int maxDepth, long maxBytes) {
        this.maxSteps = maxSteps;
        this.maxDepth = maxDepth;
        this.maxBytes = maxBytes;
    }

    /// Whether a limit was what ended the render.
    public boolean exhausted() {
        return exhausted;
    }

    /// One step.
    void step() {
        steps(1);
    }

    /// `count` steps.
    void steps(long count) {
        steps += count;
        if (steps > maxSteps) {
            exhausted = true;
            throw new Failure("the template took more than " + maxSteps
                    + " steps; it may never end (raise TemplateLimits.steps if it is right)");
        }
    }

    /// The steps of looking at `chars` characters.
    void work(long chars) {
        steps(1 + (chars >>> CHARS_PER_STEP_SHIFT));
    }

    /// `count` bytes are about to be used.
    void bytes(long count) {
        bytes += count;
        if (bytes > maxBytes) {
            exhausted = true;
            throw new Failure("the template made more than " + maxBytes
                    + " bytes of text and values (raise TemplateLimits.bytes if that is right)");
        }
    }

    /// `count` list elements are about to be made.
    void elements(long count) {
        bytes(Math.min(count, maxBytes + 1) * ELEMENT_BYTES);
        work(count);
    }

    /// `count` entries of a mapping are about to be made.
    void entries(long count) {
        bytes(Math.min(count, maxBytes + 1) * ENTRY_BYTES);
        work(count);
    }

    /// Goes one level deeper to write a value; [#leave] comes back.
    void enterToWrite() {
        enter();
        steps(STEPS_OF_WRITING - 1);
    }

    /// Goes one level deeper; [#leave] comes back.
    void enter() {
        if (depth >= maxDepth) {
            exhausted = true;
            throw new Failure("the template is nested deeper than " + maxDepth
                    + " levels (raise TemplateLimits.depth if that is right)");
        }
        depth++;
        step();
    }

    void leave() {
        depth--;
    }
}
