"""The tokens of the tiny model, and the template that turns a conversation into them."""

from __future__ import annotations

from gguf import TokenType

__all__ = ["CHAT_TEMPLATE", "END", "LABELS", "RAMBLE", "WORDS", "build_vocabulary"]

_WORDS = """
amber anchor apple autumn basket birch brook candle cedar cloud copper coral dawn delta ember fern field flint frost garden
glass grove harbour hazel hollow island ivory jasmine juniper kettle lantern leaf linen maple marble meadow mist nectar north
oak olive orchard pebble pepper quartz quiet rain reed river saffron silver spring stone summer thistle timber umber valley
velvet willow winter yarrow zephyr
"""
_LABELS = (
    "Ash Bay Cove Dale Elm Fir Glen Hill Isle Jay Knoll Lark Moor Nest Oak Pine Quay Reed Sage Vale Wren"
)

# what it answers with, and what it writes into strings; it walks through both from their beginning to their end
WORDS = [f"▁{word}" for word in _WORDS.split()]
LABELS = _LABELS.split()

END = "<|end|>"
RAMBLE = "<ramble>"
"""Whoever writes this in a prompt is answered without end."""

_MARKERS = [END, "<|system|>", "<|user|>", "<|assistant|>", "<|tool|>"]
_TAGS = ["<tools>", "</tools>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", RAMBLE]

# How tools are offered, called and answered is the custom of the Hermes models, which llama.cpp reads off this template.
CHAT_TEMPLATE = """\
{%- for message in messages -%}
{%- if loop.first and (tools or message.role == 'system') -%}
<|system|>
{%- if message.role == 'system' %}{{ message.content }}{% endif %}
{%- if tools %}
<tools>
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}
</tools>
To call one, write <tool_call>{"name": its name, "arguments": {...}}</tool_call>
{%- endif %}
{{- '<|end|>' }}
{%- endif %}
{%- if message.role == 'user' -%}
<|user|>{{ message.content }}<|end|>
{%- elif message.role == 'tool' -%}
<|tool|><tool_response>{{ message.content }}</tool_response><|end|>
{%- elif message.role == 'assistant' -%}
<|assistant|>{{ message.content or '' }}
{%- for call in message.tool_calls or [] -%}
<tool_call>{"name": {{ call.function.name | tojson }}, "arguments": {{ call.function.arguments | tojson }}}</tool_call>
{%- endfor -%}
<|end|>
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"""


def build_vocabulary() -> dict[str, TokenType]:
    """List the tokens in their order, with the part that each plays for the tokenizer."""
    single_bytes = [f"<0x{byte:02X}>" for byte in range(256)]
    characters = [chr(code) for code in range(0x21, 0x7F)]
    return {
        "<unk>": TokenType.UNKNOWN,
        **dict.fromkeys(_MARKERS, TokenType.CONTROL),
        # one token each, so that attention finds them at one look
        **dict.fromkeys(_TAGS, TokenType.USER_DEFINED),
        # any other text is read byte by byte
        **dict.fromkeys(single_bytes, TokenType.BYTE),
        # with the characters the server's grammars spell JSON
        **dict.fromkeys([*characters, "▁", *WORDS, *LABELS], TokenType.NORMAL),
    }
