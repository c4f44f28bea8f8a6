"""How tools look on a terminal, and as JSON."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING, Final

import click
from attrs import frozen
from rich.console import Group
from rich.text import Text

from executus_core.cli.folder.tools import ORIGIN
from executus_core.cli.screen.tables import FAINT, build_console, build_table, plain
from executus_core.cli.screen.words import SCOPES_HINT, complain, printable
from executus_core.cli.tools.schema import describe_arguments
from executus_core.errors import ToolPermissionError
from executus_core.llm.message import FilePart, TextPart
from executus_core.record.toolpattern import KINDS

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from executus_core.cli.tools.schema import Argument
    from executus_core.cli.tools.watch import WatchedHandler
    from executus_core.llm.json import JsonValue
    from executus_core.llm.message import ImagePart
    from executus_core.record.result import Result
    from executus_core.record.tool import Tool

_EFFECTS: Final = {
    "pure": "pure: a resumed run may simply repeat it",
    "idempotent": "idempotent: a resumed run repeats it under the same key",
    "at_most_once": "at most once: a resumed run never repeats it",
}
_VISIBLE: Final = {
    "private": "private: only where nobody else looks on",
    "shared": "shared: also where a group looks on",
    "public": "public: everywhere",
}


@frozen
class Listed:
    """The installed tools.

    Attributes:
        tools: In order of name.
        packs: Session tool packs, each as ``(name, plugin)``: their tools are made for each run.
        problems: Why some may be missing.
    """

    tools: tuple[Tool, ...]
    packs: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]


def list_as_data(listed: Listed) -> JsonValue:
    """Give everything that is known as data for JSON."""
    return {
        "tools": [tool_as_data(tool) for tool in listed.tools],
        "session_packs": [{"name": name, "plugin": plugin} for name, plugin in listed.packs],
        "problems": list(listed.problems),
    }


def tool_as_data(tool: Tool) -> dict[str, JsonValue]:
    """Give all of one tool as data for JSON."""
    return {
        "name": tool.name,
        "plugin": tool.origin,
        "pack": tool.source.pack,
        "distribution": tool.source.distribution,
        "description": tool.description,
        "effect": tool.effect,
        "visibility": tool.visibility,
        "scopes": sorted(tool.scopes),
        "timeout_s": tool.timeout_s,
        "sequential": tool.sequential,
        "needs_approval": tool.needs_approval if isinstance(tool.needs_approval, bool) else "by arguments",
        "parameters": tool.parameters,
    }


def show_list(listed: Listed) -> None:
    """Print the tools, one a row."""
    console = build_console()
    console.print(_list_table(listed.tools))
    if all(tool.origin == ORIGIN for tool in listed.tools):
        console.print("\nNo plugin offers a tool. How to write one: executus plugins new --help")
    for name, plugin in listed.packs:
        console.print(
            Text(f"{plain(name)}: a pack of plugin {plain(plugin)}, whose tools are made for each run", FAINT)
        )
    for problem in listed.problems:
        console.print(Text(plain(problem), style="yellow"))
    if listed.tools:
        console.print(Text("\nWhat one takes: executus tools show NAME", FAINT))


def _list_table(tools: tuple[Tool, ...]) -> Table:
    """Show scopes only where a tool asks for any: elsewhere the column would only take room."""
    has_scopes = any(tool.scopes for tool in tools)
    columns = ["TOOL", "PLUGIN", "EFFECT", "VISIBLE", *(["SCOPES"] if has_scopes else [])]
    table = build_table(*columns, narrow=("TOOL", "EFFECT", "VISIBLE"))
    table.add_column("WHAT", ratio=1)
    for tool in tools:
        row = [
            Text(plain(tool.name), "bold"),
            Text(plain(tool.origin)),
            Text(tool.effect.replace("_", " "), FAINT),
            Text(tool.visibility, FAINT),
        ]
        if has_scopes:
            row.append(Text(plain(", ".join(sorted(tool.scopes))), "yellow"))
        table.add_row(*row, Text(plain(tool.description.partition("\n")[0])))
    return table


def show_tool(tool: Tool) -> None:
    """Print one tool: what it does, what it takes, what holds for it, and how it is called."""
    arguments = describe_arguments(tool.parameters)
    parts: list[RenderableType] = [
        Text.assemble((plain(tool.name), "bold"), (plain(f"  of plugin {tool.origin}"), FAINT)),
        Text(printable(tool.description)),
        Text(),
        _argument_table(arguments) if arguments else Text("Takes no arguments.", FAINT),
        Text(),
        _facts(tool),
        Text(),
        Text(_example(tool, arguments), FAINT),
    ]
    build_console().print(Group(*parts), soft_wrap=False)


def _argument_table(arguments: list[Argument]) -> Table:
    table = build_table("ARGUMENT", "TYPE", "DEFAULT", narrow=("ARGUMENT",))
    table.add_column("WHAT", ratio=1)
    for one in arguments:
        default = Text("required", "yellow") if one.is_required else Text(plain(one.default or "-"))
        table.add_row(
            Text(plain(one.name), "bold"), Text(plain(one.type)), default, Text(printable(one.description))
        )
    return table


def _facts(tool: Tool) -> Table:
    facts = {"effect": _EFFECTS[tool.effect], "visible": _VISIBLE[tool.visibility]}
    brought = [f"{kind}:{name}" for kind in KINDS if (name := getattr(tool.source, kind))]
    if brought:
        facts["from"] = f"{', '.join(brought)}: so rules may name it"
    if tool.scopes:
        facts["scopes"] = f"{', '.join(sorted(tool.scopes))}: what its caller must hold"
    if tool.timeout_s is not None:
        facts["time"] = f"at most {tool.timeout_s:g} s"
    if tool.sequential:
        facts["alone"] = "never beside another call of the same step"
    if tool.needs_approval is not False:
        facts["approval"] = "each call" if tool.needs_approval is True else "some calls, by their arguments"
    table = build_table("", "", narrow=("",))
    table.show_header = False
    for name, said in facts.items():
        table.add_row(Text(name, FAINT), Text(plain(said)))
    return table


def _example(tool: Tool, arguments: list[Argument]) -> str:
    """Show how to call it: with what it must be given, else with its first argument."""
    needed = [one for one in arguments if one.is_required] or arguments[:1]
    words = [f"{one.name}={_placeholder(one)}" for one in needed]
    return plain(" ".join(["executus tools call", tool.name, *words]))


def _placeholder(one: Argument) -> str:
    if not one.default or one.default == "null":
        return "..."
    default: object = json.loads(one.default)
    return shlex.quote(default if isinstance(default, str) else one.default)


def show_result(result: Result, watched: WatchedHandler, limit_chars: int, *, is_verbose: bool) -> None:
    """Print what the one call of a run gave; what went wrong goes to standard error, to the tool's author.

    Args:
        result: The run.
        watched: What the tool really did.
        limit_chars: How much of a text a model would be shown at once.
        is_verbose: Whether the author sees tracebacks anyway.
    """
    is_terminal = sys.stdout.isatty()
    ended_by = "" if result.error is None else str(result.error) or type(result.error).__name__
    for step in result.steps:
        if step.is_error:
            said = step.result.text.removeprefix("error: ")
            if said != ended_by:  # a refusal that ended the run is said below, once
                complain(_explain(said, watched, is_verbose=is_verbose))
            continue
        for part in step.result.parts:
            text = part.text if isinstance(part, TextPart) else _describe(part)
            click.echo(printable(text) if is_terminal else text.encode("utf-8", "replace"))
            if len(text) > limit_chars:
                click.secho(
                    f"A model is shown both ends of this, {limit_chars:,} of {len(text):,} characters, and reads on with "
                    "read_result.",
                    dim=True,
                    err=True,
                )
    for artifact in result.artifacts:
        said = f"{artifact.name} ({artifact.media_type}, {len(artifact.data):,} bytes)"
        click.secho(printable(f"artifact: {said}"), dim=True, err=True)
    if ended_by:
        complain(ended_by)
    if isinstance(result.error, ToolPermissionError):
        click.secho(SCOPES_HINT, dim=True, err=True)
    for note in result.notes:
        click.secho(printable(f"note: {note}"), fg="yellow", err=True)


def _explain(said: str, watched: WatchedHandler, *, is_verbose: bool) -> str:
    explained = watched.explain(said)
    return explained if is_verbose or explained == said else f"{explained}; -v shows the traceback"


def _describe(part: ImagePart | FilePart) -> str:
    what = f"a file '{part.name}'" if isinstance(part, FilePart) else "a picture"
    return f"[{what}: {part.media_type}, {len(part.data):,} bytes]"
