package io.peregrine.model.arch;

import io.peregrine.core.ModelFormatException;
import io.peregrine.core.gguf.Metadata;
import io.peregrine.model.block.Linear;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.TowerEncoder;
import io.peregrine.model.block.VitTower;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.image.SquareRecipe;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// The vision side of MiniGPT-v2, and of MiniGPT-4 on Llama 2 with its smaller pictures: an EVA tower, and
/// one linear layer over patches that follow each other (`minigpt_v2`).
///
/// Behind the tower's norm the class token is dropped; then every `clip.vision.projector.stack_factor`
/// patches in reading order, not a square of them, become one row.
///
/// Sources: arXiv 2310.09478; `Vision-CAIR/MiniGPT-4 : minigpt4/models/minigpt_v2.py,
/// minigpt4/models/minigpt4.py`.
final class MiniGptV2 implements TowerEncoder {

    private static final String STACK = "clip.vision.projector.stack_factor";
    private static final int MAX_STACK = 1024;

    /// Pictures of MiniGPT-4 on Llama 2 have this side; files tell the two apart by nothing else.
    private static final int LLAMA2_SIDE = 224;

    /// MiniGPT-v2 was trained with the name of the task in brackets.
    private static final List<String> TASKS =
            List.of("vqa", "caption", "grounding", "refer", "identify", "detection");

    private final VitTower tower;
    private final SquareRecipe recipe;

    /// Rows of a picture.
    private final int tokens;

    private final int stack;
    private final Linear projector;

    private MiniGptV2(EvaTower eva, int stack, Linear projector) {
        this.tower = eva.tower();
        this.recipe = eva.recipe();
        this.stack = stack;
        this.tokens = eva.patches() / stack;
        this.projector = projector;
    }

    static MiniGptV2 bind(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        EvaTower eva = EvaTower.bind(m, w, options);
        int stack = m.integer(STACK, 1, MAX_STACK);
        int patches = eva.patches();
        if (patches % stack != 0) {
            throw new ModelFormatException(
                    m.file(),
                    "key " + STACK,
                    Integer.toString(stack),
                    "a divisor of " + patches + ", the number of patches of a picture",
                    "");
        }
        MiniGptV2 bound = new MiniGptV2(eva, stack, w.linear("mm.0", eva.tower().width() * stack));
        notes.accept("vision: pictures of " + eva.recipe().side() + " pixels a side, so "
                + (bound.isV2() ? "MiniGPT-v2" : "MiniGPT-4 on Llama 2"));
        return bound;
    }

    @Override
    public int dim() {
        return projector.out();
    }

    @Override
    public String chatTemplate() {
        return isV2() ? "minigpt-v2" : "minigpt4-llama2";
    }

    @Override
    public Map<String, String> tasks() {
        Map<String, String> tasks = new LinkedHashMap<>();
        if (isV2()) {
            TASKS.forEach(name -> tasks.put(name, "[" + name + "] "));
        }
        return tasks;
    }

    private boolean isV2() {
        return recipe.side() != LLAMA2_SIDE;
    }

    @Override
    public PreparedPicture prepare(Image image) {
        return new PreparedPicture(
                List.of(new PreparedPicture.Block(List.of(recipe.apply(image)), tokens)));
    }

    @Override
    public Rows features(Pass pass, List<Pixels> views) {
        return tower.apply(pass, views, pass.rows("v.features", 0, 0)); // [views * patches, width]
    }

    @Override
    public Rows project(Pass pass, Rows features, List<Pixels> views, Rows out) {
        Rows stacked = features.regroup(features.rows() / stack, features.width() * stack);
        return projector.apply(pass, stacked, out);
    }
}
