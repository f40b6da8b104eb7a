package io.peregrine.model;

import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.gguf.GgufOptions;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.model.arch.Clip;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiFunction;
import java.util.function.Function;

/// A model that turns pictures and texts into vectors which can be compared (CLIP): to find pictures by a
/// description, or to say which of several descriptions fits a picture.
///
/// ```java
/// try (EmbeddingModel clip = EmbeddingModel.load(Path.of("clip.gguf"))) {
///     Image photo = Image.read(Path.of("photo.jpg"));
///     double[] chances = clip.compare(List.of(photo), List.of("a cat", "a dog")).probabilities(0);
///
///     ImageIndex holiday = clip.newIndex().addFolder(Path.of("holiday"), IndexListener.NONE);
///     holiday.search("a boat on the beach", 5).forEach(System.out::println);
/// }
/// ```
///
/// Immutable, and safe for any number of threads at once. An interrupt of the calling thread ends a call between two
/// layers with a [java.util.concurrent.CancellationException] and stays set. Whoever loads a model closes it; calls
/// that still run then end with a [ClosedException].
public final class EmbeddingModel implements AutoCloseable {

    /// Rows that go through a tower together: enough for the kernels, few enough for the memory.
    private static final int ROWS_AT_ONCE = 4096;

    private final LoadedFiles files;
    private final Metadata metadata;
    private final Tokenizer tokenizer;
    private final Clip clip;
    private final List<String> notes;

    /// Those that no call uses.
    private final Queue<Pass> passes = new ConcurrentLinkedQueue<>();

    private EmbeddingModel(GgufFile file, LoadOptions options) {
        List<String> remarks = new ArrayList<>(file.warnings());
        this.metadata = file.metadata();
        Weights weights = new Weights(file);
        Clip.check(metadata, weights);
        this.tokenizer = Tokenizer.of(metadata);
        remarks.addAll(tokenizer.notes());
        this.clip = Clip.bind(
                metadata,
                weights,
                tokenizer.vocabulary().size(),
                tokenizer.vocabulary().eos(),
                options.fit(),
                remarks::add);
        weights.checkEven();
        remarks.addAll(weights.unusedNotes());
        this.notes = List.copyOf(remarks);
        this.files = new LoadedFiles(List.of(file), options.threads());
    }

    /// Loads a model with [LoadOptions#defaults]; errors as in [#load(Path, LoadOptions)].
    public static EmbeddingModel load(Path file) {
        return load(file, LoadOptions.defaults());
    }

    /// Loads a model from a file that holds both of its towers. Weights stay in the mapped file, as those of
    /// [Model#load(Path, LoadOptions)].
    ///
    /// @param options without an mmproj file and a feature layer, which this kind of model does not have
    /// @throws io.peregrine.core.PeregrineException if the file cannot be read, is damaged, is no embedding model,
    ///     asks for something that is not supported, or does not fit into memory
    /// @throws java.util.concurrent.CancellationException if the listener or an interrupt stopped it
    public static EmbeddingModel load(Path file, LoadOptions options) {
        if (options.mmproj() != null || options.featureLayer() >= 0) {
            throw new IllegalArgumentException("an embedding model has no mmproj file and no feature layer to choose");
        }
        EmbeddingModel model = open(
                file,
                options,
                GgufOptions.DEFAULT.withCopyWeights(options.copyWeights()).withListener(options.listener()));
        try {
            model.files.ready(options.listener());
            return model;
        } catch (Throwable e) {
            model.close();
            throw e;
        }
    }

