package io.peregrine.model;

import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.PlaceNotation;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.PromptFrame;
import io.peregrine.model.block.RegionEncoder;
import io.peregrine.model.image.Image;
import io.peregrine.model.tokenizer.TextPart;
import io.peregrine.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns prompts into rows: text by the tokenizer, images and their regions by what the family puts in their place.
///
/// Text and the marks of an image beside it are one text for the tokenizer, as for the authors' own processors: of the
/// line breaks that Gemma 3 has around images and one in front of them it makes a single token.
final class PromptReader {

    private final Tokenizer tokenizer;
    private final @Nullable ImageEncoder encoder;
    private final int axes;

    /// @param axes positions of a row
    PromptReader(Tokenizer tokenizer, @Nullable ImageEncoder encoder, int axes) {
        this.tokenizer = tokenizer;
        this.encoder = encoder;
        this.axes = axes;
    }

    /// @param shelf gives the pictures of the prompt, prepared; they are to be given back ([PromptRows#pictures])
    /// @throws PromptException if the prompt has no rows, images or regions that the model cannot see, or a region that
    ///     is not one of the image in front of it
    PromptRows read(Prompt prompt, PictureShelf shelf) {
        PromptRows rows = new PromptRows(axes);
        try {
            read(prompt, shelf, rows);
            return rows;
        } catch (Throwable e) {
            shelf.giveBack(rows.pictures());
            throw e;
        }
    }

    private void read(Prompt prompt, PictureShelf shelf, PromptRows rows) {
        Run run = new Run(rows);
        PromptFrame frame = encoder == null ? PromptFrame.USUAL : encoder.frame();
        boolean begins = !prompt.beginsText() || !tokenizer.vocabulary().addsBos();
        Image last = null;
        PictureShelf.Entry entry = null;
        int pictures = 0;
        int areas = 0;
        for (Prompt.Segment segment : prompt.segments()) {
            if (!begins && !(frame.beginsAfterPictures() && segment instanceof Prompt.Picture)) {
                run.end();
                addBegin(rows);
                begins = true;
            }
            switch (segment) {
                case Prompt.Text text -> {
                    checkMarks(text);
                    run.text(text.parts(), last);
                }
                case Prompt.Tokens tokens -> {
                    run.end();
                    rows.addTokens(checked(tokens.ids()));
                }
                case Prompt.Picture picture -> {
                    last = picture.image();
                    entry = take(last, shelf);
                    rows.take(entry);
                    addPicture(rows, run, entry, pictures++);
                }
                case Prompt.Area area -> {
                    run.end();
                    addArea(rows, area.region(), areas++, last, entry, shelf);
                }
            }
        }
        run.end();
        if (!begins) {
            addBegin(rows);
        }
        if (rows.rows() == 0) {
            throw new PromptException("it is empty", "give the model some text to go on from");
        }
        if (pictures > 0 && frame.end() != null) {
            rows.addTokens(encoded(frame.end(), pictures - 1));
        }
    }

    private void addBegin(PromptRows rows) {
        rows.addTokens(new int[] {tokenizer.vocabulary().bos()});
    }

    /// Marks are no words for a model that knows regions; what somebody says in a conversation is not looked at.
    private void checkMarks(Prompt.Text text) {
        if (encoder instanceof RegionEncoder
                && text.parts().stream().anyMatch(part -> part.trusted() && part.text().contains(Prompt.REGION))) {
            throw new PromptException("it has a mark " + Prompt.REGION + " and no regions", "give one region for each mark");
        }
    }

    private int[] checked(int[] ids) {
        for (int id : ids) {
            if (id < 0 || id >= tokenizer.vocabulary().size()) {
                throw new PromptException(
                        "token " + id + " is not in the vocabulary of "
                                + tokenizer.vocabulary().size() + " tokens",
                        "use tokens of this model");
            }
        }
        return ids;
    }

    private PictureShelf.Entry take(Image image, PictureShelf shelf) {
        if (encoder == null) {
            throw new PromptException(
                    "it has an image, but the model was loaded without a vision part",
                    "load the model with the mmproj file that belongs to it");
        }
        return shelf.take(image, encoder);
    }

    private void addPicture(PromptRows rows, Run run, PictureShelf.Entry entry, int picture) {
        int block = 0;
        for (PreparedPicture.Piece piece : entry.prepared().pieces()) {
            switch (piece) {
                case PreparedPicture.Mark mark -> run.mark(mark.text());
                case PreparedPicture.NumberedMark mark -> run.mark(mark.before() + picture + mark.after());
                case PreparedPicture.Token token -> {
                    run.end();
                    rows.addTokens(encoded(token, picture));
                }
                case PreparedPicture.Block prepared -> {
                    run.end();
                    int[] lineEnd = prepared.lineEnd() == null ? new int[0] : encoded(prepared.lineEnd(), picture);
                    int line = prepared.lineTokens();
                    for (int offset = 0; offset < prepared.tokens(); offset += line) {
                        rows.addBlock(new PromptRows.Block(picture, entry, block, offset, line));
                        rows.addTokens(lineEnd);
                    }
                    block++;
                }
            }
        }
    }

    /// @param image the last one in front of the region, or null, as its entry
    private void addArea(
            PromptRows rows,
            Region region,
            int number,
            @Nullable Image image,
            PictureShelf.@Nullable Entry entry,
            PictureShelf shelf) {
        if (encoder == null) {
            throw new PromptException(
                    "it has a region, but the model was loaded without a vision part",
                    "load the model with the mmproj file that belongs to it");
        }
        if (!(encoder instanceof RegionEncoder regions)) {
            throw new PromptException(
                    "it has a region, but the model knows none",
                    "leave it out, or ask a model that was trained with regions, such as Osprey");
        }
        if (image == null || entry == null) {
            throw new PromptException(
                    "region " + (number + 1) + " has no image in front of it",
                    "put its mark behind the image that it belongs to");
        }
        PictureShelf.Area area = shelf.area(entry, region.on(image, number));
        rows.addArea(new PromptRows.Area(number, area, regions.regionTokens()));
    }

    /// @param image the last one in front of the text, or null: its places may be named
    private int[] encoded(List<TextPart> text, @Nullable Image image) {
        PlaceNotation places = encoder == null || image == null ? null : encoder.places(image);
        return places == null ? tokenizer.encodeParts(text, false) : PromptText.encode(tokenizer, text, places);
    }

    /// @param picture which picture of the prompt, from 0
    private int[] encoded(PreparedPicture.Words words, int picture) {
        return switch (words) {
            case PreparedPicture.Mark mark -> tokenizer.encode(mark.text(), false, true);
            case PreparedPicture.NumberedMark mark ->
                tokenizer.encode(mark.before() + picture + mark.after(), false, true);
            case PreparedPicture.Token token -> new int[] {tokenizer.vocabulary().find(token.text())};
        };
    }

    /// Text that is not tokenised yet, because more of it may follow.
    private final class Run {

        private final PromptRows rows;
        private final List<TextPart> parts = new ArrayList<>();
        private @Nullable Image image;

        Run(PromptRows rows) {
            this.rows = rows;
        }

        /// @param last the last image in front of it, or null
        void text(List<TextPart> text, @Nullable Image last) {
            parts.addAll(text);
            image = last;
        }

        void mark(String text) {
            parts.add(TextPart.template(text));
        }

        void end() {
            if (!parts.isEmpty()) {
                rows.addTokens(encoded(parts, image));
                parts.clear();
            }
        }
    }
}
