"""Options that several commands have, with one meaning and one help."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

CommandT = TypeVar("CommandT", bound="Callable[..., object] | click.Command")


def json_option(command: CommandT) -> CommandT:
    """Give a command ``--json``, as the argument ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(command)


def config_option(command: CommandT) -> CommandT:
    """Give a command ``--config``, as the argument ``config``."""
    return click.option(
        "--config",
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help="A TOML file in place of executus.toml.",
    )(command)
