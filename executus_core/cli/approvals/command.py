"""``executus approvals``: what was allowed at the terminal and goes on to hold, and taking it back."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import click

from executus_core.cli import exit_codes
from executus_core.cli.options import config_option, json_option
from executus_core.cli.screen.words import print_data
from executus_core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from executus_core.ports.permission import StandingApprovals
    from executus_core.record.caller import Caller
    from executus_core.record.permission import StandingApproval


@click.group(invoke_without_command=True)
@click.pass_context
def approvals(ctx: click.Context) -> None:
    """Show what you allowed once and for all, and take it back.

    A call that is allowed "always" is not asked about again: the same tool, with exactly the same arguments, for you.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@approvals.command("list")
@json_option
@config_option
def list_(*, as_json: bool = False, config: str | None = None) -> None:
    """List what you allowed, oldest first."""
    from executus_core.cli.approvals.screen import approval_as_data, show_approvals  # noqa: PLC0415

    held = asyncio.run(_list(config))
    if as_json:
        print_data({"approvals": [approval_as_data(one) for one in held]})
    else:
        show_approvals(held)


@approvals.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--all", "is_all", is_flag=True, help="Take everything back.")
@config_option
def revoke(*, ids: tuple[str, ...], is_all: bool, config: str | None) -> int:
    """Take approvals back, by their id or the beginning of it: the next such call is asked about again."""
    if bool(ids) == is_all:
        raise ConfigError(
            "say which approvals to take back by their ids, or --all; executus approvals lists them"
        )
    count = asyncio.run(_revoke(ids, config))
    click.echo(f"Taken back: {count}.")
    return exit_codes.OK


async def _list(config: str | None) -> list[StandingApproval]:
    async with _store(config) as (store, caller):
        return list(await store.list_approvals(caller))


async def _revoke(ids: tuple[str, ...], config: str | None) -> int:
    async with _store(config) as (store, caller):
        held = [one.id for one in await store.list_approvals(caller)]
        chosen = [_choose(held, beginning) for beginning in ids] if ids else held
        return sum([await store.revoke_approval(caller, one) for one in dict.fromkeys(chosen)])


def _choose(held: list[str], beginning: str) -> str:
    found = [beginning] if beginning in held else [one for one in held if one.startswith(beginning)]
    if len(found) == 1:
        return found[0]
    what = f"{len(found)} approvals begin" if found else "no approval begins"
    raise ConfigError(f"{what} with '{beginning}'; executus approvals lists them")


@asynccontextmanager
async def _store(config: str | None) -> AsyncGenerator[tuple[StandingApprovals, Caller]]:
    """Open the store that runs on the command line use, for the person at it."""
    from executus_core.cli.person.operator import operator_id  # noqa: PLC0415 - the help needs none of this
    from executus_core.cli.person.seat import seat_person  # noqa: PLC0415
    from executus_core.plugin.executor import Executor  # noqa: PLC0415
    from executus_core.record.invocation import Invocation  # noqa: PLC0415

    async with Executor.discover(config=config) as executor:
        seat_person(executor)
        store, identity = executor.ports.standing_approvals, executor.ports.identity
        assert store is not None  # noqa: S101 - the person was seated
        assert identity is not None  # noqa: S101 - the same
        yield store, await identity.resolve(Invocation(caller_id=operator_id()))
