"""How ``executus plugins`` looks on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from attrs import frozen
from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from executus_core.cli.screen.tables import FAINT, build_console, build_table, near, plain
from executus_core.plugin.info import PluginState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table

    from executus_core.plugin.drift import LockState
    from executus_core.plugin.host import PluginHost
    from executus_core.plugin.info import PluginInfo, PortInfo

_STYLES: Final = {
    PluginState.ACTIVE: "green",
    PluginState.DISABLED: "bright_black",
    PluginState.MISSING: "yellow",
    PluginState.INCOMPATIBLE: "red",
    PluginState.CONFLICT: "red",
    PluginState.DRIFTED: "red",
    PluginState.FAILED: "bold red",
}


@frozen
class Shown:
    """What to show.

    Attributes:
        timings: What importing each plugin took.
        verbose: Where plugins come from, every port, and tracebacks.
        checked: Whether settings and providers were built.
        lock: How the host stands to its lock; None without one.
    """

    timings: bool = False
    verbose: bool = False
    checked: bool = False
    lock: LockState | None = None


def show(host: PluginHost, problems: Sequence[str], shown: Shown, console: Console | None = None) -> None:
    """Print plugins, ports, and what stands in the way of a run."""
    console = build_console(console)
    if host.infos:
        console.print(_plugin_table(host.infos, shown))
    else:
        console.print("No plugins are installed.")
    console.print()
    console.print(_port_table(host.ports, shown))
    console.print()
    for warning in host.warnings:
        console.print(Text(f"warning: {plain(warning)}", style="yellow"))
    if shown.lock:
        console.print(_lock_line(shown.lock))
    console.print(_verdict(host, problems, shown))


def _plugin_table(infos: Sequence[PluginInfo], shown: Shown) -> Table:
    table = build_table("PLUGIN", "STATE", "FROM", narrow=("PLUGIN", "STATE"))
    if shown.timings:
        table.add_column("IMPORT", justify="right", no_wrap=True)
        table.add_column("MODULES", justify="right", no_wrap=True)
    table.add_column("WHAT", ratio=1, overflow="fold")  # a path that is cut leads nowhere
    for info in infos:
        state = Text(str(info.state), style=_STYLES[info.state])
        origin = f"{info.distribution} {info.version}".strip() or info.target or "-"
        timings = [f"{info.import_s * 1000:.1f} ms", str(len(info.modules))] if shown.timings else []
        table.add_row(plain(info.name), state, Text(plain(origin)), *timings, _what(info, shown))
    if shown.timings:
        total = sum(info.import_s for info in infos)
        table.add_row(
            "",
            "",
            "",
            f"{total * 1000:.1f} ms",
            str(sum(len(info.modules) for info in infos)),
            Text("in all"),
        )
    return table


def _what(info: PluginInfo, shown: Shown) -> Group:
    lines = [Text(plain(info.summary))] if info.summary else []
    lines += [
        Text(plain(problem), style=_STYLES[info.state])
        for problem in info.problems or (info.reason,)
        if problem
    ]
    by_kind: dict[str, list[str]] = {}
    for one in info.provides:
        by_kind.setdefault(one.kind, []).append(plain(one.name))
    if by_kind:
        lines.append(
            Text(" · ".join(f"{kind}: {', '.join(names)}" for kind, names in by_kind.items()), style=FAINT)
        )
    for found in info.deprecations:
        place = plain(f"{near(found.file)}:{found.line}")
        lines += [Text(plain(str(found)), style="yellow"), Text(place, style=FAINT)]
    if info.is_required:
        lines.append(Text("required", style=FAINT))
    if shown.verbose:
        lines += [Text(plain(line), style=FAINT) for line in _origins(info)]
        lines += [Text(plain(line), style="red") for line in info.detail.splitlines()]
    return Group(*lines)


def _origins(info: PluginInfo) -> list[str]:
    lines = [
        f"{name} {value}" for name, value in (("entry point", info.target), ("metadata", info.path)) if value
    ]
    if origin := _installed_from(info.path):
        lines.append(f"installed from {origin}")
    if info.modules:
        lines.append(f"imported {', '.join(info.modules)}")
    return lines


def _installed_from(path: str) -> str:
    """Say what a distribution was installed from, where the installer wrote it down: a folder, an archive, a repository."""
    if not path.endswith(".dist-info"):
        return ""
    # the backport: the standard library reads this from 3.13 on
    from importlib_metadata import Distribution  # noqa: PLC0415 - only -v needs it

    origin = cast("object", Distribution.at(path).origin)  # pyright: ignore[reportUnknownMemberType]
    url = str(getattr(origin, "url", ""))
    editable = getattr(getattr(origin, "dir_info", None), "editable", False)
    return f"{url} (editable)" if editable else url


def _port_table(ports: Sequence[PortInfo], shown: Shown) -> Group:
    table = build_table("PORT", "SERVED BY", narrow=("PORT",))
    table.add_column("WHY", ratio=1)
    idle = [port for port in ports if not port.providers and not port.is_undecided]
    for port in ports:
        if shown.verbose or port not in idle:
            served = ", ".join(f"{plugin}/{name}" for plugin, name in port.providers) or "-"
            why = Text(plain(port.why), style="red" if port.is_undecided else "")
            table.add_row(port.spec.name, Text(plain(served)), why)
    parts: list[Table | Padding] = [table] if table.row_count else []
    if idle and not shown.verbose:
        for said, in_core in (("Built in", True), ("Served by nobody", False)):
            names = ", ".join(port.spec.name for port in idle if port.why.startswith("built in") is in_core)
            parts.append(
                Padding(
                    Text(f"{said}: {names}", style=FAINT),
                    (1 if in_core and table.row_count else 0, 0, 0, 0),
                    expand=False,
                )
            )
    return Group(*parts)


def _lock_line(lock: LockState) -> Text:
    if lock.is_enforced:
        state = "are not as locked" if lock.problems else "are as locked"
        return Text(
            plain(f"Locked by {lock.path}: the plugins {state}."), style="red" if lock.problems else "green"
        )
    if not lock.problems:
        return Text(
            plain(f"{lock.path} agrees; it is not enforced: [plugins] locked = true does that."), style=FAINT
        )
    said = "".join(f"\n  - {plain(problem)}" for problem in lock.problems)
    return Text(f"{plain(str(lock.path))} does not agree, and is not enforced:{said}", style="yellow")


def _verdict(host: PluginHost, problems: Sequence[str], shown: Shown) -> Text:
    if not problems:
        said = (
            "Settings and providers can be built: a run may start."
            if shown.checked
            else "No plugin stands in the way of a run; whether settings and providers do: --check."
        )
        return Text(said, style="green")
    # what is wrong with a plugin stands in its own row
    in_rows = tuple(f"plugin '{info.name}' is not usable" for info in host.infos if info.is_broken)
    others = [problem for problem in problems if not problem.startswith(in_rows)]
    broken = len(problems) - len(others)
    lines = [f"{broken} selected plugin{'s are' if broken > 1 else ' is'} not usable"] if broken else []
    text = Text("A run is refused:", style="bold red")
    text.append(
        "".join(f"\n  - {plain(line)}" for line in [*lines, *others, *host.remedies]),
        style="not bold default",
    )
    return text
