/// Loading a model, and talking to it.
///
/// ```java
/// LoadOptions options = LoadOptions.defaults().withMmproj(Path.of("mmproj.gguf"));
/// try (Model model = Model.load(Path.of("model.gguf"), options);
///         Conversation talk = model.newConversation()) {
///     Image photo = Image.read(Path.of("photo.jpg"));
///     GenerateResult answer = talk.ask("What is in the picture?", photo, System.out::print);
///     talk.ask("What colour is it?", System.out::print);
///     System.out.println(answer.answerTokensPerSecond() + " tokens/s");
/// }
/// ```
///
/// A [io.peregrine.model.Model] is loaded once and shared by all threads. A
/// [io.peregrine.model.Conversation] remembers what was said and uses the model's chat template; a
/// [io.peregrine.model.Session] below it takes any [io.peregrine.model.Prompt], for those who write their own.
/// Everything that can go wrong with files, pictures and prompts is a
/// [io.peregrine.core.PeregrineException] whose message is meant to be read.
package io.peregrine.model;
