"""``executus runs``: look at what runs did."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager, nullcontext, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from pydantic import TypeAdapter
from rich.console import Console

from executus_audit_sqlite.commands.listing import table_of
from executus_audit_sqlite.commands.showing import page_of
from executus_audit_sqlite.commands.tailing import follow, line_of
from executus_audit_sqlite.errors import AuditDatabaseError, UnknownRunError
from executus_audit_sqlite.reader import RunFilter, open_audit
from executus_audit_sqlite.settings import Settings
from executus_audit_sqlite.stored import INTERRUPTED, OPEN, StoredRun, TailLine
from executus_core.config import build_settings, load_configuration
from executus_core.ports import RunStatus

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from rich.console import RenderableType

_STATUSES: Final = [*(status.value for status in RunStatus), OPEN, INTERRUPTED]
_POLL_S: Final = 0.25
_PIPED_WIDTH: Final = 100_000

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
_config = click.option(
    "--config", metavar="FILE", type=click.Path(dir_okay=False), help="A TOML file in place of executus.toml."
)
_db = click.option(
    "--db",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The database; the plugin's setting 'path' when not given.",
)


@click.group()
def runs() -> None:
    """Look at what runs did: the audit trail in SQLite."""


@runs.command("list")
@click.option("--status", type=click.Choice(_STATUSES), help="Only runs that ended so.")
@click.option("--agent", help="Only runs of this agent.")
@click.option("--caller", help="Only runs for this caller.")
@click.option("--tenant", help="Only runs of this tenant.")
@click.option("--parent", help="Only runs that this run delegated to.")
@click.option(
    "--limit", "-n", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many."
)
@_as_json
@_config
@_db
def list_(
    *,
    status: str | None,
    agent: str | None,
    caller: str | None,
    tenant: str | None,
    parent: str | None,
    limit: int,
    as_json: bool,
    config: str | None,
    db: Path | None,
) -> None:
    """List runs, newest first."""
    wanted = RunFilter(status, agent, caller, tenant, parent)
    with _explained():
        path = _path(config, db)
        with open_audit(path) as reader:
            found = reader.list_runs(wanted, limit)
            empty = not found and not reader.list_runs(limit=1)
        if as_json:
            click.echo(TypeAdapter(list[StoredRun]).dump_json(found, indent=2))
        elif found:
            _print([table_of(found, _console().width)])
        else:
            click.echo(_no_runs(path) if empty else "No run matches.")


@runs.command()
@click.argument("run_id", required=False)
@click.option("--last", is_flag=True, help="Show the newest run.")
@click.option("--verbose", "-v", is_flag=True, help="Cut nothing.")
@_as_json
@_config
@_db
def show(
    *, run_id: str | None, last: bool, verbose: bool, as_json: bool, config: str | None, db: Path | None
) -> None:
    """Show one run, step by step.

    RUN_ID is a run's id, or as much of its beginning or end as tells it from others.
    """
    if bool(run_id) == last:
        raise click.UsageError("Give a RUN_ID, or --last.")
    with _explained():
        path = _path(config, db)
        with open_audit(path) as reader:
            newest = reader.list_runs(limit=1)
            if not newest:
                raise _NothingThereError(_no_runs(path))
            detail = reader.read_run(reader.get_run(run_id) if run_id else newest[0])
        if as_json:
            click.echo(detail.model_dump_json(indent=2))
        else:
            _print(page_of(detail, whole=verbose))


@runs.command()
@click.argument("run_id", required=False)
@click.option(
    "--follow", "-f", "following", is_flag=True, help="Go on with what comes, until Ctrl-C or the run's end."
)
@click.option(
    "--lines", "-n", type=click.IntRange(min=0), default=20, show_default=True, help="Begin with so many."
)
@_as_json
@_config
@_db
def tail(
    *, run_id: str | None, following: bool, lines: int, as_json: bool, config: str | None, db: Path | None
) -> None:
    """Show what happened last, in all runs or in one."""
    with _explained():
        path = _path(config, db)
        with open_audit(path) as reader:
            empty = not reader.list_runs(limit=1)
            one = reader.get_run(run_id).run_id if run_id else None
        if empty:
            click.echo(_no_runs(path), err=True)
        looks = follow(path, lines, one, pause=lambda: time.sleep(_POLL_S))
        # Ctrl-C is how a person ends this, and no error.
        with suppress(KeyboardInterrupt):
            for news in looks if following else islice(looks, 1):
                _print_lines(news, as_json=as_json)


def _print_lines(news: Iterable[TailLine], *, as_json: bool) -> None:
    console = _console()
    for line in news:
        if as_json:
            click.echo(line.model_dump_json())
        else:
            console.print(line_of(line), no_wrap=True, overflow="ellipsis", crop=console.is_terminal)
    sys.stdout.flush()


class _NothingThereError(click.ClickException):
    """What was asked for is not there."""

    exit_code = 2


@contextmanager
def _explained() -> Generator[None]:
    """Turn what can be wrong with a database or an id into one line."""
    try:
        yield
    except UnknownRunError as error:
        raise _NothingThereError(str(error)) from error
    except AuditDatabaseError as error:
        raise click.ClickException(str(error)) from error


def _path(config: str | None, db: Path | None) -> Path:
    return db or build_settings(Settings, "audit-sqlite", load_configuration(config)).path


def _no_runs(path: Path) -> str:
    return f'No runs are recorded in {path} yet. Make one: executus run "What is in this folder?"'


def _print(parts: Iterable[RenderableType]) -> None:
    console = _console()
    with nullcontext() if console.is_terminal else console.capture() as captured:
        for part in parts:
            console.print(part)
    if captured is not None:  # what fills up a column on a terminal is only in the way in a file
        for line in captured.get().splitlines():
            click.echo(line.rstrip())


def _console() -> Console:
    """Give what prints: as wide as the terminal, and without a limit into a pipe, where nothing should be cut."""
    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    return Console(width=width, highlight=False, markup=False, emoji=False, soft_wrap=width is not None)
