package io.peregrine.model;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.core.UnsupportedModelException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.gguf.GgufOptions;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.KvCache;
import io.peregrine.model.arch.Decoders;
import io.peregrine.model.arch.ImageEncoders;
import io.peregrine.model.arch.VisionOptions;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.HeapLimit;
import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.SequenceState;
import io.peregrine.model.block.Weights;
import io.peregrine.model.chat.ChatTemplate;
import io.peregrine.model.chat.ImageFrame;
import io.peregrine.model.grammar.TokenGrammars;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Size;
import io.peregrine.model.tokenizer.Tokenizer;
import io.peregrine.model.tokenizer.Vocabulary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A loaded model: a text decoder with its vocabulary and, if loaded with one, a vision part.
///
/// Everything in it is shared and immutable; what a conversation needs is in its [Session]. Any number of
/// sessions may run on one model from several threads at once. Whoever loads a model closes it; generations
/// that still run are then ended with a [ClosedException] within one token, and the memory is given back when
/// the last one has ended.
public final class Model implements AutoCloseable {

    private static final String CHAT_TEMPLATE = "tokenizer.chat_template";
    static final int MAX_CONTEXT = 1 << 28;

    /// The context of sessions that do not ask for one, if the model was trained for more.
    private static final int USUAL_CONTEXT = 8192;

    private final GgufFile text;
    private final @Nullable GgufFile vision;
    private final Tokenizer tokenizer;
    private final TokenGrammars grammars;
    private final Decoder decoder;
    private final @Nullable ImageEncoder encoder;

    /// The built-in template of the vision side's family.
    private final @Nullable String familyTemplate;

    private final LoadedFiles files;

    /// Those to be told when the model is closed.
    private final Set<Scheduler> schedulers = ConcurrentHashMap.newKeySet();

    private final List<String> notes;

    private Model(GgufFile text, @Nullable GgufFile vision, LoadOptions options) {
        List<String> remarks = new ArrayList<>(text.warnings());
        this.text = text;
        this.vision = vision;
        Weights weights = new Weights(text);
        Decoders.check(text.metadata(), weights);
        this.tokenizer = Tokenizer.of(text.metadata());
        this.grammars = new TokenGrammars(tokenizer);
        remarks.addAll(tokenizer.notes());
        String projector = vision == null ? "" : ImageEncoders.projector(vision.metadata());
        int vocab = tokenizer.vocabulary().size();
        this.decoder = Decoders.bind(text.metadata(), weights, vocab, projector, remarks::add);
        weights.checkEven();
        remarks.addAll(weights.unusedNotes());
        this.encoder = vision == null ? null : bindVision(vision, options, remarks);
        boolean hasTemplate = text.metadata().has(CHAT_TEMPLATE);
        Consumer<String> notes = hasTemplate ? note -> {} : remarks::add;
        this.familyTemplate = encoder == null ? null : encoder.chatTemplate(text.metadata(), notes);
        if (familyTemplate != null && !hasTemplate) {
            remarks.add(text.path() + ": no " + CHAT_TEMPLATE + "; the built-in one '" + familyTemplate
                    + "' takes its place");
        }
        this.files = new LoadedFiles(vision == null ? List.of(text) : List.of(text, vision), options.threads());
        this.notes = List.copyOf(remarks);
    }

    /// Loads a text model with [LoadOptions#defaults]; errors as in [#load(Path, LoadOptions)].
    public static Model load(Path file) {
        return load(file, LoadOptions.defaults());
    }

    /// Loads a model. Weights stay in the mapped files, which must not be overwritten or cut short meanwhile
    /// (a file that replaces them by renaming is fine), unless the options say that they are to be copied.
    ///
    /// @throws io.peregrine.core.PeregrineException if a file cannot be read, is damaged, does not belong to
    ///     the other one, asks for something that is not supported, or does not fit into memory
    /// @throws java.util.concurrent.CancellationException if the listener or an interrupt stopped it
    public static Model load(Path file, LoadOptions options) {
        GgufOptions reading =
                GgufOptions.DEFAULT.withCopyWeights(options.copyWeights()).withListener(options.listener());
        Model model = open(file, options, reading);
        try {
            model.files.ready(options.listener());
            return model;
        } catch (Throwable e) {
            model.close();
            throw e;
        }
    }

    private static Model open(Path file, LoadOptions options, GgufOptions reading) {
        GgufFile text = GgufFile.open(file, reading);
        GgufFile vision = null;
        try {
            Path mmproj = options.mmproj();
            vision = mmproj == null ? null : GgufFile.open(mmproj, reading);
            return new Model(text, vision, options);
        } catch (Throwable e) {
            closeAll(text, vision);
            throw e;
        }
    }

