package io.peregrine.bench.grammar;

import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.gguf.GgufWriter;
import io.peregrine.model.grammar.Grammar;
import io.peregrine.model.grammar.GrammarWalk;
import io.peregrine.model.grammar.TokenGrammars;
import io.peregrine.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What a grammar costs per token: a vocabulary of words, numbers, punctuation and other scripts, and a JSON text in
/// its tokens.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-Xms1g", "-Xmx1g"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
public class GrammarBenchmark {

    private static final String TEXT = "{\"name\": \"Johann Wolfgang\", \"born\": 1749, \"works\": [{\"title\":"
            + " \"Faust\", \"lines\": 12111, \"read\": true}, {\"title\": \"Egmont\", \"lines\": null, \"read\":"
            + " false}], \"note\": \"any text, with \\\"quotes\\\" and a few words more\"}";

    private static final int LEFT = 100_000;

    @Param({"32000", "128000", "262144"})
    int vocab = 128_000;

    private TokenGrammars grammars;
    private int[] tokens;
    private int runs;

    @Setup(Level.Trial)
    public void prepare() throws IOException {
        Path file = Files.createTempFile("vocabulary", ".gguf");
        try {
            vocabulary(vocab).write(file);
            try (GgufFile gguf = GgufFile.open(file)) {
                Tokenizer tokenizer = Tokenizer.of(gguf.metadata());
                grammars = new TokenGrammars(tokenizer);
                tokens = tokenizer.encode(TEXT, false, false);
            }
        } finally {
            Files.delete(file);
        }
        long[] last = masks();
        if ((last[0] | last[1] >>> 1) == 0) {
            throw new IllegalStateException("nothing was allowed");
        }
    }

    static GgufWriter vocabulary(int size) {
        Set<String> texts = new LinkedHashSet<>(List.of("<unk>", "<s>", "</s>"));
        for (int i = 0; i < 256; i++) {
            texts.add(String.format("<0x%02X>", i));
        }
        for (char c = ' '; c <= '~'; c++) {
            texts.add(c == ' ' ? "\u2581" : String.valueOf(c));
        }
        texts.addAll(List.of("\",", "\":", "\":\u2581", "\":\u2581\"", "{\"", "},", "}]", "\"}", "[{\"", "\n", "\n\u2581\u2581"));
        Random random = new Random(1);
        while (texts.size() < size) {
            StringBuilder word = new StringBuilder(random.nextInt(2) == 0 ? "\u2581" : "");
            int kind = random.nextInt(20);
            int length = 2 + random.nextInt(7);
            for (int i = 0; i < length; i++) {
                word.append((char)
                        (switch (kind) {
                            case 0 -> '0' + random.nextInt(10);
                            case 1 -> '!' + random.nextInt(15);
                            case 2, 3 -> 0x430 + random.nextInt(32);
                            case 4 -> 0x4E00 + random.nextInt(5000);
                            default -> (i == 0 && kind < 8 ? 'A' : 'a') + random.nextInt(26);
                        }));
            }
            texts.add(word.toString());
        }
        int[] types = new int[size];
        float[] scores = new float[size];
        for (int i = 0; i < size; i++) {
            types[i] = i == 0 ? 2 : i < 3 ? 3 : i < 259 ? 6 : 1;
            scores[i] = -i;
        }
        return new GgufWriter()
                .string("general.architecture", "llama")
                .string("tokenizer.ggml.model", "llama")
                .strings("tokenizer.ggml.tokens", new ArrayList<>(texts).toArray(String[]::new))
                .float32s("tokenizer.ggml.scores", scores)
                .int32s("tokenizer.ggml.token_type", types)
                .uint32("tokenizer.ggml.bos_token_id", 1)
                .uint32("tokenizer.ggml.eos_token_id", 2)
                .uint32("tokenizer.ggml.unknown_token_id", 0)
                .bool("tokenizer.ggml.add_space_prefix", false);
    }

    /// A whole answer, the set of allowed tokens at every step, grammar and vocabulary known.
    @Benchmark
    public long[] masks() {
        GrammarWalk walk = grammars.begin(Grammar.json());
        long[] allowed = walk.allowed(LEFT);
        for (int token : tokens) {
            walk.accept(token);
            allowed = walk.allowed(LEFT);
        }
        return allowed;
    }

    /// A whole answer, only the chosen token looked at: the best one of all, mostly.
    @Benchmark
    public boolean chosen() {
        GrammarWalk walk = grammars.begin(Grammar.json());
        boolean allowed = true;
        for (int token : tokens) {
            allowed &= walk.allows(token, LEFT);
            walk.accept(token);
        }
        return allowed;
    }

    /// The first set of allowed tokens within a string, of a grammar that was never asked for: the longest step.
    @Benchmark
    public long[] firstInString() {
        Grammar grammar = Grammar.parse("root ::= \"\\\"\" [^\"\\\\\\x00-\\x1F]{0,4096} \"\\\"\" # " + runs++);
        GrammarWalk walk = grammars.begin(grammar);
        walk.accept('"' - ' ' + 259);
        return walk.allowed(LEFT);
    }
}
