package io.peregrine.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Pictures compared with texts.
///
/// @param images embeddings of the pictures
/// @param texts embeddings of the texts, of the same model
/// @param factor what the model multiplies similarities by before a softmax
public record Comparison(List<Embedding> images, List<Embedding> texts, double factor) {

    public Comparison {
        images = List.copyOf(images);
        texts = List.copyOf(texts);
    }

    /// How alike a picture and a text are: the cosine, -1 to 1. Cosines of pictures with texts are small; what counts
    /// is which is larger.
    public double similarity(int image, int text) {
        return images.get(image).similarity(texts.get(text));
    }

    /// The similarity times the model's factor.
    public double logit(int image, int text) {
        return factor * similarity(image, text);
    }

    /// All logits: `[images, texts]`.
    public float[] logits() {
        float[] logits = new float[Math.multiplyExact(images.size(), texts.size())];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) logit(i / texts.size(), i % texts.size());
        }
        return logits;
    }

    /// How probable it is for each text to be the one that belongs to a picture, if one of them does: zero-shot
    /// classification. They sum to 1.
    ///
    /// @return `[texts]`
    public double[] probabilities(int image) {
        double[] weights = new double[texts.size()];
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < weights.length; i++) {
            weights[i] = logit(image, i);
            largest = Math.max(largest, weights[i]);
        }
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Math.exp(weights[i] - largest);
            sum += weights[i];
        }
        for (int i = 0; i < weights.length; i++) {
            weights[i] /= sum;
        }
        return weights;
    }

    /// Writes `imageI.embedding.npy` and `textI.embedding.npy`, each `[dim]`, and, if there are both, `logits.npy`,
    /// `[images, texts]`; replaces files of these names.
    ///
    /// @param folder made if it is not there
    public void write(Path folder) throws IOException {
        Files.createDirectories(folder);
        write(folder, "image", images);
        write(folder, "text", texts);
        if (!images.isEmpty() && !texts.isEmpty()) {
            NpyFile.write(folder.resolve("logits.npy"), logits(), images.size(), texts.size());
        }
    }

    private static void write(Path folder, String kind, List<Embedding> embeddings) throws IOException {
        for (int i = 0; i < embeddings.size(); i++) {
            float[] values = embeddings.get(i).toArray();
            NpyFile.write(folder.resolve(kind + i + ".embedding.npy"), values, values.length);
        }
    }
}
