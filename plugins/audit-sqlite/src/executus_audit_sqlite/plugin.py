"""What executus sees of this package before a run needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core import Plugin, Provider, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from executus_core.hookspecs import CommandRegistry

plugin: Plugin = Plugin(summary="Audit trail in SQLite", settings="executus_audit_sqlite.settings:Settings")


@hookimpl
def executus_provide_audit() -> Iterator[Provider]:
    """Offer the audit trail."""
    yield Provider(
        "sqlite", "executus_audit_sqlite.audit:SqliteAudit", "every event of every run, in one file"
    )


@hookimpl
def executus_register_commands(registry: CommandRegistry) -> None:
    """Add ``executus runs``."""
    registry.add("runs", "executus_audit_sqlite.commands:runs", help="Look at what runs did.")
