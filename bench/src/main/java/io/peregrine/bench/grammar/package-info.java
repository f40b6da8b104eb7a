/// JMH benchmarks of answers that follow a grammar.
///
/// `java --add-modules jdk.incubator.vector -jar bench/target/benchmarks.jar Grammar`
package io.peregrine.bench.grammar;
