package io.peregrine.model.arch;

import io.peregrine.core.gguf.Metadata;
import io.peregrine.model.block.ImageEncoder;
import io.peregrine.model.block.Linear;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.PreparedPicture;
import io.peregrine.model.block.QFormer;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.Trace;
import io.peregrine.model.block.VitTower;
import io.peregrine.model.block.Weights;
import io.peregrine.model.image.Image;
import io.peregrine.model.image.SquareRecipe;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// The vision side of MiniGPT-4: an EVA tower, the Q-Former of BLIP-2 and a linear layer (`blip2_qformer`).
///
/// The Q-Former looks at all tokens of the tower, the class token's included, and makes as many rows as it
/// has queries, whatever the size of the picture.
///
/// Sources: arXiv 2304.10592; `Vision-CAIR/MiniGPT-4 : minigpt4/models/minigpt4.py,
/// minigpt4/models/Qformer.py`.
final class MiniGpt4 implements ImageEncoder {

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
    public List<Rows> encode(Pass pass, PreparedPicture picture) {
        List<Rows> embeddings = new ArrayList<>();
        for (PreparedPicture.Block block : picture.blocks()) {
            int number = embeddings.size();
            int views = block.views().size();
            Rows features = tower.applyWithClass(pass, block.views(), pass.rows("v.features", 0, 0));
            pass.trace().rows(Trace.FEATURES, number, features);
            Rows gathered = qformer.apply(pass, features, views, pass.rows("v.qformer", 0, 0)); // [tokens, dim]
            Rows rows = projector.apply(pass, gathered, new Rows());
            pass.trace().rows("v.embedding", number, rows);
            embeddings.add(rows);
        }
        return embeddings;
    }
}
