package io.peregrine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.PeregrineException;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.gguf.GgufWriter;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.Tensor;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.ImageFormatException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The life of an embedding model, its index, and files that are none.
class EmbeddingModelTest {

    private static final Fixture FIXTURE = Fixture.of("clip");

    @TempDir
    private Path folder;

    private static EmbeddingModel load() {
        return EmbeddingModel.load(FIXTURE.path("model.gguf"));
    }

    private static Image picture(int number) {
        return Image.read(FIXTURE.path("image" + number + ".png"));
    }

    @Test
    void index_findsByTextPictureAndEmbedding() throws Exception {
        for (int i = 0; i < 3; i++) {
            Files.copy(FIXTURE.path("image" + i + ".png"), folder.resolve(i + ".png"));
        }
        try (EmbeddingModel model = load()) {
            List<Integer> heard = new ArrayList<>();
            ImageIndex index = model.newIndex().addFolder(folder, (done, total) -> heard.add(10 * done + total));
            assertEquals(List.of(33), heard);
            assertEquals(
                    List.of("0.png", "1.png", "2.png"),
                    index.entries().stream()
                            .map(entry -> String.valueOf(Path.of(entry.name()).getFileName()))
                            .toList());
            ImageIndex.Hit same = index.search(picture(1), 1).getFirst();
            assertEquals(folder.resolve("1.png").toString(), same.name());
            assertEquals(1, same.similarity(), 1e-5);
            List<ImageIndex.Hit> byText = index.search("zebra xylophone", 9);
            assertEquals(3, byText.size());
            assertTrue(byText.get(0).similarity() >= byText.get(2).similarity());
            assertEquals(byText.subList(0, 2), index.search(model.embed("zebra xylophone"), 2));
            IllegalArgumentException none =
                    assertThrows(IllegalArgumentException.class, () -> index.search("a", 0));
            assertEquals("most: found 0, expected at least 1", none.getMessage());
        }
    }

    @Test
    void index_unreadablePicture_endsTheCallUnlessItIsTaken() throws Exception {
        Path broken = Files.writeString(folder.resolve("broken.png"), "no picture");
        List<Path> files = List.of(FIXTURE.path("image0.png"), broken, FIXTURE.path("image1.png"));
        try (EmbeddingModel model = load()) {
            assertThrows(
                    ImageFormatException.class, () -> model.newIndex().addFiles(files, IndexListener.NONE));
            List<Path> left = new ArrayList<>();
            ImageIndex index = model.newIndex().addFiles(files, new IndexListener() {
                @Override
                public void indexed(int done, int total) {}

                @Override
                public void unreadable(Path file, PeregrineException reason) {
                    left.add(file);
                }
            });
            assertEquals(List.of(broken), left);
            assertEquals(2, index.entries().size());
        }
    }

    @Test
    void manyPicturesAndTexts_areAsOneByOne() {
        try (EmbeddingModel model = load()) {
            List<Image> images = IntStream.range(0, 300)
                    .mapToObj(i -> picture(i % 3))
                    .toList();
            List<Embedding> together = model.embedImages(images);
            Embedding alone = model.embed(images.get(1));
            assertEquals(300, together.size());
            assertEquals(1, alone.similarity(together.get(298)), 1e-5);
            List<String> texts =
                    IntStream.range(0, 500).mapToObj(i -> "dog " + i % 7).toList();
            List<Embedding> found = model.embedTexts(texts, LongText.REFUSE);
            assertEquals(1, model.embed("dog 2").similarity(found.get(499 - 499 % 7 - 5)), 1e-5);
            assertEquals(List.of(), model.embedImages(List.of()));
        }
    }

    @Test
    void cutText_endsWithTheEndToken() {
        try (EmbeddingModel model = load()) {
            int[] tokens = model.tokens("zebra ".repeat(30), LongText.CUT);
            assertEquals(24, tokens.length);
            assertEquals(663, tokens[0]);
            assertEquals(664, tokens[23]);
        }
    }

