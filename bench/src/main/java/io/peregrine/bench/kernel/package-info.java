/// JMH benchmarks of single kernels, each with its twin of plain loops.
///
/// `java --add-modules jdk.incubator.vector -jar bench/target/benchmarks.jar MatVec -p format=Q4_K`
package io.peregrine.bench.kernel;
