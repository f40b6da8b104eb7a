package io.peregrine.bench;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.format.Formats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One thing that a sweep measures, written `kind:variant`.
///
/// @param kind a group of the [catalogue][#catalogue], or a product `tokens x rows x columns` as in
///     `64x2048x512`
/// @param variant a storage format, or the elements of a head
record SweepCase(String kind, String variant) {

    static final String IMAGE = "image";
    static final String PREFILL = "prefill";
    static final String DECODE = "decode";
    static final String ATTENTION = "attention";
    static final String ATTENTION_IMAGE = "attention-image";
    static final String CONTEXT = "context";

    private static final Pattern PRODUCT = Pattern.compile("([0-9]{1,5})x([0-9]{1,6})x([0-9]{1,6})");
    private static final List<String> FORMATS = List.of(
            "F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K",
            "IQ4_NL", "IQ4_XS", "MXFP4");

    /// What is measured when nothing is chosen: the usual formats in every phase, attention of every kind.
    static List<SweepCase> catalogue() {
        List<SweepCase> cases = new ArrayList<>();
        for (String format : List.of("F32", "F16", "BF16")) {
            cases.add(new SweepCase(IMAGE, format));
        }
        for (String kind : List.of(PREFILL, DECODE)) {
            FORMATS.forEach(format -> cases.add(new SweepCase(kind, format)));
        }
        for (String headDim : List.of("64", "128")) {
            cases.add(new SweepCase(ATTENTION, headDim));
            cases.add(new SweepCase(CONTEXT, headDim));
        }
        cases.add(new SweepCase(ATTENTION_IMAGE, "64"));
        return cases;
    }

    /// Chooses cases.
    ///
    /// @param only parts separated by commas: `decode`, `decode:Q4_K`, `*:Q4_K`, `577x1024x4096:F16`; formats
    ///     outside the catalogue must be named together with a kind
    /// @throws IllegalArgumentException if a part names nothing
    static List<SweepCase> choose(String only) {
        List<SweepCase> chosen = new ArrayList<>();
        for (String part : only.split(",")) {
            String[] names = part.trim().split(":", 2);
            String variant = names.length == 1 ? "*" : names[1];
            List<SweepCase> fitting = matching(names[0], variant);
            if (fitting.isEmpty()) {
                throw new IllegalArgumentException(
                        "--only: found " + part + ", expected kind, kind:variant or *:variant" + " of the kinds "
                                + kinds() + " or 'tokens x rows x columns' as in 64x2048x512");
            }
            fitting.stream().filter(c -> !chosen.contains(c)).forEach(chosen::add);
        }
        return chosen;
    }

    private static List<SweepCase> matching(String kind, String variant) {
        boolean product = PRODUCT.matcher(kind).matches();
        if (product && variant.equals("*")) {
            return FORMATS.stream().map(format -> new SweepCase(kind, format)).toList();
        }
        boolean matrix = product || kind.equals(IMAGE) || kind.equals(PREFILL) || kind.equals(DECODE);
        if (matrix && isFormat(variant)) {
            return List.of(new SweepCase(kind, variant));
        }
        return catalogue().stream()
                .filter(c -> kind.equals("*") || kind.equals(c.kind))
                .filter(c -> variant.equals("*") || variant.equals(c.variant))
                .toList();
    }

    private static boolean isFormat(String name) {
        return Formats.all().stream().anyMatch(format -> format.type().name().equals(name));
    }

    private static List<String> kinds() {
        return catalogue().stream().map(SweepCase::kind).distinct().toList();
    }

    /// The format of a product's weights.
    TensorType format() {
        return TensorType.valueOf(variant);
    }

    /// The numbers of a kind `tokens x rows x columns`, or null.
    int[] shape() {
        Matcher matcher = PRODUCT.matcher(kind);
        return matcher.matches()
                ? Arrays.stream(kind.split("x")).mapToInt(Integer::parseInt).toArray()
                : null;
    }

    @Override
    public String toString() {
        return kind + ":" + variant;
    }
}
