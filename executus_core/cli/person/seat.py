"""Seats the person at the command line where a host has nobody: who calls, who allows, who answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from executus_core.cli.person.approver import AllowedBeforehand, TerminalApprover
from executus_core.cli.person.asker import TerminalAsker
from executus_core.cli.person.operator import OperatorIdentity, operator_id
from executus_core.cli.person.terminal import Terminal
from executus_core.permission.file import FileApprovals

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from executus_core.cli.person.terminal import Display
    from executus_core.plugin.executor import Executor


def seat_person(
    executor: Executor,
    display: Display | None = None,
    *,
    allowed: Iterable[str] = (),
    scopes: Iterable[str] = (),
    remedy: str = "--allow NAME",
) -> None:
    """Have the person serve the ports that no plugin serves.

    Args:
        executor: What runs.
        display: What shows the run, held while something is asked.
        allowed: Globs of the tools whose calls need not be asked about.
        scopes: What the person may do.
        remedy: How the command line says so.
    """
    person, ports, names = operator_id(), executor.ports, tuple(allowed)
    approver, asker = ports.approver, ports.asker
    if Terminal.is_there():
        terminal = Terminal(display)
        approver = approver or TerminalApprover(terminal, person)
        asker = asker or TerminalAsker(terminal)
    is_by_name = bool(names) or approver is None
    executor.use_ports(
        evolve(
            ports,
            identity=ports.identity or OperatorIdentity(tuple(scopes)),
            standing_approvals=ports.standing_approvals or FileApprovals(approvals_path()),
            approver=AllowedBeforehand(names, person, approver, remedy) if is_by_name else approver,
            asker=asker,
        )
    )


def approvals_path() -> Path:
    """Say where the approvals are that hold from now on."""
    from platformdirs import user_data_path  # noqa: PLC0415 - only who may be asked pays for it

    return user_data_path("executus") / "approvals.jsonl"
