package io.peregrine.kernels;

import io.peregrine.kernels.internal.ProductLoops;
import io.peregrine.kernels.internal.Simd;
import io.peregrine.kernels.scalar.ScalarProductLoops;
import io.peregrine.kernels.vector.VectorProductLoops;
import org.jspecify.annotations.Nullable;

/// What a kernel call runs on: worker threads, and scratch memory that is kept between calls.
///
/// Used by one thread at a time (a session has its own); several may share the same [Workers].
public final class Compute {

    /// Weights of a model below which plain loops are used.
    static final long SMALL = 8_000_000;

    private final Workers workers;
    private final boolean exact;

    /// Whether kernels use vectors; plain loops otherwise.
    final boolean vectors;

    private final float[][] scratch;
    private float[] shared = {};
    final Activation.Task activation = new Activation.Task(this);
    final BilinearResize.Task bilinear = new BilinearResize.Task();
    final DepthwiseConvolution.Task depthwise = new DepthwiseConvolution.Task(this);
    final Elementwise.Task elementwise = new Elementwise.Task(this);
    final Elementwise.AddScaledTask addScaled = new Elementwise.AddScaledTask(this);
    final Elementwise.ScaleTask scaleRows = new Elementwise.ScaleTask(this);
    final Elementwise.CopyTask copyRows = new Elementwise.CopyTask();
    final KvCache.Task kvStore = new KvCache.Task();
    final KeyValueRows keyValueRows = new KeyValueRows();
    final PlainAttention plainAttention = new PlainAttention(this);
    final TiledAttention tiledAttention = new TiledAttention(this);
    final TokenAttention tokenAttention = new TokenAttention(this);
    final Norm.Task norm = new Norm.Task(this);
    final Rope.Task rope = new Rope.Task(this);
    final Softmax.Task softmax = new Softmax.Task(this);
    final ProductParts parts = new ProductParts();
    final RowProducts rowProducts;
    final PanelProducts panelProducts;
    final StepProducts stepProducts;
    private ProductOrder order = ProductOrder.ONE_SEQUENCE;

    /// With vectors wherever the process has them.
    ///
    /// @param workers threads, shared, not closed by this object
    /// @param exact keep f32 activations everywhere, without faster roundings
    public Compute(Workers workers, boolean exact) {
        this(workers, exact, Simd.VECTOR, null);
    }

    /// As above for a model of `weights` elements. Loops on vectors are many times faster once the JVM has compiled
    /// them, and many times slower before: a model of fewer than eight million weights has answered before that, and
    /// gets plain loops, unless the system property `peregrine.width` asks for a width. The choice follows from the
    /// model alone, so that results do not depend on how warm the JVM is.
    public static Compute of(Workers workers, boolean exact, long weights) {
        return new Compute(workers, exact, Simd.VECTOR && (Simd.CHOSEN || weights >= SMALL), null);
    }

    /// As above with chosen loops, so that tests can compare vectors with plain loops.
    Compute(Workers workers, boolean exact, ProductLoops loops) {
        this(workers, exact, Simd.VECTOR, loops);
    }

    private Compute(Workers workers, boolean exact, boolean vectors, @Nullable ProductLoops chosen) {
        this.workers = workers;
        this.exact = exact;
        this.vectors = vectors;
        this.scratch = new float[workers.threads()][0];
        ProductLoops loops = chosen != null ? chosen : vectors ? new VectorProductLoops() : new ScalarProductLoops();
        this.rowProducts = new RowProducts(this, loops, parts);
        this.panelProducts = new PanelProducts(this, loops, parts);
        this.stepProducts = new StepProducts(this, loops, parts);
    }

    public Workers workers() {
        return workers;
    }

    public boolean exact() {
        return exact;
    }

    /// What the rows of the calls to come are, which decides the way that they are multiplied.
    public void multiply(ProductOrder newOrder) {
        order = newOrder;
    }

    ProductOrder order() {
        return order;
    }

    /// Scratch memory of one worker: at least `length` elements of any content, until its next call of this method.
    float[] scratch(int worker, int length) {
        if (scratch[worker].length < length) {
            scratch[worker] = new float[length];
        }
        return scratch[worker];
    }

    /// Scratch memory that the tasks of one kernel call share: at least `length` elements of any content. The calling
    /// thread takes it before the tasks start; the next kernel call takes it again.
    float[] shared(int length) {
        if (shared.length < length) {
            shared = new float[length];
        }
        return shared;
    }

    /// What the kernels of this process run on, in words: `vector 256-bit` or `scalar`.
    public static String describe() {
        return Simd.describe();
    }
}