    private static void closeAll(GgufFile text, @Nullable GgufFile vision) {
        text.close();
        if (vision != null) {
            vision.close();
        }
    }

    private ImageEncoder bindVision(GgufFile file, LoadOptions options, List<String> remarks) {
        remarks.addAll(file.warnings());
        Weights weights = new Weights(file);
        ImageEncoder bound = ImageEncoders.bind(
                file.metadata(),
                weights,
                new VisionOptions(
                        options.featureLayer(),
                        options.fit(),
                        options.maxTiles(),
                        options.preprocess(),
                        options.imageMinTokens(),
                        options.imageMaxTokens()),
                remarks::add);
        weights.checkEven();
        remarks.addAll(weights.unusedNotes());
        if (bound.dim() != decoder.pictureDim()) {
            throw new ModelFormatException(
                    file.path().toString(),
                    "width of its image embeddings",
                    Integer.toString(bound.dim()),
                    decoder.pictureDim() + ", the width of " + text.path(),
                    "take the vision file that was made for this model");
        }
        for (String token : bound.tokens()) {
            if (tokenizer.vocabulary().find(token) == Vocabulary.NONE) {
                throw new ModelFormatException(
                        text.path().toString(),
                        "key tokenizer.ggml.tokens",
                        "no token " + token,
                        "one, because prompts with pictures for " + file.path() + " have it",
                        "take the text model that this vision file was made for");
            }
        }
        return bound;
    }

    /// A session with [SessionOptions#defaults].
    public Session newSession() {
        return newSession(SessionOptions.defaults());
    }

    /// A session: a sequence of its own. To be closed by the caller.
    ///
    /// @throws ResourceLimitException if its keys and values would not fit into the heap
    /// @throws ClosedException if the model is closed
    public Session newSession(SessionOptions options) {
        files.uses().check();
        return new Session(this, options);
    }

    /// A scheduler, for many requests at once. To be closed by the caller.
    ///
    /// @throws ResourceLimitException if the keys and values of its sequences would not fit into the heap
    /// @throws ClosedException if the model is closed
    public Scheduler newScheduler(SchedulerOptions options) {
        files.uses().check();
        Scheduler scheduler = new Scheduler(this, options);
        schedulers.add(scheduler);
        if (files.uses().isClosed()) {
            scheduler.wake();
        }
        return scheduler;
    }

    /// A scheduler is closed.
    void forget(Scheduler scheduler) {
        schedulers.remove(scheduler);
    }

    /// A conversation with the model's own chat template, or the usual one of its family, and
    /// [SessionOptions#defaults]. To be closed by the caller.
    ///
    /// @throws UnsupportedModelException if the model has no chat template and none is usual
    public Conversation newConversation() {
        return newConversation(SessionOptions.defaults(), chatTemplate());
    }

    /// A conversation, written as [#chatFormat] does. To be closed by the caller.
    public Conversation newConversation(SessionOptions options, ChatTemplate template) {
        return new Conversation(newSession(options), chatFormat(template));
    }

    /// How conversations are written with a template. Images stand in them as the template has it, or else as the
    /// vision side's family has.
    public ChatFormat chatFormat(ChatTemplate template) {
        ImageFrame frame = template.imageFrame();
        if (frame == null && familyTemplate != null) {
            frame = ChatTemplate.builtin(familyTemplate).imageFrame();
        }
        return new ChatFormat(template, tokenizer.vocabulary(), frame == null ? ImageFrame.LINE : frame);
    }

    /// Whether [#chatTemplate] has one to give.
    public boolean hasChatTemplate() {
        return metadata().has(CHAT_TEMPLATE) || familyTemplate != null;
    }

    /// The chat template that the file holds; if it holds none, and the model sees images, that of its
    /// family.
    ///
    /// @throws UnsupportedModelException if there is none
    /// @throws io.peregrine.model.chat.TemplateException if it is not valid
    public ChatTemplate chatTemplate() {
        String source = metadata().stringOrNull(CHAT_TEMPLATE);
        if (source != null) {
            return ChatTemplate.ofSource(text.path() + ": " + CHAT_TEMPLATE, source);
        }
        if (familyTemplate != null) {
            return ChatTemplate.builtin(familyTemplate);
        }
        throw new UnsupportedModelException(
                text.path().toString(),
                "a conversation with a model without " + CHAT_TEMPLATE,
                "naming a template: " + String.join(", ", ChatTemplate.builtinNames()));
    }

