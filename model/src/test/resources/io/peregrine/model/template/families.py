"""Writes families.json: conversations rendered by the templates of families/.

Those are our own, with the constructs that the public templates of the families use. Run it with Jinja2 3.1 to
write it anew.
"""

import copy
import json
import os

from jinja_environment import render

here = os.path.dirname(os.path.abspath(__file__))

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "The \"weather\" now",
            "parameters": {
                "type": "object",
                "properties": {
                    "city": {"type": "string", "description": "Name of\nthe city"},
                    "unit": {"type": "string", "enum": ["c", "f"]},
                    "days": {"type": ["integer", "null"]},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "at": {"type": "object", "properties": {"lat": {"type": "number"}}, "required": ["lat"]},
                },
                "required": ["city"],
            },
        },
    },
    {"type": "function", "function": {"name": "now", "description": "d", "parameters": {"type": "object", "properties": {}, "required": []}}},
]


def text(role, content, **fields):
    return {"role": role, "content": content, **fields}


def typed(role, *items):
    return {"role": role, "content": [{"type": "image"} if i is None else {"type": "text", "text": i} for i in items]}


S, U, A = text("system", " Be nice.\n"), text("user", " Hi, \u00e9\u00e8 \U0001F600 \"you\"\n"), text("assistant", "Hello! ")
CALL = text("assistant", None, tool_calls=[{"id": "call12345", "type": "function", "function": {"name": "weather", "arguments": {"city": "Bern", "days": 3}}}])
SAID = text("assistant", None, tool_calls=[{"id": "call12345", "type": "function", "function": {"name": "weather", "arguments": "{\"city\": \"Bern\"}"}}])
RESULT = text("tool", "20 degrees", tool_call_id="call12345")
THOUGHT = text("assistant", "<think>\nhm\n</think>\n\nYes.")

CONVERSATIONS = {
    "one": [U],
    "system": [S, U],
    "turns": [S, U, A, text("user", "And?")],
    "call": [U, CALL, RESULT, text("assistant", "It is 20."), U],
    "calls": [U, CALL, RESULT, RESULT],
    "said": [U, SAID, RESULT],
    "thought": [U, THOUGHT, U, THOUGHT],
    "reasoned": [U, text("assistant", "Yes.", reasoning_content="hm", thinking="hm")],
    "answers": [A, A],
    "typed": [typed("user", "What ", "is it?")],
    "image": [typed("user", None, "What is it?")],
    "images": [typed("system", "Look."), typed("user", "First", None, " then", None, "?"), typed("assistant", "A dog."), typed("user", "Sure?")],
    "none": [],
}

VARIABLES = {
    "plain": {"add_generation_prompt": True, "tools": None},
    "closed": {"add_generation_prompt": False},
    "tools": {"add_generation_prompt": True, "tools": TOOLS, "enable_thinking": False, "builtin": ["search", "code", "weather"], "documents": [{"doc_id": 1, "text": "D"}], "controls": {"length": "short"}, "number_images": True},
    "late": {"add_generation_prompt": True, "tools": TOOLS, "tools_first": False, "day": "1 May 2025"},
}

cases = []
folder = os.path.join(here, "families")
for file in sorted(os.listdir(folder)):
    with open(os.path.join(folder, file), encoding="utf-8", newline="") as f:
        source = f.read()
    for conversation, messages in CONVERSATIONS.items():
        for kind, variables in VARIABLES.items():
            output = render(source, copy.deepcopy({"messages": messages, "bos_token": "<s>", "eos_token": "</s>", **variables}))
            cases.append({"template": file, "conversation": conversation, "variables": kind, "output": output})

golden = {"conversations": CONVERSATIONS, "variables": VARIABLES, "cases": cases}
with open(os.path.join(here, "families.json"), "w", encoding="utf-8") as out:
    json.dump(golden, out, ensure_ascii=True, indent=1)
    out.write("\n")