    @Test
    void severalThreads_sameResults() throws Exception {
        try (EmbeddingModel model = load();
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Embedding> expected = List.of(model.embed(picture(0)), model.embed("a red circle"));
            List<Future<Double>> found = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                boolean text = i % 2 == 1;
                found.add(threads.submit(() -> (text ? model.embed("a red circle") : model.embed(picture(0)))
                        .similarity(expected.get(text ? 1 : 0))));
            }
            for (Future<Double> one : found) {
                assertEquals(1, one.get(), 1e-6);
            }
        }
    }

    @Test
    void interrupt_cancels_andTheModelGoesOn() {
        try (EmbeddingModel model = load()) {
            Thread.currentThread().interrupt();
            assertThrows(CancellationException.class, () -> model.embed("a"));
            assertTrue(Thread.interrupted());
            assertEquals(40, model.embed("a").dim());
        }
    }

    @Test
    void closedModel_saysSo() {
        EmbeddingModel model = load();
        model.close();
        model.close();
        ClosedException e = assertThrows(ClosedException.class, () -> model.embed("a"));
        assertEquals(FIXTURE.path("model.gguf") + " is closed; load it again", e.getMessage());
    }

    @Test
    void embeddingsOfOtherModels_areRefused() {
        try (EmbeddingModel model = load()) {
            Embedding other = Embedding.of("x", "y", new float[] {1, 2}, 0, 2);
            IllegalArgumentException e = assertThrows(
                    IllegalArgumentException.class, () -> model.embed("a").similarity(other));
            assertEquals("embeddings of 40 and 2 elements: they are of different models", e.getMessage());
        }
    }

    @Test
    void embeddingWithoutDirection_isAnErrorOfTheFile() {
        ModelFormatException e = assertThrows(
                ModelFormatException.class, () -> Embedding.of("m.gguf", "text 3", new float[] {Float.NaN, 1}, 0, 2));
        assertEquals(
                "m.gguf: the embedding of text 3: found numbers that are not finite, expected finite numbers, not all of "
                        + "them 0; the weights are damaged, or the model needs a wider type than they are stored in",
                e.getMessage());
    }

    /// Copies the model with one tensor left out, or of another shape.
    private Path changed(String tensor, boolean kept) {
        Path path = folder.resolve("changed.gguf");
        try (GgufFile file = GgufFile.open(FIXTURE.path("model.gguf"))) {
            GgufWriter writer = new GgufWriter();
            for (String key : file.metadata().keys()) {
                switch (file.metadata().value(key)) {
                    case String text -> writer.string(key, text);
                    case Boolean flag -> writer.bool(key, flag);
                    case Long number -> writer.uint32(key, number);
                    case Integer number -> writer.uint32(key, number);
                    case Float number -> writer.float32(key, number);
                    case String[] texts -> writer.strings(key, texts);
                    case float[] numbers -> writer.float32s(key, numbers);
                    case null, default -> throw new IllegalStateException(key);
                }
            }
            for (Tensor one : file.tensors().values()) {
                if (!one.name().equals(tensor)) {
                    writer.tensor(one.name(), one.type(), one.shape(), one.data());
                } else if (kept) {
                    writer.tensor(tensor, TensorType.F32, Shape.of(3, 8), MemorySegment.ofArray(new byte[96]));
                }
            }
            writer.write(path);
        }
        return path;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "v.class_embd | false | tensor v.class_embd: found nothing, expected the class token of an embedding model "
                        + "with two towers (CLIP)",
                "t.post_ln.weight | false | tensor t.post_ln.weight: found nothing, expected shape [48]; the file is "
                        + "incomplete, or it is not of the architecture that it names",
                "visual_projection.weight | true | tensor visual_projection.weight: found shape [3, 8], expected shape "
                        + "[40, 64]",
                "text_projection.weight | true | tensor text_projection.weight: found shape [3, 8], expected shape "
                        + "[40, 48]",
                "t.position_embd.weight | true | tensor t.position_embd.weight: found shape [3, 8], expected shape "
                        + "[24, 48]",
                "t.token_embd.weight | true | tensor t.token_embd.weight: found shape [3, 8], expected shape [665, 48]",
                "t.blk.1.attn_q.weight | true | tensor t.blk.1.attn_q.weight: found shape [3, 8], expected shape [48, 48]",
                "t.blk.0.ffn_up.weight | true | tensor t.blk.0.ffn_up.weight: found shape [3, 8], expected shape [96, 48]"
            })
    void hostileFile_isAnErrorThatNamesTheTensor(String tensor, boolean kept, String message) {
        Path path = changed(tensor, kept);
        ModelFormatException e = assertThrows(ModelFormatException.class, () -> EmbeddingModel.load(path));
        assertEquals(path + ": " + message, e.getMessage());
    }
}
