package io.peregrine.kernels.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peregrine.core.tensor.TensorType;
import io.peregrine.kernels.scalar.ScalarDecoder;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Whether every format has all that a format must have.
class FormatsTest {

    static Iterable<BlockFormat> formats() {
        return Formats.all();
    }

    @ParameterizedTest
    @MethodSource("formats")
    void hasAClassOfItsNameADefinitionAndBlocksOfTheReference(BlockFormat format) {
        TensorType type = format.type();
        assertSame(format, Formats.of(type));
        assertEquals(type.name(), format.getClass().getSimpleName());
        assertNotNull(ScalarDecoder.of(type));
        String name = type.name().toLowerCase(Locale.ROOT).replaceFirst("_k$", "_K");
        assertNotNull(FormatsTest.class.getResource("/quant/" + name + ".blocks"), name);
        assertNotNull(FormatsTest.class.getResource("/quant/" + name + ".f32"), name);
    }

    @Test
    void everyPermittedClassIsInTheCatalogue() {
        Set<Class<?>> catalogue = Formats.all().stream().map(Object::getClass).collect(Collectors.toSet());
        assertEquals(Set.of(BlockFormat.class.getPermittedSubclasses()), catalogue);
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"Q8_1", "Q8_K", "I8", "I16", "I32", "I64", "F64"})
    void whatIsNotWeights_isRefused(TensorType type) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Formats.of(type));
        assertEquals(type + " is not a storage format of weights", e.getMessage());
    }
}
