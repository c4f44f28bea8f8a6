"""The reference of the API has every public name, with its signature and what its docstring says.

After a change of what a public name takes or means: ``nox -s reference``.
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from enum import EnumType
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest
from pagekit import Described, details_of, on_one_line, signature_of, summary_of

from executus_core import testing
from executus_core.model.dialect import Dialect

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "api.md"

MODULES = {
    "executus_core": "The front door: what hosts and plugin authors need first.",
    "executus_core.llm": "What is exchanged with a model.",
    "executus_core.tool": "What tools are made of, beside what the front door has.",
    "executus_core.record.events": "What `Executor.stream`, `Run` and `Invocation.on_event` show, as it happens.",
    "executus_core.ports": "What crosses a port. The Protocols themselves are in [ports](ports.md).",
    "executus_core.compact": "Strategies that [keep long runs going](../how-to/keep-long-runs-going.md).",
    "executus_core.deliver": "Deliveries for `Ports.delivery`; [how to use them](../how-to/deliver-and-keep-files.md).",
    "executus_core.permission": "Ready parts for [permitting tool calls](../how-to/permit-tool-calls.md).",
    "executus_core.media": "Pictures; [how to send them](../how-to/send-pictures-and-files.md).",
    "executus_core.net": "The guarded way out. [What it refuses](network.md) has a page of its own.",
    "executus_core.workspace": "One folder for tools. [What it keeps to](tools-common.md#a-workspace) has a page.",
    "executus_core.model": "From a tier or spec to a model that serves; [how to name tiers](../how-to/name-tiers.md).",
    "executus_core.model.dialect": "Schemas of tools in each provider's [dialect](dialects.md) of JSON Schema.",
    "executus_core.config": "Settings; [their keys](settings.md) have a page of their own.",
}

FRONT_DOOR = (
    *(
        "Executor",
        "run_sync",
        "Run",
        "Agent",
        "Phase",
        "Output",
        "Invocation",
        "Result",
        "RunStatus",
        "Defaults",
        "Ports",
    ),
    *(
        "tool",
        "Tool",
        "ToolContext",
        "ToolResult",
        "ToolRegistry",
        "AgentSession",
        "SessionTools",
        "PostRunResult",
    ),
    *("Plugin", "Provider", "hookimpl", "Artifact", "InputFile", "Caller", "Target"),
    *("ExecutusError", "ConfigError", "PluginError", "ModelError", "RunError", "ToolError"),
)
"""In the order in which somebody meets them."""

HEAD = """\
# API

What hosts and authors of plugins import, and what stays what it is. Everything else is the inside of a
[room](../explanation/the-rooms.md).
"""


def names_of(module: str) -> tuple[str, ...]:
    """Name what a module offers, in the order to show it."""
    return FRONT_DOOR if module == "executus_core" else tuple(import_module(module).__all__)


def identity_of(module: str, name: str) -> object:
    """Give what a name stands for; the room `tool` is the decorator, when it is called."""
    value = getattr(import_module(module), name)
    return value.tool if isinstance(value, ModuleType) else value


def alias_of(module: str, name: str) -> tuple[str, str]:
    """Find the assignment that a name comes from, and the text behind it."""
    value = getattr(import_module(module), name)
    homes = [home for key, home in sorted(sys.modules.items()) if key.startswith("executus_core")]
    for home in homes:
        body = ast.parse(inspect.getsource(home)).body if vars(home).get(name) is value else []
        for statement, behind in pairwise([*body, None]):
            if isinstance(statement, ast.Assign | ast.AnnAssign) and name in bound_by(statement):
                return text_of(statement.value), text_of(getattr(behind, "value", None), "")
    raise AssertionError(f"nothing says what {module}.{name} is")


def bound_by(statement: ast.Assign | ast.AnnAssign) -> list[str]:
    """Name what an assignment sets."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return [ast.unparse(target) for target in targets]


def text_of(expression: ast.expr | None, otherwise: str | None = None) -> str:
    """Give the text that an expression is; another one as it is written, unless it is said what to give then."""
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        return expression.value
    return ast.unparse(expression) if otherwise is None and expression else otherwise or ""


