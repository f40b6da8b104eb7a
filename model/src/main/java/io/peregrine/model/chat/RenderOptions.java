package io.peregrine.model.chat;

import java.time.Clock;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a chat template is rendered with, besides the messages. Immutable, if its variables are.
///
/// @param bosToken text of the token that begins a sequence, or empty; templates know it as `bos_token`
/// @param eosToken text of the token that ends an answer, or empty; templates know it as `eos_token`
/// @param addGenerationPrompt whether the prompt ends where the assistant's next answer begins
/// @param imageFrame what stands around images where the template takes plain text
/// @param variables further variables of the template, such as `tools`, `enable_thinking` or `date_string`, of the
///     kinds that [ChatMessage#fields] has; treated as the user's text
/// @param clock the time that templates are told
public record RenderOptions(
        String bosToken,
        String eosToken,
        boolean addGenerationPrompt,
        ImageFrame imageFrame,
        Map<String, ? extends @Nullable Object> variables,
        Clock clock) {

    public RenderOptions {
        variables = Collections.unmodifiableMap(new LinkedHashMap<String, @Nullable Object>(variables));
    }

    /// A prompt for the next answer, now, without further variables.
    public static RenderOptions of(String bosToken, String eosToken) {
        return new RenderOptions(bosToken, eosToken, true, ImageFrame.LINE, Map.of(), Clock.systemDefaultZone());
    }

    public RenderOptions withAddGenerationPrompt(boolean value) {
        return new RenderOptions(bosToken, eosToken, value, imageFrame, variables, clock);
    }

    public RenderOptions withImageFrame(ImageFrame value) {
        return new RenderOptions(bosToken, eosToken, addGenerationPrompt, value, variables, clock);
    }

    public RenderOptions withVariables(Map<String, ? extends @Nullable Object> value) {
        return new RenderOptions(bosToken, eosToken, addGenerationPrompt, imageFrame, value, clock);
    }

    public RenderOptions withClock(Clock value) {
        return new RenderOptions(bosToken, eosToken, addGenerationPrompt, imageFrame, variables, value);
    }
}
