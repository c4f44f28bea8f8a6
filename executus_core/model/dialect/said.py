"""What a dialect says of a value itself, and the words for what it does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from executus_core.model.dialect.value import clean_text, is_common_pattern, short_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.llm.json import JsonValue
    from executus_core.model.dialect.shape import Shape
    from executus_core.model.dialect.table import Dialect

_MAX_DESCRIPTION_CHARS: Final = 2_000
_MAX_TITLE_CHARS: Final = 100
_MAX_UNSAID_CHARS: Final = 300
_SHOWN_CHOICES: Final = 10
_TYPE_OF: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), ("number", "integer")
    ),
    **dict.fromkeys(("minLength", "maxLength", "pattern", "format"), ("string",)),
    **dict.fromkeys(("minItems", "maxItems", "uniqueItems"), ("array",)),
    **dict.fromkeys(("minProperties", "maxProperties"), ("object",)),
}


def say_limits(
    shape: Shape, kinds: frozenset[str] | None, dialect: Dialect, unsaid: dict[str, object]
) -> dict[str, JsonValue]:
    """Give the limits that a dialect says of values of some types, and add the others to what is unsaid."""
    said: dict[str, JsonValue] = {}
    for name, value in shape.limits.items():
        if kinds is not None and not kinds & {*_TYPE_OF[name]}:
            continue
        if _can_say(name, value, dialect):
            said[name] = value
        else:
            unsaid[name] = value
    return said


def _can_say(name: str, value: JsonValue, dialect: Dialect) -> bool:
    if name == "format":
        return value in dialect.formats
    if name not in dialect.keywords:
        return False
    if name == "pattern":
        return isinstance(value, str) and is_common_pattern(value)
    is_length = name.endswith(("Length", "Items", "Properties")) and not isinstance(value, bool)
    return not (is_length and isinstance(value, int) and value > dialect.max_count)


def say_choices(shape: Shape, dialect: Dialect, unsaid: dict[str, object]) -> list[JsonValue]:
    """Give the values to choose from, where a dialect can list them; else none, and add them to what is unsaid."""
    choices = shape.choices
    if choices is None:
        return []
    texts: list[JsonValue] = [value for value in choices if value is not None or not dialect.is_openapi]
    fits = len(texts) <= dialect.max_choices
    if dialect.is_openapi:
        fits = fits and bool(texts) and all(isinstance(text, str) and text for text in texts)
    if fits:
        return texts
    more = len(choices) - _SHOWN_CHOICES
    unsaid["enum"] = [*choices[:_SHOWN_CHOICES], *([f"... and {more} more"] if more > 0 else [])]
    return []


def describe(shape: Shape, dialect: Dialect, unsaid: Mapping[str, object]) -> dict[str, JsonValue]:
    """Give title, description, default and examples, and say in words what the dialect has no keyword for."""
    notes = shape.notes
    said: dict[str, JsonValue] = {}
    for name in ("title", "default", "examples"):
        if name in notes and name in dialect.keywords:
            said[name] = clean_text(str(notes[name]), _MAX_TITLE_CHARS) if name == "title" else notes[name]
    left = {**unsaid, "default": notes["default"]} if notes.get("default") is not None else unsaid
    words = _in_words({name: value for name, value in left.items() if name not in said})
    text = clean_text(str(notes.get("description", "")), _MAX_DESCRIPTION_CHARS - len(words)).strip()
    if words:
        text = f"{text} {words}".strip()
    return {"description": text, **said} if text else said


def _in_words(unsaid: Mapping[str, object]) -> str:
    """Write down what is short enough to be read."""
    told: list[str] = []
    left = _MAX_UNSAID_CHARS
    for name, value in unsaid.items():
        shown = short_json(value, left)
        if shown:
            told.append(f"{name}: {shown}")
            left -= len(told[-1])
    return clean_text(f"({'; '.join(told)})", _MAX_UNSAID_CHARS + 100) if told else ""
