"""A chat as a file: Markdown for people, JSON for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from executus_core.cli.run.report import report
from executus_core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from executus_core.cli.chat.conversation import Conversation, Exchange
    from executus_core.cli.start.setup import Ready


def write_chat(path: Path, ready: Ready, conversation: Conversation, *, may_replace: bool) -> None:
    """Write a chat down, as the suffix of the file says.

    Raises:
        ConfigError: The suffix says nothing, the file is somebody else's, or it can't be written.
    """
    suffix = path.suffix.lower()
    if suffix not in {".md", ".json"}:
        raise ConfigError(f"/save {path}: the name must end in .md for Markdown, or in .json")
    text = as_markdown(ready, conversation) if suffix == ".md" else as_json(ready, conversation)
    try:
        with path.open("w" if may_replace else "x", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except FileExistsError as error:
        raise ConfigError(f"/save {path}: is there already; choose another name") from error
    except OSError as error:
        raise ConfigError(f"/save {path}: {error.strerror or error}") from error


def as_json(ready: Ready, conversation: Conversation) -> str:
    """Write a chat as one JSON document: each input with the document of its run."""
    document = {
        "agent": ready.agent.name,
        "model": ready.choice.spec,
        "exchanges": [
            {"input": one.input.text, "run": report(one.result, one.paths, one.attempts)}
            for one in conversation.exchanges
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_markdown(ready: Ready, conversation: Conversation) -> str:
    """Write a chat as a page to read."""
    head = f"# Chat with {ready.agent.name}\n\nModel: `{ready.choice.spec}`\n"
    return "\n".join([head, *(_exchange(one) for one in conversation.exchanges)])


def _exchange(one: Exchange) -> str:
    beside = [f"*with {len(one.input.images)} picture(s)*"] if one.input.images else []
    beside += [f"*with the file {file.name}*" for file in one.input.files]
    result = one.result
    calls = [
        f"- {'failed' if step.is_error else 'called'} `{step.tool_call.name}` `{step.tool_call.arguments}`"
        for step in result.steps
    ]
    ended = [] if result.ok else [f"*{result.status}: {result.error}*"]
    answer = one.written if result.status == "cancelled" and one.written else result.output
    parts = ["## Input", one.input.text, *beside, "## Answer", "\n".join(calls), answer, *ended]
    return "\n\n".join(part for part in parts if part) + "\n"
