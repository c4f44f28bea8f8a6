"""Turns docstrings and signatures into Markdown, for the pages of the reference that are written by a program."""

import inspect
import re
from collections.abc import Iterator

from attrs import NOTHING, Factory, fields, has
from docstring_parser import Docstring, DocstringStyle, parse


class Bare(str):
    """An annotation or a default that a signature shows as it was written, without quotes."""

    __slots__ = ()
    __repr__ = str.__str__


def as_markdown(text: str | None) -> str:
    """Give a docstring's text with the code marks of Markdown."""
    return (text or "").strip().replace("``", "`")


def on_one_line(text: str | None) -> str:
    """Give a text for a place that has one line, such as an item of a list."""
    return " ".join(as_markdown(text).split())


def docstring_of(thing: object) -> Docstring:
    """Read a docstring with its sections; one that is not there is a mistake of whoever forgot it."""
    text = inspect.getdoc(thing) or ""
    if not text:
        raise AssertionError(f"{thing} has no docstring, and a reference nothing to say")
    return parse(text, DocstringStyle.GOOGLE)


def summary_of(thing: object) -> str:
    """Give what stands before the first section."""
    said = docstring_of(thing)
    return "\n\n".join(as_markdown(part) for part in (said.short_description, said.long_description) if part)


def details_of(thing: object) -> Iterator[str]:
    """Give an item of a list for each argument, for what is returned, and for each error."""
    said = docstring_of(thing)
    for parameter in said.params:
        yield f"- `{parameter.arg_name}`: {on_one_line(parameter.description)}"
    if said.returns and said.returns.description:
        yield f"- gives: {on_one_line(said.returns.description)}"
    for error in said.raises:
        yield f"- raises `{error.type_name}`: {on_one_line(error.description)}"


def signature_of(function: object, name: str) -> str:
    """Write a call as a reader would type it: without `self`, and with types as they stand in the source."""
    wrapped = inspect.unwrap(function)
    signature = inspect.signature(wrapped)
    parameters = [
        parameter.replace(annotation=_bare(parameter.annotation), default=_default(parameter.default))
        for parameter in signature.parameters.values()
        if parameter.name not in {"self", "cls"}
    ]
    returned = signature.return_annotation
    if wrapped is not function and isinstance(returned, str):  # `@contextmanager` says what a caller gets
        returned = re.sub(
            r"^(Async|)Generator\[(.+?)(?:, None)?\]$", r"Abstract\1ContextManager[\2]", returned
        )
    written = str(signature.replace(parameters=parameters, return_annotation=_bare(returned)))
    prefix = "async " if inspect.iscoroutinefunction(wrapped) else ""
    return f"{prefix}{name}{written}"


def _bare(annotation: object) -> object:
    return Bare(annotation) if isinstance(annotation, str) else annotation


def _default(value: object) -> object:
    if value is NOTHING:
        return Bare("...")
    if value is inspect.Parameter.empty or isinstance(
        value, str | int | float | bool | tuple | frozenset | None
    ):
        return value
    return Bare("...") if " at 0x" in repr(value) else value


class Described:
    """A class, as a reference shows it: what it declares itself, and what it has from others of ours.

    Attributes:
        described: The class.
        homes: The class, and on request those of ours that it extends, the nearest first.
        foreign: What it extends of others, whose methods are theirs to explain.
    """

    def __init__(self, described: type, *, inherited: bool = False) -> None:
        self.described = described
        ours = [base for base in described.__mro__ if base.__module__.startswith("executus")]
        self.homes = ours if inherited else ours[:1]
        self.foreign = [base for base in described.__mro__ if base not in ours]

    @property
    def members(self) -> dict[str, object]:
        """What it has that is public, by name: methods, its call, and properties."""
        found: dict[str, object] = {}
        for home in self.homes:
            for name, value in vars(home).items():
                member = getattr(value, "__func__", value)
                public = not name.startswith(("_", "test_")) or name == "__call__"
                known = any(name in vars(base) for base in self.foreign)
                if public and not known and (inspect.isfunction(member) or isinstance(member, property)):
                    found.setdefault(name, member)
        return found

    @property
    def types(self) -> dict[str, str]:
        """The types of its attributes as they stand in the source."""
        return {name: said for home in reversed(self.homes) for name, said in home.__annotations__.items()}

    def attribute_rows(self) -> Iterator[str]:
        """Give a row of a table for each attribute that its docstring explains."""
        for parameter in docstring_of(self.described).params:
            name = parameter.arg_name
            kind = f"`{self.types[name]}`".replace("|", r"\|") if name in self.types else ""
            default = default_of(self.described, name)
            written = "" if default is NOTHING or " object at " in repr(default) else f"`{_written(default)}`"
            yield f"| `{name}` | {kind} | {written} | {on_one_line(parameter.description)} |"

    def member_lines(self) -> Iterator[str]:
        """Give an item of a list for each property and method, with what it means."""
        for name, value in self.members.items():
            shown = name if isinstance(value, property) else signature_of(value, name)
            yield f"- **`{shown}`**: {on_one_line(summary_of(value))}"
            yield from (f"  {line}" for line in details_of(value))


def _written(value: object) -> str:
    """Write a value in the same way each time: a set has no order of its own."""
    return (
        f"frozenset({{{', '.join(sorted(map(repr, value)))}}})"
        if isinstance(value, frozenset) and value
        else repr(value)
    )


def default_of(described: type, name: str) -> object:
    """Give a field's default, or ``NOTHING`` when it must be given, or is made anew where it is used."""
    if has(described):
        default = next((field.default for field in fields(described) if field.name == name), NOTHING)
        return _made(default.factory) if isinstance(default, Factory) else default
    field = getattr(described, "model_fields", {}).get(name)
    if field is None or field.is_required():
        return NOTHING
    return _made(field.default_factory) if field.default_factory else field.default


def _made(factory: object) -> object:
    return factory() if factory in {tuple, list, dict, frozenset} else NOTHING
