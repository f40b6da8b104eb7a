package io.peregrine.kernels.vector;

import io.peregrine.kernels.internal.Candidates;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// What candidates come to, as vectors: a lane is a candidate, and the elements follow each other, so that every width
/// gives the same floats.
public final class VectorCandidates {

    private VectorCandidates() {}

    /// Sets the sums of all candidates over `count` elements from `x[from]` on.
    public static void sums(float[] x, int from, int count, float base, Candidates candidates) {
        for (int c = 0; c < Candidates.COUNT; c += Lanes.WIDTH) {
            sums(x, from, count, base, candidates, c);
        }
    }

    /// Of a vector of candidates from `c`. A method of its own, as [#errors]: no loop around a loop of vectors.
    private static void sums(float[] x, int from, int count, float base, Candidates candidates, int c) {
        FloatVector least = FloatVector.broadcast(Lanes.FLOAT, candidates.least);
        FloatVector most = FloatVector.broadcast(Lanes.FLOAT, candidates.most);
        FloatVector inverse = FloatVector.fromArray(Lanes.FLOAT, candidates.inverse, c);
        FloatVector shift = FloatVector.fromArray(Lanes.FLOAT, candidates.shift, c);
        FloatVector sumXq = FloatVector.zero(Lanes.FLOAT);
        FloatVector sumQ = FloatVector.zero(Lanes.FLOAT);
        FloatVector sumQq = FloatVector.zero(Lanes.FLOAT);
        for (int i = from; i < from + count; i++) {
            float t = x[i] - base;
            FloatVector q = shift.add(t).mul(inverse).add(Candidates.ROUNDING).sub(Candidates.ROUNDING);
            q = q.blend(least, q.compare(VectorOperators.LT, least));
            q = q.blend(most, q.compare(VectorOperators.GT, most));
            sumXq = q.mul(t).add(sumXq);
            sumQ = q.add(sumQ);
            sumQq = q.mul(q).add(sumQq);
        }
        FloatVector zero = FloatVector.zero(Lanes.FLOAT);
        zero.add(sumXq).intoArray(candidates.sumXq, c);
        zero.add(sumQ).intoArray(candidates.sumQ, c);
        zero.add(sumQq).intoArray(candidates.sumQq, c);
    }

    /// Sets the errors of all candidates over `count` elements from `x[from]` on.
    public static void errors(float[] x, int from, int count, Candidates candidates) {
        for (int c = 0; c < Candidates.COUNT; c += Lanes.WIDTH) {
            errors(x, from, count, candidates, c);
        }
    }

    private static void errors(float[] x, int from, int count, Candidates candidates, int c) {
        FloatVector least = FloatVector.broadcast(Lanes.FLOAT, candidates.least);
        FloatVector most = FloatVector.broadcast(Lanes.FLOAT, candidates.most);
        FloatVector inverse = FloatVector.fromArray(Lanes.FLOAT, candidates.inverse, c);
        FloatVector shift = FloatVector.fromArray(Lanes.FLOAT, candidates.shift, c);
        FloatVector scale = FloatVector.fromArray(Lanes.FLOAT, candidates.scale, c);
        FloatVector error = FloatVector.zero(Lanes.FLOAT);
        for (int i = from; i < from + count; i++) {
            FloatVector t = shift.add(x[i]);
            FloatVector q = t.mul(inverse).add(Candidates.ROUNDING).sub(Candidates.ROUNDING);
            q = q.blend(least, q.compare(VectorOperators.LT, least));
            q = q.blend(most, q.compare(VectorOperators.GT, most));
            FloatVector difference = t.sub(q.mul(scale));
            error = difference.mul(difference).add(error);
        }
        FloatVector.zero(Lanes.FLOAT).add(error).intoArray(candidates.error, c);
    }
}
