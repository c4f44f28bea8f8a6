"""The suites that core has for every audit and for every plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest

from executus_audit_sqlite.audit import SqliteAudit
from executus_audit_sqlite.reader import open_audit
from executus_audit_sqlite.settings import Settings
from executus_audit_sqlite.stored import StoredError, StoredEvent, StoredStep, StoredTool
from executus_core.testing import AuditConformance, AuditReading, PluginConformance

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class TestSqliteAudit(AuditConformance):
    @pytest.fixture
    async def audit(self, tmp_path: Path) -> AsyncIterator[SqliteAudit]:
        self.path = tmp_path / "audit.db"
        async with SqliteAudit(Settings(path=self.path)) as audit:
            yield audit

    async def read_back(self, audit: SqliteAudit, run_id: str) -> AuditReading:
        with open_audit(self.path) as reader:
            detail = reader.read_run(reader.get_run(run_id))
        entries = []
        for event in detail.events:
            match event:
                case StoredStep():
                    entries.append(("step", str(event.index)))
                case StoredTool():
                    entries.append(("tool", event.id))
                case StoredEvent():
                    entries.append(("event", event.type))
                case StoredError():
                    entries.append(("error", event.message))
        stats = detail.run.stats
        tokens = stats.usage.input_tokens + stats.usage.output_tokens
        return AuditReading(tuple(entries), detail.run.status, stats.output, tokens)


class TestPlugin(PluginConformance):
    plugin = "audit-sqlite"
    provides: ClassVar = {"audit": ["sqlite"], "command": ["runs"]}
