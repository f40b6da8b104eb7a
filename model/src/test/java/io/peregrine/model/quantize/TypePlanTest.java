package io.peregrine.model.quantize;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peregrine.core.memory.LoadListener;
import io.peregrine.core.tensor.Shape;
import io.peregrine.core.tensor.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which type each tensor gets.
class TypePlanTest {

    private final List<TensorInfo> tensors = new ArrayList<>();

    private TensorInfo tensor(String name, TensorType type, long... dims) {
        TensorInfo tensor = new TensorInfo(name, type, Shape.of(dims));
        tensors.add(tensor);
        return tensor;
    }

    private static QuantizeOptions options(
            Mix mix,
            boolean pure,
            @Nullable TensorType output,
            @Nullable TensorType tokens,
            Map<String, TensorType> types,
            String... keep) {
        return new QuantizeOptions(
                mix,
                pure,
                output,
                tokens,
                types,
                List.of(keep).stream().map(Pattern::compile).toList(),
                false,
                false,
                0,
                LoadListener.NONE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "blk.0.attn_q_norm.weight",
                "v.position_embd.weight",
                "v.patch_embd.weight",
                "mm.patch_merger.weight",
                "resampler.pos_embed",
                "resampler.query",
                "v.proj_query",
                "token_types.weight",
                "blk.0.ffn_gate_inp.weight",
                "blk.0.shortconv.conv.weight",
                "mm.0.bias",
                "rope_freqs"
            })
    void tablesAndSmallMatrices_stay(String name) {
        TensorInfo kept = tensor(name, TensorType.F32, 256, 256);
        assertEquals(TensorType.F32, new TypePlan(tensors, QuantizeOptions.to(Mix.Q4_0)).type(kept));
    }

    @Test
    void onlyMatricesOfFloats_change() {
        TensorInfo vector = tensor("output_norm.weight", TensorType.F32, 256);
        TensorInfo kernel = tensor("v.conv.weight", TensorType.F16, 8, 3, 16, 16);
        TensorInfo experts = tensor("blk.0.ffn_up_exps.weight", TensorType.F16, 4, 64, 256);
        TensorInfo cube = tensor("blk.0.cube.weight", TensorType.F16, 4, 64, 256);
        TensorInfo doubles = tensor("blk.0.double.weight", TensorType.F64, 64, 256);
        TensorInfo ids = tensor("blk.0.ids.weight", TensorType.I32, 64, 256);
        TypePlan plan = new TypePlan(tensors, QuantizeOptions.to(Mix.Q8_0));
        assertEquals(TensorType.F32, plan.type(vector));
        assertEquals(TensorType.F16, plan.type(kernel));
        assertEquals(TensorType.Q8_0, plan.type(experts));
        assertEquals(TensorType.F16, plan.type(cube));
        assertEquals(TensorType.F64, plan.type(doubles));
        assertEquals(TensorType.I32, plan.type(ids));
        assertEquals(List.of(), plan.notes());
    }

    @ParameterizedTest
    @CsvSource({
        "Q4_K, 128, F32, Q5_0",
        "Q5_K, 128, F32, Q5_1",
        "Q6_K, 128, F32, Q8_0",
        "Q4_K, 4304, F32, F16",
        "Q8_0, 4304, BF16, BF16",
        "Q4_0, 16, F16, F16"
    })
    void oddRows_getSmallerBlocks(Mix mix, long columns, TensorType from, TensorType to) {
        TensorInfo odd = tensor("blk.0.ffn_up.weight", from, 64, columns);
        tensor("blk.0.ffn_gate.weight", from, 64, columns);
        TypePlan plan = new TypePlan(tensors, QuantizeOptions.to(mix));
        assertEquals(to, plan.type(odd));
        assertEquals(
                List.of("2 tensors with rows of " + columns + " elements: " + to + " instead of " + mix.base()
                        + ", whose blocks hold " + mix.base().blockElements()),
                plan.notes());
    }