    /// Runs a prompt greedily, step by step, with an F32 cache, and tells what was computed. Ends after the
    /// token that ends an answer.
    ///
    /// @param steps tokens to generate at most, at least 1
    /// @param exact keep f32 activations everywhere, without faster roundings
    /// @throws io.peregrine.core.PeregrineException as [Session#generate] does
    /// @throws java.util.concurrent.CancellationException if the thread is interrupted
    public TraceResult trace(Prompt prompt, int steps, boolean exact) {
        if (steps < 1) {
            throw new IllegalArgumentException("steps: found " + steps + ", expected at least 1");
        }
        return call(() -> new Tracer(this, exact).run(prompt, steps));
    }

    /// The metadata of the text model.
    public Metadata metadata() {
        return text.metadata();
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /// Whether prompts may have images.
    public boolean seesImages() {
        return encoder != null;
    }

    /// What a picture would cost. It is neither resized nor encoded for that.
    ///
    /// @throws UnsupportedModelException if the model sees no pictures
    /// @throws ResourceLimitException if the picture is too large or of a shape that the model cannot take
    public ImageCost imageCost(Image image) {
        if (encoder == null) {
            throw new UnsupportedModelException(
                    text.path().toString(), "a picture for a model without a vision part", "loading it with its mmproj file");
        }
        List<PreparedPicture.Block> blocks = encoder.prepare(image).blocks();
        return new ImageCost(
                blocks.stream().mapToInt(PreparedPicture.Block::tokens).sum(),
                blocks.stream()
                        .flatMap(block -> block.views().stream())
                        .map(view -> new Size(view.width(), view.height()))
                        .toList());
    }

    /// What a question begins with to ask for one of the tasks that the model was trained for, by the task's
    /// name: for MiniGPT-v2, `vqa` gives `[vqa] `. Empty for most models.
    public Map<String, String> tasks() {
        return encoder == null ? Map.of() : encoder.tasks();
    }

    /// The longest sequence that the model was trained for, in tokens.
    public int trainedContext() {
        return decoder.contextLength();
    }

    /// Threads that compute.
    public int threads() {
        return files.threads();
    }

    /// What was noticed while loading, one line each: choices that the files left open, tensors that are not
    /// used.
    public List<String> notes() {
        return notes;
    }

    /// Ends the model. Closing twice does nothing.
    @Override
    public void close() {
        files.close();
        schedulers.forEach(Scheduler::wake);
    }

    Uses uses() {
        return files.uses();
    }

    Decoder decoder() {
        return decoder;
    }

    TokenGrammars grammars() {
        return grammars;
    }

    @Nullable
    ImageEncoder encoder() {
        return encoder;
    }

    PromptReader reader() {
        return new PromptReader(tokenizer, encoder, decoder.axes());
    }

    /// An engine with an empty sequence.
    ///
    /// @param cancelled asked between layers
    SequenceEngine newEngine(SessionOptions options, Pass pass) {
        SequenceState state = decoder.newSequence(contextLength(options, 1), options.cache());
        return new SequenceEngine(files.name(), decoder, pass, state, SequenceState.CHUNK);
    }

    Pass newPass(SessionOptions options, BooleanSupplier cancelled) {
        return files.newPass(options.exact(), cancelled);
    }

    /// The model's name for messages.
    String file() {
        return files.name();
    }

    /// As [LoadedFiles#explained].
    Throwable explained(Throwable thrown) {
        return files.explained(thrown);
    }

    /// As [LoadedFiles#call].
    <T> T call(Supplier<T> body) {
        return files.call(body);
    }

    /// The context that a sequence gets: what it asks for, if that fits into the heap; else as much of the
    /// usual length as does.
    ///
    /// @param sequences so many have to fit
    int contextLength(SessionOptions options, int sequences) {
        if (options.contextLength() != 0) {
            return checkedToFit(options.contextLength(), options.cache());
        }
        int usual = Math.min(decoder.contextLength(), USUAL_CONTEXT);
        int half = fitting(HeapLimit.bytes() / 2 / sequences, options.cache()) / KvCache.PAGE * KvCache.PAGE;
        return checkedToFit(Math.clamp(half, Math.min(usual, KvCache.PAGE), usual), options.cache());
    }

    private int checkedToFit(int rows, TensorType kv) {
        HeapLimit.check(
                "keys and values of a context of " + rows + " tokens",
                decoder.bytes(rows, kv),
                "ask for a context of at most " + fitting(HeapLimit.bytes(), kv) + " tokens, keep them as F16, or give"
                        + " the JVM more memory with -Xmx");
        return rows;
    }

    /// The longest sequence that takes no more than `bytes`.
    private int fitting(long bytes, TensorType kv) {
        int fits = 0;
        int tooMany = MAX_CONTEXT + 1;
        while (tooMany - fits > 1) {
            int rows = fits + (tooMany - fits) / 2;
            if (decoder.bytes(rows, kv) <= bytes) {
                fits = rows;
            } else {
                tooMany = rows;
            }
        }
        return fits;
    }
}