def write_name(module: str, name: str) -> Iterator[str]:
    """Write what a name is and how it is used."""
    value = identity_of(module, name)
    if isinstance(value, EnumType):
        yield summary_of(value) + "\n"
        yield ", ".join(f"`{member.name}` (`{member.value}`)" for member in value) + "\n"
    elif isinstance(value, type) and issubclass(value, BaseException):
        yield f"{summary_of(value)} See [errors](errors.md).\n"
    elif isinstance(value, type):
        yield from write_class(value)
    elif inspect.isfunction(value):
        yield f"**`{signature_of(value, name)}`**\n"
        yield summary_of(value) + "\n"
        yield "".join(f"{line}\n" for line in details_of(value))
    elif name == "hookimpl":
        yield "Marks a function, or a method of an object, as the implementation of the [hook](hooks.md) of that name.\n"
    elif isinstance(value, Dialect):
        yield f'A `Dialect`: [what it says](dialects.md#what-each-can-say), under "{value.name}".\n'
    else:
        meaning, text = alias_of(module, name)
        yield f"**`{meaning}`**\n"
        if text:
            yield on_one_line(text) + "\n"


def write_class(value: type) -> Iterator[str]:
    """Write a class: what it is, what it holds, what it does."""
    described = Described(value, inherited=True)
    rows = list(described.attribute_rows())
    yield summary_of(value) + "\n"
    if rows:
        yield "| attribute | type | default | |\n|---|---|---|---|"
        yield "\n".join(rows) + "\n"
    elif not getattr(value, "_is_protocol", False) and "Args:" in (value.__init__.__doc__ or ""):
        lines = [
            f"- **`{signature_of(value, value.__name__).removesuffix(' -> None')}`**",
            *details_of(value.__init__),
        ]
        yield "\n  ".join(lines)
    yield "".join(f"{line}\n" for line in described.member_lines())


def write_module(module: str, seen: dict[int, str]) -> Iterator[str]:
    """Write the names of a module that no module before it has shown."""
    yield f"## `{module}`\n"
    yield MODULES[module] + "\n"
    again = []
    for name in names_of(module):
        value = identity_of(module, name)
        if module == "executus_core.ports" and getattr(value, "_is_protocol", False):
            continue
        if id(value) in seen:
            again.append(f"[`{name}`](#{seen[id(value)]})")
            continue
        seen[id(value)] = name.lower()
        yield f"### {name}\n"
        yield from write_name(module, name)
    if again:
        yield f"Also here: {', '.join(again)}.\n"


def write_testing() -> Iterator[str]:
    """Write the test kit in short; it has a page of its own."""
    yield "## `executus_core.testing`\n"
    yield "What tests are made of, in short; [the test kit](testing.md) has a page of its own.\n"
    for name in testing.__all__:
        value = getattr(testing, name)
        if isinstance(value, tuple):
            text = on_one_line(alias_of(f"executus_core.testing.{testing._HOME[name]}", name)[1])
        else:
            text = on_one_line(summary_of(value).split("\n\n")[0])
        yield f"- **`{call_of(value, name)}`**: {text}"
    yield ""


def call_of(value: object, name: str) -> str:
    """Write how a name is called; just the name where that says nothing."""
    is_plain = isinstance(value, type) and not isinstance(value, EnumType) and "__init__" in vars(value)
    if is_plain or inspect.isfunction(value):
        return signature_of(value, name).removesuffix(" -> None")
    return name


def render() -> str:
    """Write the page from the docstrings."""
    parts, seen = [HEAD], {}
    for module in MODULES:
        parts += write_module(module, seen)
    return "\n".join([*parts, *write_testing()])


def test_the_page_is_what_the_docstrings_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run: nox -s reference"


@pytest.mark.parametrize("module", [*MODULES, "executus_core.testing"])
def test_every_public_name_is_there(module: str) -> None:
    """In the section of its module, or as a Protocol among the ports."""
    section = PAGE.read_text(encoding="utf-8").split(f"## `{module}`\n")[1].split("\n## ")[0]
    ports = PAGE.with_name("ports.md").read_text(encoding="utf-8")
    said = section + (ports if module == "executus_core.ports" else "")
    marks = ("### {}\n", "[`{}`](#", "- **`{}`**", "- **`{}(", "- **`async {}(", "Protocol: `{}`")

    public = import_module(module).__all__
    assert not [name for name in public if not any(mark.format(name) in said for mark in marks)]


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
