"""Write a language model of half a megabyte that a real llama.cpp server loads, and that has an agent's manners.

Its words are noise, for most of its weights are random, from a seed. A few are set by hand, and keep what tests rely on:
with tools in the prompt it opens a call, after a tool's result it answers in words, and it soon comes to an end. How a
call is written is said by the chat template; that the arguments fit the tool's schema is seen to by the server's grammar.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from gguf import GGUFWriter, LlamaFileType, TokenType
from tiny_vocabulary import CHAT_TEMPLATE, END, LABELS, RAMBLE, WORDS, build_vocabulary
from tiny_weights import HEADS, HIDDEN, NORM, REACH, ROPE_BASE, WIDTH, Place, Weights

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CONTEXT_TOKENS", "write_tiny_model"]

CONTEXT_TOKENS = 4096
TEMPERATURE = 0.8  # what the server divides logits by, unless a request says otherwise


def write_tiny_model(path: Path, seed: int = 7) -> None:
    """Write the model as a GGUF file."""
    vocabulary = build_vocabulary()
    weights = Weights(list(vocabulary), seed)
    _teach_to_write(weights)
    _teach_to_call(weights)
    writer = GGUFWriter(path, "llama")
    _describe(writer)
    _add_tokenizer(writer, vocabulary)
    for name, tensor in _name_tensors(weights).items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _teach_to_write(weights: Weights) -> None:
    """Text is a walk through the words; JSON is what the server's grammar leaves, with short strings and numbers."""
    weights.mark(Place.BEGIN, "<|assistant|>")
    weights.favour(WORDS, REACH, at=Place.BEGIN)
    weights.walk(WORDS, Place.WORD, Place.WORD_RANK, out=END)
    weights.mark(Place.QUOTE, '"')
    weights.favour(LABELS, REACH, at=Place.QUOTE)
    weights.walk(LABELS, Place.LABEL, Place.LABEL_RANK, out='"')
    # where there is a choice: rather end than go on, and no fractions, exponents or escapes
    for tokens, logit in (([END], 10), ("}]", 10), (',:{["', 9), ("0123456789", 7), ("\\.eE-", -10)):
        weights.favour(list(tokens), logit)


def _teach_to_call(weights: Weights) -> None:
    """Tools on offer, and no result since the question: open a call. After a quarter of the calls: one more."""
    weights.mark(Place.TOOLS, "<tools>")
    weights.mark(Place.QUESTION, "<|user|>")
    weights.mark(Place.RESULT, "<tool_response>")
    weights.mark(Place.RAMBLE, RAMBLE)
    weights.mark(Place.CALLED, "</tool_call>")
    weights.look(0, {Place.TOOLS: Place.HAS_TOOLS})
    weights.look(1, {Place.QUESTION: Place.ASKED, Place.RESULT: None}, latest=True)
    weights.look(2, {Place.RAMBLE: Place.RAMBLES})
    # The fourth head stays random: words depend on what was said. A call is far above them, at 50, where an answer
    # begins or a call has ended, and tools are on offer, and the question is open; without one of these, far below.
    weights.favour(["<tool_call>"], -110)
    for place, logit in ((Place.BEGIN, 70), (Place.CALLED, 70), (Place.HAS_TOOLS, 45), (Place.ASKED, 45)):
        weights.favour(["<tool_call>"], logit, at=place)
    weights.favour(["</tool_call>"], 20)  # else it might come letter by letter, and not be noticed
    weights.favour([END], 50 - 10 + math.log(3) * TEMPERATURE, at=Place.CALLED)  # 10 it has everywhere
    weights.favour([END], -1000, at=Place.RAMBLES)


def _describe(writer: GGUFWriter) -> None:
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT_TOKENS)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_freq_base(ROPE_BASE)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(LlamaFileType.ALL_F32)


def _add_tokenizer(writer: GGUFWriter, vocabulary: dict[str, TokenType]) -> None:
    writer.add_tokenizer_model("llama")
    writer.add_token_list(list(vocabulary))
    writer.add_token_types(list(vocabulary.values()))
    writer.add_token_scores([0.0] * len(vocabulary))
    writer.add_eos_token_id(list(vocabulary).index(END))
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _name_tensors(weights: Weights) -> dict[str, np.ndarray]:
    norm = np.full(WIDTH, NORM, dtype=np.float32)
    return {
        "token_embd.weight": weights.embedding,
        "blk.0.attn_norm.weight": norm,
        "blk.0.attn_q.weight": weights.query,
        "blk.0.attn_k.weight": weights.key,
        "blk.0.attn_v.weight": weights.value,
        "blk.0.attn_output.weight": weights.merge,
        "blk.0.ffn_norm.weight": norm,
        "blk.0.ffn_gate.weight": weights.gate,
        "blk.0.ffn_up.weight": weights.up,
        "blk.0.ffn_down.weight": weights.down,
        "output_norm.weight": norm,
        "output.weight": weights.output,
    }
