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
        FloatVector least = FloatVector.broadcast(Lanes.FLOAT, candidates.least);
        FloatVector most = FloatVector.broadcast(Lanes.FLOAT, candidates.most);
        for (int c = 0; c < Candidates.COUNT; c += Lanes.WIDTH) {
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
                sumXq = sumXq.add(q.mul(t));
                sumQ = sumQ.add(q);
                sumQq = sumQq.add(q.mul(q));
            }
            sumXq.intoArray(candidates.sumXq, c);
            sumQ.intoArray(candidates.sumQ, c);
            sumQq.intoArray(candidates.sumQq, c);
        }
    }

    /// Sets the errors of all candidates over `count` elements from `x[from]` on.
    public static void errors(float[] x, int from, int count, Candidates candidates) {
        FloatVector least = FloatVector.broadcast(Lanes.FLOAT, candidates.least);
        FloatVector most = FloatVector.broadcast(Lanes.FLOAT, candidates.most);
        for (int c = 0; c < Candidates.COUNT; c += Lanes.WIDTH) {
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
                error = error.add(difference.mul(difference));
            }
            error.intoArray(candidates.error, c);
        }
    }
}
