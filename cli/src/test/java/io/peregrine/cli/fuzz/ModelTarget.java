package io.peregrine.cli.fuzz;

import io.peregrine.core.PeregrineException;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.model.EmbeddingModel;
import io.peregrine.model.GenerateListener;
import io.peregrine.model.GenerateOptions;
import io.peregrine.model.LoadOptions;
import io.peregrine.model.Model;
import io.peregrine.model.Prompt;
import io.peregrine.model.Session;
import io.peregrine.model.SessionOptions;
import io.peregrine.model.image.Image;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// A model of the fixtures with one damaged file: it is bound as its architecture wants it, and if that succeeds it
/// answers with one token, or embeds a text and a picture.
final class ModelTarget implements Target {

    private static final ScratchFile SCRATCH = new ScratchFile("model.gguf");
    private static final SessionOptions SESSION = new SessionOptions(640, TensorType.F16, false);
    private static final Image PICTURE = Image.of(new byte[3 * 40 * 30], 40, 30);

    private final String name;
    private final Path file;
    private final byte[] seed;
    private final GgufDamage damage;

    /// The undamaged text model that a damaged vision file is loaded with; null for the others.
    private final Path text;

    /// @param folder of the fixtures
    /// @param file `model.gguf` or `mmproj.gguf`
    ModelTarget(String folder, String file) {
        this.name = file.replace(".gguf", "") + "-" + folder;
        this.file = Fixtures.toy(folder + "/" + file);
        this.seed = Fixtures.bytes(this.file);
        this.damage = new GgufDamage(seed);
        this.text = file.startsWith("mmproj") ? Fixtures.toy(folder + "/model.gguf") : null;
    }

    /// All models and vision files of the fixtures.
    static List<Target> all() {
        return Fixtures.folders().stream()
                .<Target>flatMap(folder -> Arrays.asList("model.gguf", "mmproj.gguf").stream()
                        .filter(file -> Files.exists(Fixtures.toy(folder + "/" + file)))
                        .map(file -> new ModelTarget(folder, file)))
                .toList();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String toString() {
        return name;
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(seed);
    }

    @Override
    public boolean accepts(byte[] input) {
        Path damaged = SCRATCH.holding(input);
        try {
            if (name.endsWith("-clip")) {
                embed(damaged);
            } else if (text == null) {
                answer(damaged, null);
            } else {
                answer(text, damaged);
            }
            return true;
        } catch (PeregrineException e) {
            return Refusal.checked(e, "");
        }
    }

    private static void embed(Path file) {
        try (EmbeddingModel model = EmbeddingModel.load(file, LoadOptions.defaults().withThreads(1))) {
            model.embed("a b");
            model.embed(PICTURE);
        }
    }

    private static void answer(Path text, Path vision) {
        LoadOptions options = LoadOptions.defaults().withThreads(1).withMmproj(vision);
        try (Model model = Model.load(text, options);
                Session session = model.newSession(SESSION)) {
            Prompt prompt = vision == null
                    ? Prompt.raw("a b", List.of())
                    : Prompt.raw("a " + Prompt.MEDIA + " b", List.of(PICTURE));
            session.generate(prompt, GenerateOptions.greedy().withMaxTokens(1), GenerateListener.NONE);
        }
    }

    /// The promise, for what is refused; what is accepted also encodes a picture.
    @Override
    public long allowedBytes(int length) {
        return (64L << 20) + 64L * length;
    }

    @Override
    public byte[] damaged(byte[] seed, SplittableRandom random) {
        return damage.damaged(random);
    }
}
