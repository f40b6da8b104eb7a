package io.peregrine.model;

import io.peregrine.core.PeregrineException;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.ImageFormatException;
import io.peregrine.model.image.Pixels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// Pictures to be found by a text, or by another picture: their embeddings by name, in memory.
///
/// Safe for any thread; a search sees what was added before. Embeddings outlive the model, searches by text or
/// picture do not. What is added twice is there twice.
public final class ImageIndex {

    /// The names of files that are taken for pictures in a folder end in these, in any case.
    private static final List<String> ENDINGS = List.of(".png", ".jpg", ".jpeg", ".gif", ".bmp");

    private final EmbeddingModel model;
    private final List<Entry> entries = new ArrayList<>();

    /// A picture.
    ///
    /// @param name the path of its file, or what the caller named it
    public record Entry(String name, Embedding embedding) {}

    /// A picture that was found.
    ///
    /// @param similarity the cosine, -1 to 1
    public record Hit(String name, double similarity) {}

    ImageIndex(EmbeddingModel model) {
        this.model = model;
    }

    /// The files of a folder, not of those below it, that are pictures by their names, in the order of the names.
    ///
    /// @throws ImageFormatException if there are none
    /// @throws IOException if the folder cannot be read
    public static List<Path> pictures(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> found = files.filter(ImageIndex::isPicture)
                    .sorted(Comparator.comparing(Path::toString))
                    .toList();
            if (found.isEmpty()) {
                throw new ImageFormatException(
                        folder.toString(),
                        "no picture is in this folder (no file with a name in " + String.join(", ", ENDINGS) + ")",
                        "name a folder with pictures; those in folders below it do not count");
            }
            return found;
        }
    }

    private static boolean isPicture(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return ENDINGS.stream().anyMatch(name::endsWith) && Files.isRegularFile(file);
    }

    /// Adds all pictures of a folder, as [#addFiles] does.
    ///
    /// @throws IOException if the folder cannot be read
    public ImageIndex addFolder(Path folder, IndexListener listener) throws IOException {
        return addFiles(pictures(folder), listener);
    }

    /// Reads and adds pictures, named by their paths. Several are encoded at once; as many are in the index when the
    /// listener hears of them.
    ///
    /// @throws PeregrineException of a picture that cannot be read, unless the listener leaves it out; or as
    ///     [EmbeddingModel#embedImages]
    public ImageIndex addFiles(List<Path> files, IndexListener listener) {
        List<String> names = new ArrayList<>();
        List<Pixels> views = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            Path file = files.get(i);
            try {
                Image image = Image.read(file);
                image.notes().forEach(note -> listener.noted(file, note));
                views.add(model.prepare(image));
                names.add(file.toString());
            } catch (PeregrineException e) {
                listener.unreadable(file, e);
            }
            if (views.size() == model.imagesAtOnce() || i + 1 == files.size()) {
                addAll(names, model.encode(names, views));
                names.clear();
                views.clear();
                listener.indexed(i + 1, files.size());
            }
        }
        return this;
    }

    private synchronized void addAll(List<String> names, List<Embedding> embeddings) {
        for (int i = 0; i < names.size(); i++) {
            entries.add(new Entry(names.get(i), embeddings.get(i)));
        }
    }

    /// Adds a picture.
    public ImageIndex add(String name, Image image) {
        return add(name, model.embed(image));
    }

    /// Adds a picture that was embedded by the same model.
    public ImageIndex add(String name, Embedding embedding) {
        addAll(List.of(name), List.of(embedding));
        return this;
    }

    /// All pictures in the order in which they were added. A copy.
    public synchronized List<Entry> entries() {
        return List.copyOf(entries);
    }

    /// The pictures that a text describes best.
    ///
    /// @param most how many at most, at least 1
    /// @return the best first; of equal ones the one that was added first
    public List<Hit> search(String text, int most) {
        return search(model.embed(text), most);
    }

    /// The pictures that are most like another one.
    ///
    /// @param most how many at most, at least 1
    /// @return the best first; of equal ones the one that was added first
    public List<Hit> search(Image image, int most) {
        return search(model.embed(image), most);
    }

    /// The pictures that are most like what an embedding of the same model stands for.
    ///
    /// @param most how many at most, at least 1
    /// @return the best first; of equal ones the one that was added first
    public List<Hit> search(Embedding query, int most) {
        if (most < 1) {
            throw new IllegalArgumentException("most: found " + most + ", expected at least 1");
        }
        return entries().stream()
                .map(entry -> new Hit(entry.name, query.similarity(entry.embedding)))
                .sorted(Comparator.comparingDouble(Hit::similarity).reversed())
                .limit(most)
                .toList();
    }
}