    private static EmbeddingModel open(Path path, LoadOptions options, GgufOptions reading) {
        GgufFile file = GgufFile.open(path, reading);
        try {
            return new EmbeddingModel(file, options);
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    /// The embedding of a picture; errors as in [#embedImages].
    public Embedding embed(Image image) {
        return embedImages(List.of(image)).getFirst();
    }

    /// The embedding of a text; errors as in [#embedTexts(List, LongText)] with [LongText#REFUSE].
    public Embedding embed(String text) {
        return embedTexts(List.of(text), LongText.REFUSE).getFirst();
    }

    /// The embeddings of pictures, several of them computed at once.
    ///
    /// @throws io.peregrine.core.ModelFormatException if the weights give infinite or undefined numbers
    /// @throws io.peregrine.core.ModelFileException if the file was changed since it was loaded
    /// @throws ClosedException if the model is closed, before or meanwhile
    /// @throws java.util.concurrent.CancellationException if the thread is interrupted
    public List<Embedding> embedImages(List<Image> images) {
        List<Embedding> embeddings = new ArrayList<>();
        for (int from = 0; from < images.size(); from += imagesAtOnce()) {
            List<Image> some = images.subList(from, Math.min(images.size(), from + imagesAtOnce()));
            List<String> names = new ArrayList<>();
            for (int i = 0; i < some.size(); i++) {
                names.add("picture " + (from + i));
            }
            embeddings.addAll(encode(names, some.stream().map(this::prepare).toList()));
        }
        return embeddings;
    }

    /// The embeddings of texts, several of them computed at once.
    ///
    /// @param longText what becomes of texts of more than [#contextLength] tokens
    /// @throws ContextOverflowException for such a text, before anything is computed, if they are refused
    /// @throws io.peregrine.core.PeregrineException otherwise as [#embedImages]
    /// @throws java.util.concurrent.CancellationException if the thread is interrupted
    public List<Embedding> embedTexts(List<String> texts, LongText longText) {
        List<int[]> tokens =
                texts.stream().map(text -> tokens(text, longText)).toList();
        List<Embedding> embeddings = new ArrayList<>();
        int from = 0;
        while (from < tokens.size()) {
            int to = from;
            int rows = 0;
            while (to < tokens.size() && (to == from || rows + tokens.get(to).length <= ROWS_AT_ONCE)) {
                rows += tokens.get(to++).length;
            }
            List<int[]> some = tokens.subList(from, to);
            int first = from;
            embeddings.addAll(run((pass, out) -> clip.texts(pass, some, out), i -> "text " + (first + i)));
            from = to;
        }
        return embeddings;
    }

    /// The tokens of a text, those that begin and end it included.
    ///
    /// @throws ContextOverflowException if there are more than [#contextLength] and they are refused
    public int[] tokens(String text, LongText longText) {
        int[] tokens = tokenizer.encode(text, true, false);
        if (tokens.length <= clip.contextLength()) {
            return tokens;
        }
        if (longText == LongText.REFUSE) {
            throw new ContextOverflowException(text, tokens.length, clip.contextLength());
        }
        int[] cut = new int[clip.contextLength()];
        System.arraycopy(tokens, 0, cut, 0, cut.length - 1);
        cut[cut.length - 1] = tokenizer.vocabulary().eos();
        return cut;
    }

    /// Embeds pictures and texts, and compares them; errors as in [#embedImages] and [#embed(String)].
    public Comparison compare(List<Image> images, List<String> texts) {
        return compareEmbeddings(embedImages(images), embedTexts(texts, LongText.REFUSE));
    }

    /// Compares pictures and texts that this model embedded.
    public Comparison compareEmbeddings(List<Embedding> images, List<Embedding> texts) {
        return new Comparison(images, texts, clip.factor());
    }

    /// An index without pictures.
    public ImageIndex newIndex() {
        return new ImageIndex(this);
    }

    /// Elements of an embedding.
    public int dim() {
        return clip.dim();
    }

    /// Tokens of the longest text, those that begin and end it included.
    public int contextLength() {
        return clip.contextLength();
    }

    /// Threads that compute.
    public int threads() {
        return files.threads();
    }

    public Metadata metadata() {
        return metadata;
    }

    /// What was noticed while loading, one line each: choices that the file left open, tensors that are not used.
    public List<String> notes() {
        return notes;
    }

    /// Ends the model. Closing twice does nothing.
    @Override
    public void close() {
        files.close();
    }

    /// Pictures that are encoded together.
    int imagesAtOnce() {
        return Math.max(1, ROWS_AT_ONCE / clip.imageRows());
    }

    /// Resizes a picture at once, so that it need not be kept.
    Pixels prepare(Image image) {
        Pixels view = clip.prepare(image);
        view.values();
        return view;
    }

    /// @param names of the pictures for messages
    List<Embedding> encode(List<String> names, List<Pixels> views) {
        return views.isEmpty() ? List.of() : run((pass, out) -> clip.images(pass, views, out), names::get);
    }

    private List<Embedding> run(BiFunction<Pass, Rows, Rows> tower, Function<Integer, String> names) {
        return files.call(() -> {
            Pass idle = passes.poll();
            Pass pass = idle != null ? idle : files.newPass(true, this::isUnwanted);
            Rows rows = tower.apply(pass, pass.rows("embeddings", 0, 0)); // [items, dim]
            List<Embedding> embeddings = new ArrayList<>();
            for (int i = 0; i < rows.rows(); i++) {
                embeddings.add(Embedding.of(files.name(), names.apply(i), rows.data(), rows.offset(i), rows.width()));
            }
            // One that failed is let go of: it may hold much memory.
            passes.add(pass);
            return embeddings;
        });
    }

    private boolean isUnwanted() {
        return files.uses().isClosed() || Thread.currentThread().isInterrupted();
    }
}
