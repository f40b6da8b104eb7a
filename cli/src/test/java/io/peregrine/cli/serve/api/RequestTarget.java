package io.peregrine.cli.serve.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.peregrine.cli.fuzz.Damage;
import io.peregrine.cli.fuzz.Target;
import io.peregrine.cli.serve.ApiException;
import io.peregrine.cli.serve.picture.PictureOptions;
import io.peregrine.cli.serve.picture.PictureSources;
import io.peregrine.cli.serve.picture.PictureUrl;
import io.peregrine.model.sampling.SamplingOptions;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Bodies of requests: read, checked, their pictures decoded. The first byte of the input says for which endpoint, the
/// rest is the body.
public final class RequestTarget implements Target {

    private static final String PICTURE = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR4nGMQ"
            + "aGD47wAABJQB0IR2lngAAAAASUVORK5CYII=";

    private static final List<String> PIECES = List.of(
            "{", "}", "[", "]", ",", ":", "\"", "null", "true", "false", "0", "-1", "1e999", "NaN", "-Infinity", "2.5",
            "9223372036854775808", "1e-400", "\"\"", "{}", "[]", "\\u0000", "\\ud800", "\\", "\u0000", "é", "\uFEFF",
            "\"role\"", "\"system\"", "\"user\"", "\"assistant\"", "\"tool\"", "\"content\"", "\"type\"", "\"text\"",
            "\"image_url\"", "\"url\"", "\"detail\"", "\"messages\"", "\"model\"", "\"n\"", "\"stop\"", "\"seed\"",
            "\"temperature\"", "\"top_p\"", "\"max_tokens\"", "\"max_completion_tokens\"", "\"stream\"",
            "\"stream_options\"", "\"include_usage\"", "\"logprobs\"", "\"top_logprobs\"", "\"response_format\"",
            "\"json_object\"", "\"json_schema\"", "\"schema\"", "\"name\"", "\"prompt\"", "\"input\"",
            "\"encoding_format\"", "\"base64\"", "\"dimensions\"", "\"data:image/png;base64,AAAA\"",
            "\"file:///etc/passwd\"", "\"http://127.0.0.1/\"", "\"type\":\"object\"", "\"properties\"", "\"items\"",
            "\"required\"", "\"enum\"", "\"const\"", "\"$ref\"", "\"#\"", "\"#/$defs/a\"", "\"$defs\"", "\"anyOf\"",
            "\"oneOf\"", "\"pattern\"", "\"minItems\"", "\"maxItems\"", "\"minLength\"", "\"maxLength\"",
            "\"minimum\"", "\"maximum\"", "\"additionalProperties\"", "\"a\"", "\"integer\"", "\"number\"",
            "\"string\"", "\"array\"", "\"boolean\"");

    private static final String SCHEMA = "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"array\",\"items\":{\"$ref\":"
            + "\"#/$defs/b\"},\"maxItems\":3},\"c\":{\"enum\":[\"x\",1,null]},\"d\":{\"type\":\"string\","
            + "\"maxLength\":5}},\"required\":[\"a\"],\"additionalProperties\":false,\"$defs\":{\"b\":{\"anyOf\":["
            + "{\"type\":\"integer\"},{\"type\":\"boolean\"}]}}}";

    private final List<byte[]> seeds = List.of(
            seed(0, "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},{\"role\":\"user\",\"content\":"
                    + "[{\"type\":\"text\",\"text\":\"What?\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"" + PICTURE
                    + "\",\"detail\":\"low\"}}]}],\"temperature\":0.5,\"top_p\":0.9,\"max_tokens\":5,\"stop\":[\"a\",\"b\"]}"),
            seed(0, "{\"messages\":[{\"role\":\"user\",\"content\":\"é\\n\\u0041\"}],\"stream\":true,\"stream_options\":"
                    + "{\"include_usage\":true},\"seed\":7,\"n\":1,\"logprobs\":true,\"top_logprobs\":3}"),
            seed(0, "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"response_format\":{\"type\":\"json_schema\","
                    + "\"json_schema\":{\"name\":\"n\",\"strict\":true,\"schema\":" + SCHEMA + "}}}"),
            seed(0, "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"response_format\":{\"type\":\"json_object\"}}"),
            seed(1, "{\"prompt\":\"Once\",\"max_tokens\":3,\"stop\":\"x\",\"logprobs\":2,\"echo\":false}"),
            seed(1, "{\"prompt\":[1,2,3]}"),
            seed(2, "{\"input\":[\"a\",\"b\"],\"encoding_format\":\"base64\",\"dimensions\":4}"),
            seed(2, "{\"input\":\"a\"}"));

    private static byte[] seed(int endpoint, String body) {
        byte[] bytes = Target.bytes(" " + body);
        bytes[0] = (byte) endpoint;
        return bytes;
    }

    @Override
    public String name() {
        return "request";
    }

    @Override
    public List<byte[]> seeds() {
        return seeds;
    }

    @Override
    public boolean accepts(byte[] input) {
        if (input.length == 0) {
            return false;
        }
        try (PictureSources sources = new PictureSources(PictureOptions.defaults())) {
            sources.read(pictures(input[0] & 3, Arrays.copyOfRange(input, 1, input.length)));
            return true;
        } catch (ApiException e) {
            if (e.status() < 400 || e.status() > 499 || e.getMessage().length() > 4_000) {
                throw new AssertionError("status " + e.status(), e);
            }
            return false;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// Reads a body.
    ///
    /// @return the pictures that it names
    private static List<PictureUrl> pictures(int endpoint, byte[] bytes) {
        ObjectNode body = JsonBody.parse(bytes);
        return switch (endpoint) {
            case 1 -> CompletionRequest.read(body, SamplingOptions.defaults()).prompt().pictures();
            case 2 -> EmbeddingRequest.read(body).inputs().stream()
                    .filter(EmbeddingRequest.Picture.class::isInstance)
                    .map(picture -> ((EmbeddingRequest.Picture) picture).url())
                    .toList();
            default -> ChatRequest.read(body, SamplingOptions.defaults()).chat().pictures();
        };
    }

    @Override
    public long allowedBytes(int length) {
        return (64 << 20) + 64L * length;
    }

    @Override
    public byte[] damaged(byte[] seed, SplittableRandom random) {
        byte[] damaged =
                switch (random.nextInt(8)) {
                    case 0 -> Damage.bytes(seed, random);
                    case 1, 2 -> retyped(seed, random);
                    default -> Target.bytes(Damage.text(Target.text(seed), PIECES, random));
                };
        if (damaged.length > 0) {
            damaged[0] = seed[0];
        }
        return damaged;
    }

    /// A letter or digit is another one: the body is JSON as before, and often good.
    private static byte[] retyped(byte[] seed, SplittableRandom random) {
        byte[] retyped = seed.clone();
        int at = random.nextInt(1, seed.length);
        while (!Character.isLetterOrDigit(retyped[at])) {
            at = at == 1 ? seed.length - 1 : at - 1;
        }
        retyped[at] = (byte) (Character.isDigit(retyped[at]) ? random.nextInt('0', '9' + 1) : random.nextInt('a', 'z' + 1));
        return retyped;
    }
}
