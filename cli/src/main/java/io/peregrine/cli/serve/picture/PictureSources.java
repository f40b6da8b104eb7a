package io.peregrine.cli.serve.picture;

import io.peregrine.cli.serve.ApiException;
import io.peregrine.core.ResourceLimitException;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.ImageFormatException;
import io.peregrine.model.image.ImageLimits;
import io.peregrine.model.image.ImageOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;

/// Gets the pictures of requests: from the requests themselves, and, as far as the operator allowed it, from files and
/// from the web. Safe for any thread; whoever makes it closes it.
public final class PictureSources implements AutoCloseable {

    private static final int LATER_SECONDS = 5;

    /// Of the heap, one part is for pictures.
    private static final int HEAP_PART = 4;

    private final PictureOptions options;
    private final FilePictures files;
    private final WebPictures web;
    private final Semaphore decodes;
    private final PictureMemory memory;

    public PictureSources(PictureOptions options) {
        this(
                options,
                WebPictures.Surroundings.usual(),
                new PictureMemory(
                        Math.max(PictureMemory.bytes(options.pixels()), Runtime.getRuntime().maxMemory() / HEAP_PART)));
    }

    PictureSources(PictureOptions options, WebPictures.Surroundings surroundings, PictureMemory memory) {
        this.options = options;
        this.files = new FilePictures(options.root(), options.bytes());
        this.web = new WebPictures(options.hosts(), options.bytes(), options.fetchTime(), surroundings);
        this.decodes = new Semaphore(options.decodes(), true);
        this.memory = memory;
    }

    /// Reads pictures, in order.
    ///
    /// @return them, to be closed when the request has ended
    /// @throws ApiException 400 naming the field of the first one that cannot be had, or is no picture; 503 if the
    ///     pictures of other requests take too much memory
    /// @throws InterruptedException if the thread is interrupted
    public Pictures read(List<PictureUrl> pictures) throws InterruptedException {
        checkCount(pictures);
        List<Image> images = new ArrayList<>();
        long pixels = 0;
        boolean whole = false;
        try {
            for (PictureUrl picture : pictures) {
                Image image = decode(picture, bytes(picture), options.pixels() - pixels);
                long more = (long) image.width() * image.height();
                if (!memory.take(PictureMemory.bytes(more))) {
                    throw ApiException.unavailable(
                            "queue_full", "the pictures of other requests take all the memory for them", LATER_SECONDS);
                }
                pixels += more;
                images.add(image);
            }
            whole = true;
            return new Pictures(images, memory, PictureMemory.bytes(pixels));
        } finally {
            if (!whole) {
                memory.give(PictureMemory.bytes(pixels));
            }
        }
    }

    private void checkCount(List<PictureUrl> pictures) {
        if (pictures.size() > options.perRequest()) {
            throw pictures.get(options.perRequest())
                    .refused("found picture number " + (options.perRequest() + 1) + ", expected at most "
                            + options.perRequest() + " in a request");
        }
    }

    private byte[] bytes(PictureUrl picture) throws InterruptedException {
        if (picture.hasScheme("data")) {
            return DataUri.decode(picture, options.bytes());
        }
        if (picture.hasScheme("http") || picture.hasScheme("https")) {
            return web.fetch(picture);
        }
        if (picture.hasScheme("file")) {
            return files.read(picture);
        }
        throw picture.refused("expected a data: URI with a picture in base64");
    }

    /// @param pixels that the request may still have
    private Image decode(PictureUrl picture, byte[] bytes, long pixels) throws InterruptedException {
        ImageLimits usual = ImageLimits.DEFAULT;
        long most = Math.max(1, Math.min(usual.maxPixels(), pixels));
        ImageLimits limits = new ImageLimits(options.bytes(), usual.maxSide(), most, usual.maxRatio());
        decodes.acquire();
        try {
            return Image.read(bytes, picture.path(), ImageOptions.DEFAULT.withLimits(limits));
        } catch (ImageFormatException e) {
            throw ApiException.badField(picture.path(), String.valueOf(e.getMessage()));
        } catch (ResourceLimitException e) {
            throw ApiException.badField(
                    picture.path(),
                    e.getMessage()
                            + String.format(
                                    Locale.ROOT,
                                    " (the pictures of a request may have %d pixels together)",
                                    options.pixels()));
        } finally {
            decodes.release();
        }
    }

    @Override
    public void close() {
        web.close();
    }
}
