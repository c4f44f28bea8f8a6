"""What a prompt asks for, read by rules: no more than that."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    from executus_core.llm.json import JsonValue

KINDS: Final = {
    "python": ("Python", "py"),
    "markdown": ("Markdown", "md"),
    "toml": ("TOML", "toml"),
    "yaml": ("YAML", "yaml"),
    "json": ("JSON", "json"),
    "javascript": ("JavaScript", "js"),
    "typescript": ("TypeScript", "ts"),
    "rust": ("Rust", "rs"),
    "go": ("Go", "go"),
    "java": ("Java", "java"),
    "html": ("HTML", "html"),
    "css": ("CSS", "css"),
    "shell": ("shell", "sh"),
}
"""Words for kinds of files: how to write them, and their suffix."""

_COUNTING = re.compile(
    r"\b(how many|how much|count|number of|largest|biggest|longest|lines of code)\b(?!\.\w)", re.IGNORECASE
)
_SEARCHING = re.compile(
    r"\b(where|find|search|grep|look for|locate|defined?|definition|uses?|used|usages?|mentions?|todos?|fixmes?)\b",
    re.IGNORECASE,
)
_SURVEYING = re.compile(
    r"\b(what|which|describe|explain|summari[sz]e|summary|overview|survey|tell me|introduce|about)\b.*"
    r"\b(this|repository|repo|project|folder|directory|code ?base|here|package)\b|\bwhere .*\bstart\b",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED = re.compile(r"`([^`\n]{1,100})`|\"([^\"\n]{1,100})\"|(?<!\w)'([^'\n]{1,100})'(?!\w)")
_FILE = re.compile(r"(?<![\w*./-])((?:[\w.-]+/)*[\w-][\w.-]*\.[A-Za-z]\w{0,5})(?![\w(/])")
_SUFFIX = re.compile(r"(?<![\w/])\*?\.(\w{1,8})\b")
_FOLDER = re.compile(r"\b(?:in|under|of|below) (?:the )?(?:folder )?[`'\"]?([\w.-]+(?:/[\w.-]+)*/?)[`'\"]?")
_IDENTIFIER = re.compile(
    r"\b(?:[A-Za-z_]\w*[._]\w+|[a-z]+[A-Z]\w*|[A-Z][a-z0-9]+[A-Z]\w*|[A-Z]\w*|TODO|FIXME)\b"
)
_AFTER = re.compile(
    r"\b(?:where(?: is| are|'s| does)?|find|search(?: for)?|grep(?: for)?|look for|locate|uses?|mentions?(?: of)?|"
    r"definition of)\s+(?:the |a |an |all |every |function |class |method |word |text |files? with )*([\w.-]{3,})",
    re.IGNORECASE,
)
_COMMON = frozenset(
    [
        "Where",
        "What",
        "Which",
        "Who",
        "How",
        "Find",
        "Search",
        "Show",
        "Tell",
        "In",
        "Is",
        "Are",
        "The",
        "I",
        "It",
        "Look",
        "Locate",
        "Grep",
        "Does",
        "Python",
        "List",
        "Please",
        "And",
        "used",
        "defined",
        "this",
        "that",
        "any",
    ]
)


def asks_to_count(prompt: str) -> bool:
    """Tell whether a prompt asks how many or how large."""
    return bool(_COUNTING.search(prompt))


def asks_to_search(prompt: str) -> bool:
    """Tell whether a prompt asks where something stands."""
    return bool(_SEARCHING.search(prompt)) and not re.search(r"\bstart\b", prompt)


def asks_for_survey(prompt: str) -> bool:
    """Tell whether a prompt asks what all this is."""
    return bool(_SURVEYING.search(prompt))


def find_file(prompt: str) -> str:
    """Find the file that a prompt names, or give ""."""
    found = _FILE.search(prompt)
    return found[1] if found else ""


def find_term(prompt: str) -> str:
    """Find what a prompt wants searched, or give "": what it quotes, else a name as programs have them, else a word."""
    if quoted := _QUOTED.search(prompt):
        return next(group for group in quoted.groups() if group).removesuffix("()")
    names = [name for name in _IDENTIFIER.findall(prompt) if name not in _COMMON]
    if names:
        return str(names[0])
    if todo := re.search(r"\b(todo|fixme)s?\b", prompt, re.IGNORECASE):
        return todo[1].upper()
    words = [word for word in _AFTER.findall(prompt) if word not in _COMMON]
    return str(words[0]).strip(".") if words else ""


def find_patterns(prompt: str) -> list[tuple[str, str]]:
    """Find the kinds of files that a prompt speaks of, each with its glob; all files when it names none."""
    folder = _find_folder(prompt)
    words = set(re.findall(r"[a-z]+", prompt.lower()))
    kinds = [kind for word, kind in KINDS.items() if word in words]
    named = [(name, suffix) for name, suffix in KINDS.values()]
    for suffix in _SUFFIX.findall(prompt):
        kind = next(((name, known) for name, known in named if known == suffix), (f".{suffix}", suffix))
        if kind not in kinds:
            kinds.append(kind)
    place = f" in {folder}" if folder else ""
    base = f"{folder}/" if folder else ""
    return [(f"{name} files{place}", f"{base}**/*.{suffix}") for name, suffix in kinds] or [
        (f"files{place}", f"{base}**")
    ]


def _find_folder(prompt: str) -> str:
    found = [name for name in _FOLDER.findall(prompt) if "/" in name or "_" in name]
    return str(found[0]).strip("/") if found else ""


def find_command(prompt: str, tools: Collection[str]) -> tuple[str, dict[str, JsonValue]] | None:
    """Read a prompt that is a tool's name and its arguments, ``add a=2 b=3``, or give None for any other prompt."""
    if not prompt.startswith(tuple(tools)):
        return None
    try:
        name, *pairs = shlex.split(prompt)
    except ValueError:
        return None
    if name not in tools or not all(re.match(r"[A-Za-z_]\w*=", pair) for pair in pairs):
        return None
    return name, {key: _value(text) for key, _, text in (pair.partition("=") for pair in pairs)}


def _value(text: str) -> JsonValue:
    """Read a value as JSON, and as text when it is none."""
    try:
        value: JsonValue = json.loads(text)
    except ValueError:
        return text
    return value
