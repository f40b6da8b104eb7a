package io.peregrine.model;

import io.peregrine.core.PeregrineException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.model.block.HeapLimit;
import io.peregrine.model.quantize.Mix;
import io.peregrine.model.quantize.QuantizeOptions;
import io.peregrine.model.quantize.Quantizer;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// What [RuntimeFaultTest] does in JVMs of their own. Prints what happened.
final class RuntimeFaults {

    private static final SessionOptions SESSION =
            SessionOptions.defaults().withContextLength(300).withCache(TensorType.F32);
    private static final GenerateOptions GREEDY = GenerateOptions.greedy().withIgnoreEnd(true);

    private RuntimeFaults() {}

    /// @param arguments what to do, and with which file
    public static void main(String[] arguments) throws IOException {
        Path file = Path.of(arguments[1]);
        switch (arguments[0]) {
            case "memory" -> memory(file);
            case "mapped" -> cutShort(file, false);
            case "copied" -> cutShort(file, true);
            case "disk" -> disk(file, Path.of(arguments[2]));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static Prompt tokens(int count) {
        return Prompt.tokens(IntStream.range(0, count).map(i -> 3 + i * 7 % 290).toArray());
    }

    private static List<Integer> answer(Session session, int prompt) {
        return session.generate(tokens(prompt), GREEDY.withMaxTokens(5), GenerateListener.NONE)
                .tokens();
    }

    /// Opens sessions until the heap is full, closes all but the one that failed, and asks that again.
    private static void memory(Path file) {
        LoadOptions options = LoadOptions.defaults().withThreads(2).withCopyWeights(true);
        try (Model model = Model.load(file, options)) {
            List<Integer> expected = answer(model.newSession(SESSION), 20);
            List<Session> open = new ArrayList<>();
            try {
                while (true) {
                    open.add(model.newSession(SESSION));
                    answer(open.getLast(), 250);
                }
            } catch (ResourceLimitException e) {
                System.out.println(HeapLimit.whole());
                System.out.println(e.getMessage());
                System.out.println(e.getCause() instanceof OutOfMemoryError);
            }
            Session failed = open.removeLast();
            System.out.println(open.size() > 1);
            open.clear();
            System.out.println(expected.equals(answer(failed, 20)));
            System.out.println(answer(failed, 250).equals(answer(model.newSession(SESSION), 250)));
        }
    }

    /// Cuts the file short within a generation.
    private static void cutShort(Path file, boolean copied) {
        LoadOptions options = LoadOptions.defaults().withThreads(2).withCopyWeights(copied);
        try (Model model = Model.load(file, options)) {
            List<Integer> expected = answer(model.newSession(SESSION), 20);
            int[] heard = new int[1];
            Session session = model.newSession(SESSION);
            List<Integer> found = session.generate(tokens(20), GREEDY.withMaxTokens(5), text -> {
                        if (heard[0]++ == 0) {
                            cut(file);
                        }
                    })
                    .tokens();
            System.out.println(expected.equals(found));
        } catch (PeregrineException e) {
            System.out.println(e.getMessage());
        }
    }

    private static void cut(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(100);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void disk(Path file, Path target) {
        try {
            new Quantizer(QuantizeOptions.to(Mix.Q8_0).withReplace(true)).quantize(file, target);
        } catch (PeregrineException e) {
            System.out.println(e.getMessage());
        }
    }
}