    /// The layers of `llama-quantize` for 32 layers: the first and last four, and every third between.
    @Test
    void mixes_storeSomeLayersBetter() {
        List<TensorInfo> values = layers("attn_v");
        List<TensorInfo> downs = layers("ffn_down");
        List<TensorInfo> queries = layers("attn_q");
        List<Integer> outer = List.of(0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31);
        for (Mix mix : new Mix[] {Mix.Q4_K_M, Mix.Q5_K_M}) {
            TypePlan plan = new TypePlan(tensors, QuantizeOptions.to(mix));
            assertEquals(outer, layersOf(plan, values, TensorType.Q6_K));
            assertEquals(outer, layersOf(plan, downs, TensorType.Q6_K));
            assertEquals(32, layersOf(plan, queries, mix.base()).size());
        }
        TypePlan small = new TypePlan(tensors, QuantizeOptions.to(Mix.Q4_K_S));
        assertEquals(List.of(0, 1, 2, 3), layersOf(small, values, TensorType.Q5_K));
        assertEquals(List.of(0, 1, 2, 3), layersOf(small, downs, TensorType.Q5_K));
        TypePlan plain = new TypePlan(tensors, QuantizeOptions.to(Mix.Q4_K));
        assertEquals(32, layersOf(plain, values, TensorType.Q4_K).size());
        TypePlan pure = new TypePlan(tensors, options(Mix.Q4_K_M, true, null, null, Map.of()));
        assertEquals(32, layersOf(pure, downs, TensorType.Q4_K).size());
    }

    /// Each stack of layers counts by itself.
    @Test
    void towers_haveLayersOfTheirOwn() {
        List<TensorInfo> text = layers("attn_v");
        TensorInfo last = tensor("v.blk.1.attn_v.weight", TensorType.F16, 256, 256);
        TypePlan plan = new TypePlan(tensors, QuantizeOptions.to(Mix.Q4_K_M));
        assertEquals(TensorType.Q6_K, plan.type(last));
        assertEquals(TensorType.Q6_K, plan.type(text.getLast()));
    }

    private List<TensorInfo> layers(String part) {
        return IntStream.range(0, 32)
                .mapToObj(i -> tensor("blk." + i + "." + part + ".weight", TensorType.F16, 256, 256))
                .toList();
    }

    private static List<Integer> layersOf(TypePlan plan, List<TensorInfo> layers, TensorType type) {
        return IntStream.range(0, layers.size())
                .filter(i -> plan.type(layers.get(i)) == type)
                .boxed()
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"Q4_K_M, Q6_K", "Q4_0, Q6_K", "Q8_0, Q8_0", "F16, F16", "Q6_K, Q6_K"})
    void outputMatrix_isStoredBetter(Mix mix, TensorType output) {
        TensorInfo tokens = tensor("token_embd.weight", TensorType.F32, 300, 256);
        assertEquals(output, new TypePlan(tensors, QuantizeOptions.to(mix)).type(tokens), "used for both");
        TensorInfo own = tensor("output.weight", TensorType.F32, 300, 256);
        TypePlan plan = new TypePlan(tensors, QuantizeOptions.to(mix));
        assertEquals(mix.base(), plan.type(tokens));
        assertEquals(output, plan.type(own));
    }

    @Test
    void wishes_goFirst() {
        TensorInfo tokens = tensor("token_embd.weight", TensorType.F32, 300, 256);
        TensorInfo output = tensor("output.weight", TensorType.F32, 300, 256);
        TensorInfo keys = tensor("blk.0.attn_k.weight", TensorType.F32, 256, 256);
        TensorInfo up = tensor("blk.0.ffn_up.weight", TensorType.F32, 256, 256);
        TensorInfo down = tensor("blk.0.ffn_down.weight", TensorType.F32, 256, 256);
        Map<String, TensorType> types = new LinkedHashMap<>();
        types.put("attn_k", TensorType.Q5_1);
        types.put("ffn_(up|down)", TensorType.Q8_0);
        types.put("ffn_up", TensorType.F16);
        types.put("nowhere", TensorType.F16);
        TypePlan plan = new TypePlan(
                tensors, options(Mix.Q4_K_M, false, TensorType.F16, TensorType.Q5_0, types, "^blk\\.0\\.ffn_down"));
        assertEquals(TensorType.Q5_0, plan.type(tokens));
        assertEquals(TensorType.F16, plan.type(output));
        assertEquals(TensorType.Q5_1, plan.type(keys));
        assertEquals(TensorType.Q8_0, plan.type(up));
        assertEquals(TensorType.F32, plan.type(down));
        assertEquals(
                List.of(
                        "no tensor that is quantised matches ffn_up",
                        "no tensor that is quantised matches nowhere"),
                plan.notes());
    }
}
