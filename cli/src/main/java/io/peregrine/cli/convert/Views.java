package io.peregrine.cli.convert;

import io.peregrine.cli.checkpoint.Values;
import io.peregrine.core.tensor.Shape;
import java.util.List;
import java.util.function.LongUnaryOperator;

/// Tensors made of others without being in memory: rows in another order, parts, and several one after the other.
/// A row here is everything under one index of the first axis.
final class Views {

    private Views() {}

    /// The same elements under another shape.
    static Values reshaped(Values values, Shape shape) {
        if (shape.elements() != values.shape().elements()) {
            throw new IllegalArgumentException(values.shape() + " cannot be seen as " + shape);
        }
        return new View(shape) {
            @Override
            public void read(long first, int count, float[] out, int at) {
                values.read(first, count, out, at);
            }
        };
    }

    /// Rows `from` to `from + count - 1`.
    static Values slice(Values values, long from, long count) {
        long skipped = Math.multiplyExact(from, width(values));
        return new View(withRows(values, count)) {
            @Override
            public void read(long first, int number, float[] out, int at) {
                values.read(skipped + first, number, out, at);
            }
        };
    }

    /// Rows in another order.
    ///
    /// @param count how many rows there are then
    /// @param source the row that becomes row `r`
    static Values rows(Values values, long count, LongUnaryOperator source) {
        long width = width(values);
        return new View(withRows(values, count)) {
            @Override
            public void read(long first, int number, float[] out, int at) {
                for (int done = 0; done < number; ) {
                    long column = (first + done) % width;
                    int run = (int) Math.min(width - column, number - done);
                    long row = source.applyAsLong((first + done) / width);
                    values.read(row * width + column, run, out, at + done);
                    done += run;
                }
            }
        };
    }

    /// Several tensors one after the other along the first axis.
    static Values stacked(Values... parts) {
        long rows = 0;
        for (Values part : parts) {
            if (width(part) != width(parts[0])) {
                throw new IllegalArgumentException(part.shape() + " after " + parts[0].shape());
            }
            rows = Math.addExact(rows, part.shape().dim(0));
        }
        List<Values> all = List.of(parts);
        return new View(withRows(parts[0], rows)) {
            @Override
            public void read(long first, int count, float[] out, int at) {
                long begin = 0;
                for (Values part : all) {
                    long end = begin + part.shape().elements();
                    long from = Math.max(begin, first);
                    long to = Math.min(end, first + count);
                    if (from < to) {
                        part.read(from - begin, (int) (to - from), out, at + (int) (from - first));
                    }
                    begin = end;
                }
            }
        };
    }

    /// Elements that are in memory.
    static Values held(Shape shape, float... values) {
        if (shape.elements() != values.length) {
            throw new IllegalArgumentException(values.length + " elements for " + shape);
        }
        return new View(shape) {
            @Override
            public void read(long first, int count, float[] out, int at) {
                System.arraycopy(values, (int) first, out, at, count);
            }
        };
    }

    /// All elements, for tensors that are known to be small.
    static float[] all(Values values) {
        float[] all = new float[Math.toIntExact(values.shape().elements())];
        values.read(0, all.length, all, 0);
        return all;
    }

    /// One of the three parts of a fused projection whose rows go `[head][part][element]`.
    static Values ofHeads(Values fused, int heads, int part) {
        long rows = fused.shape().dim(0) / 3;
        long size = rows / heads;
        return rows(fused, rows, row -> (row / size * 3 + part) * size + row % size);
    }

    /// One of the three parts of a fused projection that follow each other.
    static Values third(Values fused, int part) {
        long rows = fused.shape().dim(0) / 3;
        return slice(fused, part * rows, rows);
    }

    /// Rows of a query or key projection brought from halves to neighbours: in each head, the elements `i` and
    /// `i + size / 2` that turn together become `2 * i` and `2 * i + 1`.
    static Values neighbours(Values projection, int heads) {
        long rows = projection.shape().dim(0);
        long size = rows / heads;
        return rows(projection, rows, row -> {
            long element = row % size;
            return row - element + element % 2 * (size / 2) + element / 2;
        });
    }

    private static long width(Values values) {
        long rows = values.shape().dim(0);
        return rows == 0 ? 0 : values.shape().elements() / rows;
    }

    private static Shape withRows(Values values, long rows) {
        long[] dims = values.shape().toArray();
        dims[0] = rows;
        return Shape.of(dims);
    }

    private abstract static class View implements Values {

        private final Shape shape;

        View(Shape shape) {
            this.shape = shape;
        }

        @Override
        public Shape shape() {
            return shape;
        }
    }
}
