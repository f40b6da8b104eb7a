/// Chat templates: from messages to the prompt of a model.
///
/// Start at [io.peregrine.model.chat.ChatTemplate].
package io.peregrine.model.chat;
