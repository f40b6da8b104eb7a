/// The subset of Jinja that the chat templates of public GGUF files use: lexer, parser, syntax tree and
/// interpreter, with limits on steps, depth and text, and with the origin of every character kept.
///
/// Not exported; [io.peregrine.model.chat.ChatTemplate] is its face. Behaviour follows Jinja 3.1 as set up by
/// Hugging Face's `apply_chat_template` (`trim_blocks`, `lstrip_blocks`, loop controls, no escaping);
/// docs/design/0005-chat-templates.md names the differences.
package io.peregrine.model.template;
