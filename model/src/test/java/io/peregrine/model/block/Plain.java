package io.peregrine.model.block;

import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.Matrix;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;

/// Layers in plain loops over doubles, written from the formulas, for tests of blocks.
public final class Plain {

    private Plain() {}

    /// `[rows][width]` random numbers.
    static float[][] random(Random random, int rows, int width) {
        float[][] values = new float[rows][width];
        for (float[] row : values) {
            for (int i = 0; i < width; i++) {
                row[i] = (float) random.nextGaussian();
            }
        }
        return values;
    }

    /// A layer with random weights that keep rows as large as they come, and a bias.
    static Linear linear(Random random, int out, int in) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * out * in).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < out * in; i++) {
            bytes.putFloat((float) (random.nextGaussian() / Math.sqrt(in)));
        }
        Matrix weight = Matrix.of(
                new Tensor("w", TensorType.F32, Shape.of(out, in), MemorySegment.ofArray(bytes.array())));
        return new Linear(weight, random(random, 1, out)[0]);
    }

    static Rows rows(float[][] values) {
        Rows rows = new Rows().shape(values.length, values[0].length);
        for (int i = 0; i < values.length; i++) {
            System.arraycopy(values[i], 0, rows.data(), rows.offset(i), values[i].length);
        }
        return rows;
    }

    static double[][] doubles(float[][] values) {
        double[][] wide = new double[values.length][values[0].length];
        for (int i = 0; i < values.length; i++) {
            for (int j = 0; j < values[i].length; j++) {
                wide[i][j] = values[i][j];
            }
        }
        return wide;
    }

    static double[][] apply(Linear layer, double[][] x) {
        double[][] y = new double[x.length][layer.out()];
        float[] row = new float[layer.in()];
        float[] bias = layer.bias();
        for (int o = 0; o < layer.out(); o++) {
            layer.weight().row(o, row, 0);
            for (int r = 0; r < x.length; r++) {
                double sum = bias == null ? 0 : bias[o];
                for (int i = 0; i < row.length; i++) {
                    sum += row[i] * x[r][i];
                }
                y[r][o] = sum;
            }
        }
        return y;
    }

    static double[][] attention(double[][] q, double[][] k, double[][] v, int heads) {
        int width = q[0].length;
        int headDim = width / heads;
        double[][] y = new double[q.length][width];
        for (int r = 0; r < q.length; r++) {
            for (int h = 0; h < heads; h++) {
                int at = h * headDim;
                double[] weights = new double[k.length];
                double total = 0;
                for (int i = 0; i < k.length; i++) {
                    double score = 0;
                    for (int d = at; d < at + headDim; d++) {
                        score += q[r][d] * k[i][d];
                    }
                    weights[i] = Math.exp(score / Math.sqrt(headDim));
                    total += weights[i];
                }
                for (int i = 0; i < k.length; i++) {
                    for (int d = at; d < at + headDim; d++) {
                        y[r][d] += weights[i] / total * v[i][d];
                    }
                }
            }
        }
        return y;
    }

    static double[][] layerNorm(RowNorm norm, double[][] x) {
        RowNorm.Layer layer = (RowNorm.Layer) norm;
        float[] bias = Objects.requireNonNull(layer.bias());
        double[][] y = new double[x.length][x[0].length];
        for (int r = 0; r < x.length; r++) {
            int dim = x[r].length;
            double mean = Arrays.stream(x[r]).sum() / dim;
            double variance =
                    Arrays.stream(x[r]).map(value -> (value - mean) * (value - mean)).sum() / dim;
            for (int i = 0; i < dim; i++) {
                y[r][i] = (x[r][i] - mean) / Math.sqrt(variance + layer.eps()) * layer.weight()[i] + bias[i];
            }
        }
        return y;
    }

    /// `x * P(X <= x)` of a normal variable, the integral by Simpson's rule.
    public static double geluErf(double x) {
        int steps = 2000;
        double h = x / steps;
        double sum = 0;
        for (int i = 0; i <= steps; i++) {
            double weight = i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2;
            sum += weight * Math.exp(-(i * h) * (i * h) / 2);
        }
        return x * (0.5 + sum * h / 3 / Math.sqrt(2 * Math.PI));
    }

    static double[][] add(double[][] a, double[][] b) {
        double[][] y = new double[a.length][a[0].length];
        for (int r = 0; r < a.length; r++) {
            for (int i = 0; i < y[r].length; i++) {
                y[r][i] = a[r][i] + b[r][i];
            }
        }
        return y;
    }

    static double[][] map(double[][] x, DoubleUnaryOperator function) {
        double[][] y = new double[x.length][x[0].length];
        for (int r = 0; r < x.length; r++) {
            for (int i = 0; i < y[r].length; i++) {
                y[r][i] = function.applyAsDouble(x[r][i]);
            }
        }
        return y;
    }

    /// Rows `from` to `from + count`.
    static double[][] part(double[][] x, int from, int count) {
        double[][] y = new double[count][];
        System.arraycopy(x, from, y, 0, count);
        return y;
    }

    static float[] flat(double[][]... parts) {
        int rows = 0;
        for (double[][] part : parts) {
            rows += part.length;
        }
        float[] values = new float[rows * parts[0][0].length];
        int at = 0;
        for (double[][] part : parts) {
            for (double[] row : part) {
                for (double value : row) {
                    values[at++] = (float) value;
                }
            }
        }
        return values;
    }
}
