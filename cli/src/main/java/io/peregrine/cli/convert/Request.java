package io.peregrine.cli.convert;

import io.peregrine.model.quantize.Mix;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is to be converted, and to what.
///
/// @param from folder of the model
/// @param output the text model, or the only file
/// @param mmproj the vision part, or null
/// @param type of matrices; null for the usual one of the system
/// @param mmprojType of the vision part's matrices; null for the same, or F16 where that is quantised further than Q8_0
/// @param system its name, or null to recognise it
/// @param visionTower folder or file with the weights of a tower that is not in the checkpoint, or null
/// @param qformer checkpoint with a Q-Former, or null
/// @param projector checkpoint with the projector and what else was trained, or null
/// @param imageSize side of the pictures that the tower sees; 0 for the usual one of the system
/// @param loraAlpha factor of the adapters: what is added is alpha / rank times their product
/// @param name `general.name`, or null for the folder's
/// @param pre `tokenizer.ggml.pre`, or null to recognise it
/// @param settings values of scalar keys in place of the converter's
/// @param ignored prefixes of tensors that are not wanted
/// @param force whether files that exist are replaced
public record Request(
        Path from,
        Path output,
        @Nullable Path mmproj,
        @Nullable Mix type,
        @Nullable Mix mmprojType,
        @Nullable String system,
        @Nullable Path visionTower,
        @Nullable Path qformer,
        @Nullable Path projector,
        int imageSize,
        float loraAlpha,
        @Nullable String name,
        @Nullable String pre,
        Map<String, String> settings,
        List<String> ignored,
        boolean force) {}
