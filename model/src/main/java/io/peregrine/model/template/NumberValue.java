package io.peregrine.model.template;

import org.jspecify.annotations.Nullable;

/// An integer, a float or a boolean: the three compare with one another by value, as in Python.
sealed interface NumberValue extends Value {

    /// The value as a float.
    double real();

    /// Whether two numbers have the same value.
    private static boolean same(NumberValue a, @Nullable Object b) {
        if (!(b instanceof NumberValue other)) {
            return false;
        }
        if (a instanceof Float || other instanceof Float) {
            return a.real() == other.real();
        }
        return a.whole() == other.whole();
    }

    private static int hash(NumberValue a) {
        double real = a.real();
        return Double.hashCode(real == 0 ? 0.0 : real);
    }

    /// The value as an integer; only for [Int] and [Bool].
    default long whole() {
        throw new IllegalStateException("a float has no whole value");
    }

    /// A 64-bit integer; results beyond that are an error, not a wrap.
    record Int(long value) implements NumberValue {

        static final Int ZERO = new Int(0);

        @Override
        public double real() {
            return value;
        }

        @Override
        public long whole() {
            return value;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return same(this, other);
        }

        @Override
        public int hashCode() {
            return hash(this);
        }
    }

    /// A 64-bit float.
    record Float(double value) implements NumberValue {

        @Override
        public double real() {
            return value;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return same(this, other);
        }

        @Override
        public int hashCode() {
            return hash(this);
        }
    }

    /// `true` or `false`.
    record Bool(boolean value) implements NumberValue {

        static final Bool TRUE = new Bool(true);
        static final Bool FALSE = new Bool(false);

        static Bool of(boolean value) {
            return value ? TRUE : FALSE;
        }

        @Override
        public double real() {
            return whole();
        }

        @Override
        public long whole() {
            return value ? 1 : 0;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return same(this, other);
        }

        @Override
        public int hashCode() {
            return hash(this);
        }
    }
}
