package io.peregrine.model.block;

/// Learned vectors for the places on a square, of which views of any size take those at the same fraction of their
/// sides: line `i` of `n` takes line `floor(side * i / n)` of the square, and columns likewise.
///
/// The authors compute the fractions in f32, where a line that falls just onto the next one of the square can end on
/// either side, depending on the machine; here the quotient is exact.
///
/// Source: `huggingface/transformers : models/idefics2/modeling_idefics2.py` (`Idefics2VisionEmbeddings`).
///
/// @param table `[side * side, dim]`, line by line
/// @param side of the square
public record BucketPlaces(float[] table, int side) implements PatchPlaces {

    public BucketPlaces {
        if (side < 1 || table.length == 0 || table.length % (side * (long) side) != 0) {
            throw new IllegalArgumentException(table.length + " values for a square of " + side);
        }
    }

    @Override
    public float[] of(int lines, int columns) {
        int dim = table.length / (side * side);
        float[] places = new float[Math.multiplyExact(Math.multiplyExact(lines, columns), dim)];
        for (int line = 0, at = 0; line < lines; line++) {
            for (int column = 0; column < columns; column++, at += dim) {
                int place = bucket(line, lines) * side + bucket(column, columns);
                System.arraycopy(table, place * dim, places, at, dim);
            }
        }
        return places;
    }

    private int bucket(int index, int count) {
        return (int) ((long) side * index / count);
    }
}
