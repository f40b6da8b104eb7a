package io.peregrine.cli;

import io.peregrine.core.gguf.GgufFile;
import io.peregrine.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `peregrine tokenize`: the tokens of a text.
@Command(
        name = "tokenize",
        header = "Show the tokens of a text.",
        description = "Show the tokens of a text, given with -p or as the bytes of standard input, taken as they are.",
        footer = {
            "",
            "Examples:",
            "  peregrine tokenize -m model.gguf -p 'Hello world'",
            "  peregrine tokenize -m model.gguf --ids --no-bos < book.txt"
        })
final class Tokenize implements Callable<Integer> {

    @Option(
            names = {"-m", "--model"},
            paramLabel = "FILE",
            required = true,
            description = "A GGUF file with a vocabulary.")
    @SuppressWarnings("NullAway.Init") // picocli
    private Path model;

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            description = "The text; without it, standard input is read.")
    private @Nullable String prompt;

    @Option(names = "--ids", description = "Print the ids alone, on one line.")
    private boolean ids;

    @Option(names = "--no-special", description = "Take the names of special tokens in the text as plain text.")
    private boolean noSpecial;

    @Option(names = "--no-bos", description = "Do not add the begin (and end) tokens that the vocabulary asks for.")
    private boolean noBos;

    private final PrintStream out;

    Tokenize(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() throws IOException {
        try (GgufFile gguf = GgufFile.open(model)) {
            Tokenizer tokenizer = Tokenizer.of(gguf.metadata());
            byte[] text = prompt == null ? System.in.readAllBytes() : prompt.getBytes(StandardCharsets.UTF_8);
            int[] tokens = tokenizer.encode(text, !noBos, !noSpecial);
            if (ids) {
                StringBuilder line = new StringBuilder();
                for (int token : tokens) {
                    line.append(line.isEmpty() ? "" : " ").append(token);
                }
                out.println(line);
                return 0;
            }
            Table table = new Table("id", "token", "bytes").right(0);
            for (int token : tokens) {
                byte[] bytes = tokenizer.bytes(token);
                table.row(Integer.toString(token), visible(tokenizer.vocabulary().text(token)), hex(bytes));
            }
            table.print(out);
        }
        return 0;
    }

    /// The text on one line: control characters as Java writes them.
    private static String visible(String text) {
        StringBuilder line = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                case '\t' -> line.append("\\t");
                default -> {
                    if (Character.isISOControl(c)) {
                        line.append(String.format("\\u%04x", c));
                    } else {
                        line.appendCodePoint(c);
                    }
                }
            }
        });
        return line.toString();
    }

    private static String hex(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte value : bytes) {
            text.append(text.isEmpty() ? "" : " ").append(String.format("%02x", value));
        }
        return text.toString();
    }
}
