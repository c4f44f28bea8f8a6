"""What to run, as a person says it on the command line: the options that every command which runs an agent has."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, TypeVar, cast

import click
from attrs import frozen

from executus_core.cli.start.completing import complete_agents, complete_models, complete_tools
from executus_core.errors import ConfigError
from executus_core.record.credentials import ADVICE, has_credentials, without_credentials

if TYPE_CHECKING:
    from collections.abc import Callable

    from executus_core.cli.options import CommandT
    from executus_core.llm.json import JsonValue

ReturnT = TypeVar("ReturnT")


@frozen
class Asked:
    """What a person asked for, beside the input.

    Attributes:
        agent: A file or a name; "" for the plain agent.
        model: Tier or spec; "" for the agent's.
        base_url: The model server to use, or "".
        tools: Names and globs beside those of the agent.
        allowed: Globs of tools whose calls need not be asked about.
        scopes: What the person may do.
        max_steps: In place of the agent's.
        timeout_s: In place of the agent's.
        model_options: Laid over those of the agent.
        config: A TOML file in place of ``executus.toml``, or "".
    """

    agent: str = ""
    model: str = ""
    base_url: str = ""
    tools: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    max_steps: int | None = None
    timeout_s: float | None = None
    model_options: tuple[tuple[str, JsonValue], ...] = ()
    config: str = ""


def agent_options(command: Callable[..., ReturnT]) -> Callable[..., ReturnT]:
    """Give a command the options that say what to run; it gets them as one argument, ``asked``."""

    @functools.wraps(command)
    def with_asked(
        *,
        agent: str,
        model: str,
        base_url: str,
        tools: tuple[str, ...],
        allowed: tuple[str, ...],
        scopes: tuple[str, ...],
        max_steps: int | None,
        timeout: float | None,
        options: tuple[str, ...],
        config: str,
        **others: object,
    ) -> ReturnT:
        asked = Asked(
            agent,
            without_secrets("--model", model),
            read_url(base_url),
            tools,
            allowed,
            scopes,
            max_steps,
            timeout,
            tuple(map(read_option, options)),
            config,
        )
        return command(asked=asked, **others)

    decorated = with_asked
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


def scope_option(command: CommandT) -> CommandT:
    """Give a command the option that says what the person may do, where no plugin says it."""
    return click.option(
        "--scope",
        "scopes",
        multiple=True,
        metavar="NAME",
        help="A scope that you hold: tools may ask for some; may be repeated.",
    )(command)


_OPTIONS = (
    click.option(
        "-a",
        "--agent",
        default="",
        metavar="FILE|NAME",
        shell_complete=complete_agents,
        help="The agent: a file, or one that is known here.",
    ),
    click.option(
        "-m",
        "--model",
        default="",
        metavar="SPEC",
        shell_complete=complete_models,
        help="A model's spec, a tier, or several with commas; `scripted` needs no key.",
    ),
    click.option(
        "--base-url",
        default="",
        metavar="URL",
        help="The model server to use; without --model its first model.",
    ),
    click.option(
        "-t",
        "--tool",
        "tools",
        multiple=True,
        metavar="NAME",
        shell_complete=complete_tools,
        help="An installed tool, or a glob; may be repeated.",
    ),
    click.option(
        "--allow",
        "allowed",
        multiple=True,
        metavar="NAME",
        shell_complete=complete_tools,
        help="Allow what this tool would ask a person for; a glob; may be repeated.",
    ),
    scope_option,
    click.option("--max-steps", type=click.IntRange(min=1), metavar="N", help="At most so many model calls."),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="At most so many seconds.",
    ),
    click.option(
        "--option",
        "options",
        multiple=True,
        metavar="NAME=VALUE",
        help="An option for the model, as in temperature=0; may be repeated.",
    ),
    click.option(
        "--config",
        default="",
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help="A TOML file in place of executus.toml.",
    ),
)


def read_url(text: str) -> str:
    """Read the address of a model server; without a scheme it is ``http``.

    Raises:
        ConfigError: It is none, or has a user or a password in it.
    """
    url = text if not text or "://" in text else f"http://{text}"
    if url and not url.startswith(("http://", "https://")):
        raise ConfigError(
            f"--base-url '{without_credentials(text)}' is no address of a model server, as in http://127.0.0.1:8000/v1"
        )
    return without_secrets("--base-url", url.rstrip("/"))


def without_secrets(option: str, text: str) -> str:
    """Refuse a URL with a user or a password: what is asked for is shown, and kept on record.

    Raises:
        ConfigError: There is one.
    """
    if has_credentials(text):
        raise ConfigError(f"{option} '{without_credentials(text)}': {ADVICE}")
    return text


def read_option(text: str) -> tuple[str, JsonValue]:
    """Read ``name=value``; a value that is no JSON is the text that it is.

    Raises:
        ConfigError: There is no name, or no ``=``.
    """
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise ConfigError(f"--option '{text}' is not of the form NAME=VALUE, as in temperature=0")
    try:
        return name, cast("JsonValue", json.loads(value))
    except ValueError:
        return name, value
