"""The root group: names and help of commands stand in a table, and only the command that is called is imported."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

import click
from attrs import frozen
from typing_extensions import override

from executus_core.errors import ExecutusError, PluginError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from click.shell_completion import CompletionItem


@frozen
class LazyCommand:
    """A command before it is imported.

    Attributes:
        target: The click command as ``"module:attribute"``.
        help: One line.
        plugin: The plugin that offers it, or "" for one of our own.
    """

    target: str
    help: str
    plugin: str = ""


BUILT_IN: Final = {
    "approvals": LazyCommand(
        "executus_core.cli.approvals.command:approvals",
        "Show what you allowed once and for all, or take it back.",
    ),
    "config": LazyCommand(
        "executus_core.cli.config.command:config",
        "Show the settings that hold here, or write a file to begin with.",
    ),
    "doctor": LazyCommand(
        "executus_core.cli.doctor.command:doctor", "Say what is here, what is missing, and what to do next."
    ),
    "models": LazyCommand(
        "executus_core.cli.models.command:models", "List the models that can be asked for."
    ),
    "agents": LazyCommand(
        "executus_core.cli.agents.command:agents",
        "Show the agents that are known here, check files, begin a new one.",
    ),
    "chat": LazyCommand("executus_core.cli.chat.command:chat", "Talk with an agent in the terminal."),
    "completion": LazyCommand(
        "executus_core.cli.completion:completion", "Print what makes a shell complete what is typed."
    ),
    "plugins": LazyCommand(
        "executus_core.cli.plugins.command:plugins", "Show plugins, who serves each port, and what is wrong."
    ),
    "run": LazyCommand("executus_core.cli.run.command:run", "Run an agent on an input."),
    "tools": LazyCommand("executus_core.cli.tools.command:tools", "Show the installed tools, and try one."),
}


@frozen
class PluginCommands:
    """The commands of the installed plugins.

    Attributes:
        commands: By name.
        notes: Why some may be missing.
    """

    commands: Mapping[str, LazyCommand]
    notes: tuple[str, ...] = ()


class LazyGroup(click.Group):
    """Knows our own commands by a table, and asks plugins for theirs only when a list or an unknown name needs them."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        """List all commands, in order of name."""
        return sorted({*BUILT_IN, *_plugin_commands(ctx).commands})

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command.

        Raises:
            PluginError: A plugin's command can't be imported.
        """
        known = BUILT_IN.get(cmd_name) or _plugin_commands(ctx).commands.get(cmd_name)
        return _load(cmd_name, known) if known else None

    @override
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was typed; one that is not known is told its neighbour."""
        name = args[0]
        is_typed = not ctx.resilient_parsing  # else a shell asks what could be typed
        if is_typed and not name.startswith("-") and self.get_command(ctx, name) is None:
            notes = "".join(f" {note}" for note in _plugin_commands(ctx).notes)
            # whoever types a sentence means a prompt
            near = (
                " To run an agent on it: executus run ..."
                if " " in name
                else did_you_mean(name, self.list_commands(ctx))
            )
            raise click.UsageError(f"There is no command '{name}'.{near}{notes}", ctx)
        return super().resolve_command(ctx, args)

    @override
    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer commands without importing any, and options."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only a tab needs it

        known = {**_plugin_commands(ctx).commands, **BUILT_IN}
        offered = [
            CompletionItem(name, help=known[name].help)
            for name in sorted(known)
            if name.startswith(incomplete)
        ]
        return offered + click.Command.shell_complete(self, ctx, incomplete)

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        found = _plugin_commands(ctx)
        known = {**found.commands, **BUILT_IN}
        with formatter.section("Commands"):
            formatter.write_dl([(name, known[name].help) for name in sorted(known)])
        for note in found.notes:
            formatter.write_paragraph()
            formatter.write_text(note)


def _plugin_commands(ctx: click.Context) -> PluginCommands:
    """Ask once per call of the command line."""
    key = f"{__name__}.plugin_commands"
    if key not in ctx.meta:
        ctx.meta[key] = find_plugin_commands()
    found: PluginCommands = ctx.meta[key]
    return found


def find_plugin_commands() -> PluginCommands:
    """Ask the installed plugins for their commands; where none is installed, nothing is imported to find that out."""
    from executus_core.plugin.scan import scan  # noqa: PLC0415 - only a list or an unknown name needs plugins

    if not scan():
        return PluginCommands({})
    from executus_core.config.load import load_configuration  # noqa: PLC0415 - only a list or an unknown name needs plugins
    from executus_core.plugin.host import PluginHost  # noqa: PLC0415 - only a list or an unknown name needs plugins

    try:
        host = PluginHost(load_configuration())
    except ExecutusError as error:
        return PluginCommands({}, (f"(Commands of plugins are not known: {error})",))
    commands = {one.name: LazyCommand(one.target, one.help, one.plugin) for one in host.commands}
    broken = [info.name for info in host.infos if info.is_broken]
    notes = (f"(Not usable: {', '.join(broken)}. See: executus plugins)",) if broken else ()
    return PluginCommands(commands, notes)


def _load(name: str, command: LazyCommand) -> click.Command:
    module, _, attribute = command.target.partition(":")
    try:
        loaded: object = getattr(import_module(module), attribute)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        if not command.plugin:
            raise
        said = f"{type(error).__name__}: {error}"
        raise PluginError(
            f"plugin '{command.plugin}': command '{name}' can't be loaded: {said}", plugin=command.plugin
        ) from error
    if not isinstance(loaded, click.Command):
        said = f"'{command.target}' is a {type(loaded).__name__}, not a click command"
        raise PluginError(f"command '{name}': {said}", plugin=command.plugin)
    return loaded
