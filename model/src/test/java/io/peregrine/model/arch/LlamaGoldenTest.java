package io.peregrine.model.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.peregrine.core.gguf.GgufFile;
import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.Compute;
import io.peregrine.kernels.Workers;
import io.peregrine.model.Fixture;
import io.peregrine.model.block.Batch;
import io.peregrine.model.block.Decoder;
import io.peregrine.model.block.Pass;
import io.peregrine.model.block.Rows;
import io.peregrine.model.block.SequenceState;
import io.peregrine.model.block.Weights;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The `llama` decoder against logits of an independent implementation, token ids given.
class LlamaGoldenTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text_llama_spm",
                "text_llama_bpe",
                "text_llama_bpe3",
                "text_llama_f16",
                "text_llama_bf16",
                "text_llama_q8_0",
                "text_llama_q4_0",
                "text_llama_q4_k_m",
                "text_llama_q5_k_m"
            })
    void logitsOfEveryCase(String name) throws IOException {
        Fixture fixture = Fixture.of(name);
        try (Workers workers = new Workers(2);
                GgufFile file = GgufFile.open(fixture.path("model.gguf"))) {
            Weights weights = new Weights(file);
            int vocab = (int) file.tensor("token_embd.weight").shape().rows();
            Decoder decoder = Decoders.bind(file.metadata(), weights, vocab, "", note -> {});
            assertEquals(List.of(), weights.unused());
            Pass pass = new Pass(new Compute(workers, true), () -> false);
            int index = 0;
            for (JsonNode golden : fixture.cases()) {
                compare(name + " case " + index++, fixture, golden, decoder, pass);
            }
        }
    }

    private static void compare(String what, Fixture fixture, JsonNode golden, Decoder decoder, Pass pass) {
        int[] prompt = Fixture.ints(golden.get("chunks").get(0).get("tokens"));
        int[] generated = Fixture.ints(golden.get("generated"));
        int steps = generated.length;
        float[] found = new float[steps * decoder.vocab()];
        SequenceState state = decoder.newSequence(prompt.length + steps, TensorType.F32);
        Batch batch = new Batch(1);
        Rows logits = new Rows();
        for (int step = 0; step < steps; step++) {
            batch.clear();
            batch.begin(state);
            if (step == 0) {
                for (int i = 0; i < prompt.length; i++) {
                    batch.addToken(prompt[i], i);
                }
            } else {
                batch.addToken(generated[step - 1], state.length());
            }
            decoder.forward(pass, batch, new int[] {batch.rows() - 1}, logits);
            System.arraycopy(logits.data(), 0, found, step * decoder.vocab(), decoder.vocab());
        }
        double tolerance = golden.get("tolerance").get("logits_max_abs").doubleValue();
        Fixture.assertClose(what, fixture.floats(golden.get("logits").textValue()), found, tolerance);
    }
}
