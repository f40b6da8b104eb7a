"""Writes real.json: conversations as the templates of public models in real/ render them.

The templates are those of the models, from public sources named in real/README.md. They are rendered by Jinja2 set up
as transformers does, which is how the authors of the models make their prompts; what a model's own code does around
that (InternVL, MiniCPM-V) is done here too. A picture is <__media__>, in place of what the template writes for it and
of the marks that stand directly around it. Run it with Jinja2 3.1 to write the file anew.
"""

import json
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "template"))

from jinja_environment import environment

PICTURE = "<__media__>"

SYSTEM = "You read pictures with care."
CONVERSATIONS = {
    "picture": [
        ("system", [SYSTEM]),
        ("user", [None, "What is in this picture?"]),
        ("assistant", ["Two birds on a wire."]),
        ("user", ["Which is larger?"]),
    ],
    "later": [
        ("user", ["Hello."]),
        ("assistant", ["Hello, what can I do?"]),
        ("user", ["Compare this ", None, "with the last one."]),
    ],
    "text": [
        ("system", [SYSTEM]),
        ("user", ["Hello."]),
        ("assistant", ["Hello, what can I do?"]),
        ("user", ["Count to three."]),
    ],
}

VISION = "<|vision_start|><|image_pad|><|vision_end|>"

# Template: tokens that begin and end a text, what it writes for a picture, whether its messages are lists.
# Templates of strings: what the authors' code writes for a picture, and what stands between it and the text.
MODELS = {
    "smolvlm": ("<|im_start|>", "<end_of_utterance>", "<image>", "lists"),
    "granite-docling": ("<|start_of_role|>", "<|end_of_text|>", "<image>", "lists"),
    "granite-vision": ("<|end_of_text|>", "<|end_of_text|>", "<image>", "strings", "\n"),
    "gemma3": ("<bos>", "<eos>", "<start_of_image>", "lists"),
    "gemma3-strings": ("<bos>", "<eos>", "<start_of_image>", "mixed"),
    "qwen2.5-vl": ("", "<|im_end|>", VISION, "mixed"),
    "qwen3-vl": ("", "<|im_end|>", VISION, "mixed"),
    "qwen3-vl-thinking": ("", "<|im_end|>", VISION, "lists"),
    "internvl3-hf": ("", "<|im_end|>", "<IMG_CONTEXT>", "lists"),
    "qwen2.5": ("", "<|im_end|>", "<image>", "strings", "\n"),
    "lfm2-vl": ("<|startoftext|>", "<|im_end|>", "<image>", "lists"),
    "lfm2.5-vl": ("<|startoftext|>", "<|im_end|>", "<image>", "lists"),
    "qwen2": ("", "<|im_end|>", "(<image>./</image>)", "strings", "\n"),
    "qwen3": ("", "<|im_end|>", "(<image>./</image>)", "strings", "\n"),
    "pixtral": ("<s>", "</s>", "[IMG]", "mixed"),
    "mistral-small": ("<s>", "</s>", None, "strings"),
    "mistral-small-3.2": ("<s>", "</s>", "[IMG]", "mixed"),
    "granite3": ("<|end_of_text|>", "<|end_of_text|>", None, "strings"),
    "granite3.3": ("<|end_of_text|>", "<|end_of_text|>", None, "strings"),
    "lfm2": ("<|startoftext|>", "<|im_end|>", None, "strings"),
    "minicpm": ("<s>", "</s>", None, "strings"),
}


def listed(content):
    return [{"type": "image"} if part is None else {"type": "text", "text": part} for part in content]


def content(parts, style, place, end):
    if style == "lists" or style == "mixed" and None in parts:
        return listed(parts)
    return "".join(place + end if part is None else part for part in parts)


def rendered(name, conversation):
    bos, eos, place, style, *rest = MODELS[name]
    end = rest[0] if rest else ""
    with open(os.path.join(here, "real", name + ".jinja"), encoding="utf-8") as file:
        template = environment().from_string(file.read())
    messages = [{"role": role, "content": content(parts, style, place, end)} for role, parts in conversation]
    text = template.render(messages=messages, bos_token=bos, eos_token=eos, add_generation_prompt=True)
    pictures = sum(parts.count(None) for role, parts in conversation)
    assert pictures == 0 or text.count(place) == pictures, (name, text)
    return text.replace(place, PICTURE) if pictures else text


def main():
    out = {}
    for name, (bos, eos, place, style, *rest) in MODELS.items():
        names = [n for n in CONVERSATIONS if place is not None or n == "text"]
        out[name] = {
            "bos": bos,
            "eos": eos,
            "behind": rest[0] if rest else "",
            "prompts": {n: rendered(name, CONVERSATIONS[n]) for n in names},
        }
    said = {
        n: [{"role": role, "content": [{"picture": True} if p is None else {"text": p} for p in parts]} for role, parts in c]
        for n, c in CONVERSATIONS.items()
    }
    with open(os.path.join(here, "real.json"), "w", encoding="utf-8") as file:
        json.dump({"conversations": said, "models": out}, file, ensure_ascii=False, indent=1)
        file.write("\n")


main()
