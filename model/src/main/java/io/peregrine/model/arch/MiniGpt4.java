package io.peregrine.model.arch;

import io.peregrine.core.gguf.Metadata;
import io.peregrine.model.block.Linear;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.QFormer;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.TowerEncoder;
import io.peregrine.model.block.VitTower;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.Pixels;
import io.peregrine.model.image.SquareRecipe;
import java.util.List;
import java.util.function.Consumer;

/// The vision side of MiniGPT-4: an EVA tower, the Q-Former of BLIP-2 and a linear layer (`blip2_qformer`).
///
/// The Q-Former looks at all tokens of the tower, the class token's included, and makes as many rows as it
/// has queries, whatever the size of the picture.
///
/// Sources: arXiv 2304.10592; `Vision-CAIR/MiniGPT-4 : minigpt4/models/minigpt4.py,
/// minigpt4/models/Qformer.py`.
final class MiniGpt4 implements TowerEncoder {

    private final VitTower tower;
    private final SquareRecipe recipe;
    private final QFormer qformer;
    private final Linear projector;

    private MiniGpt4(EvaTower eva, QFormer qformer, Linear projector) {
        this.tower = eva.tower();
        this.recipe = eva.recipe();
        this.qformer = qformer;
        this.projector = projector;
    }

    static MiniGpt4 bind(Metadata m, Weights w, VisionOptions options, Consumer<String> notes) {
        EvaTower eva = EvaTower.bind(m, w, options);
        QFormer qformer = QFormerLayers.bind(m, w, eva.tower().width());
        return new MiniGpt4(eva, qformer, w.linear("v.proj_linear", qformer.dim()));
    }

    @Override
    public int dim() {
        return projector.out();
    }

    @Override
    public String chatTemplate() {
        return "minigpt4";
    }

    @Override
    public PreparedPicture prepare(Image image) {
        return new PreparedPicture(
                List.of(new PreparedPicture.Block(List.of(recipe.apply(image)), qformer.tokens())));
    }

    @Override
    public Rows features(Pass pass, List<Pixels> views) {
        return tower.applyWithClass(pass, views, pass.rows("v.features", 0, 0)); // [views * tokens, width]
    }

    @Override
    public Rows project(Pass pass, Rows features, List<Pixels> views, Rows out) {
        Rows gathered = qformer.apply(pass, features, views.size(), pass.rows("v.qformer", 0, 0)); // [tokens, dim]
        return projector.apply(pass, gathered, out);
    }
}
