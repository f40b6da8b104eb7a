package io.peregrine.model;

import io.peregrine.core.ModelFormatException;

/// A picture or a text as a direction: a vector of length 1. What is alike points the same way. Immutable.
public final class Embedding {

    private final float[] values;

    private Embedding(float[] values) {
        this.values = values;
    }

    /// Scales a vector to length 1.
    ///
    /// @param file the model's name for messages
    /// @param what the vector stands for, for messages
    /// @throws ModelFormatException if it has no direction
    static Embedding of(String file, String what, float[] vector, int offset, int dim) {
        double squares = 0;
        for (int i = 0; i < dim; i++) {
            double value = vector[offset + i];
            squares += value * value;
        }
        if (!(squares > 0) || Double.isInfinite(squares)) {
            throw new ModelFormatException(
                    file,
                    "the embedding of " + what,
                    squares == 0 ? "nothing but zeros" : "numbers that are not finite",
                    "finite numbers, not all of them 0",
                    "the weights are damaged, or the model needs a wider type than they are stored in");
        }
        double scale = 1 / Math.sqrt(squares);
        float[] values = new float[dim];
        for (int i = 0; i < dim; i++) {
            values[i] = (float) (vector[offset + i] * scale);
        }
        return new Embedding(values);
    }

    /// Number of elements.
    public int dim() {
        return values.length;
    }

    /// A copy of the elements.
    public float[] toArray() {
        return values.clone();
    }

    /// How alike two embeddings of one model are: the cosine of the angle between them, -1 to 1.
    ///
    /// @throws IllegalArgumentException if they have different numbers of elements
    public double similarity(Embedding other) {
        if (other.values.length != values.length) {
            throw new IllegalArgumentException("embeddings of " + values.length + " and " + other.values.length
                    + " elements: they are of different models");
        }
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += (double) values[i] * other.values[i];
        }
        return sum;
    }

    @Override
    public String toString() {
        return "Embedding[" + values.length + "]";
    }
}
