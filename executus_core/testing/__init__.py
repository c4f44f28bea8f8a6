"""What tests of agents, tools and plugins are made of.

A model that follows a script, a clock that stands still, providers in memory, a conformance suite per port, and faults to
plant.

Every name is imported when it is first used: pytest loads this package in each run of whoever has executus installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from executus_core.testing.cancellation import Cancelled, cancel_at_each, count_suspensions
    from executus_core.testing.clock import FakeClock, NothingLeftToWaitForError
    from executus_core.testing.conformance.asker import AskerConformance
    from executus_core.testing.conformance.audit import AuditConformance, AuditReading
    from executus_core.testing.conformance.budget import BudgetConformance
    from executus_core.testing.conformance.checkpointer import CheckpointerConformance
    from executus_core.testing.conformance.compactor import CompactorConformance
    from executus_core.testing.conformance.critic import CriticConformance
    from executus_core.testing.conformance.delivery import DeliveryConformance, DeliveryReading
    from executus_core.testing.conformance.identity import IdentityConformance
    from executus_core.testing.conformance.input_files import InputFilesConformance
    from executus_core.testing.conformance.model import ModelConformance
    from executus_core.testing.conformance.model_source import ModelSourceConformance
    from executus_core.testing.conformance.palette import PaletteConformance
    from executus_core.testing.conformance.plugin import PluginConformance
    from executus_core.testing.conformance.standing_approvals import StandingApprovalsConformance
    from executus_core.testing.conformance.wire import ModelWireConformance
    from executus_core.testing.faults import FAULTS, PORT_METHODS, Fault, PortMethod, faulty, hits
    from executus_core.testing.hotpath import assert_returns_at_once
    from executus_core.testing.leaks import no_leaks
    from executus_core.testing.loopback import loopback_server
    from executus_core.testing.memory.asker import ScriptedAsker
    from executus_core.testing.memory.audit import MemoryAudit, MemoryRecord
    from executus_core.testing.memory.budget import MemoryBudget
    from executus_core.testing.memory.checkpointer import MemoryCheckpoints, MemoryJournal
    from executus_core.testing.memory.compaction import MemoryCompactionRun
    from executus_core.testing.memory.critic import ScriptedCritic, ScriptedCriticHandle
    from executus_core.testing.memory.delivery import Delivered, MemoryDelivery
    from executus_core.testing.memory.identity import MemoryIdentity
    from executus_core.testing.memory.input_files import MemoryInputFiles, StagedFile
    from executus_core.testing.memory.model_source import MemoryModels
    from executus_core.testing.memory.observer import MemoryObserver
    from executus_core.testing.memory.palette import MemoryPalette
    from executus_core.testing.memory.permission import (
        MemoryStandingApprovals,
        ScriptedApprover,
        ScriptedPolicy,
    )
    from executus_core.testing.memory.sinks import MemoryTraceSink, MemoryUsageSink, SecretRedactor
    from executus_core.testing.network import forbid_real_models, no_network
    from executus_core.testing.schemas import HOSTILE_SCHEMAS, REAL_SCHEMAS
    from executus_core.testing.script import call, delay, raw_call, thinking
    from executus_core.testing.scripted import ScriptedModel, UnexpectedRequestError
    from executus_core.testing.tripwire import only_the_guard
    from executus_core.testing.wire.faults import (
        cut_after,
        empty_body,
        error_after,
        garbage,
        hang,
        hang_up,
        held,
        http_error,
        late,
        malformed_json,
        no_choices,
        overflow,
        redirect_to,
        refused_content,
        reset_after,
        stalled_after,
        unfinished_after,
    )
    from executus_core.testing.wire.request import WireRequest
    from executus_core.testing.wire.server import ModelServer

__all__ = [
    "FAULTS",
    "HOSTILE_SCHEMAS",
    "PORT_METHODS",
    "REAL_SCHEMAS",
    "AskerConformance",
    "AuditConformance",
    "AuditReading",
    "BudgetConformance",
    "Cancelled",
    "CheckpointerConformance",
    "CompactorConformance",
    "CriticConformance",
    "Delivered",
    "DeliveryConformance",
    "DeliveryReading",
    "FakeClock",
    "Fault",
    "IdentityConformance",
    "InputFilesConformance",
    "MemoryAudit",
    "MemoryBudget",
    "MemoryCheckpoints",
    "MemoryCompactionRun",
    "MemoryDelivery",
    "MemoryIdentity",
    "MemoryInputFiles",
    "MemoryJournal",
    "MemoryModels",
    "MemoryObserver",
    "MemoryPalette",
    "MemoryRecord",
    "MemoryStandingApprovals",
    "MemoryTraceSink",
    "MemoryUsageSink",
    "ModelConformance",
    "ModelServer",
    "ModelSourceConformance",
    "ModelWireConformance",
    "NothingLeftToWaitForError",
    "PaletteConformance",
    "PluginConformance",
    "PortMethod",
    "ScriptedApprover",
    "ScriptedAsker",
    "ScriptedCritic",
    "ScriptedCriticHandle",
    "ScriptedModel",
    "ScriptedPolicy",
    "SecretRedactor",
    "StagedFile",
    "StandingApprovalsConformance",
    "UnexpectedRequestError",
    "WireRequest",
    "assert_returns_at_once",
    "call",
    "cancel_at_each",
    "count_suspensions",
    "cut_after",
    "delay",
    "empty_body",
    "error_after",
    "faulty",
    "forbid_real_models",
    "garbage",
    "hang",
    "hang_up",
    "held",
    "hits",
    "http_error",
    "late",
    "loopback_server",
    "malformed_json",
    "no_choices",
    "no_leaks",
    "no_network",
    "only_the_guard",
    "overflow",
    "raw_call",
    "redirect_to",
    "refused_content",
    "reset_after",
    "stalled_after",
    "thinking",
    "unfinished_after",
]

_MODULES = {
    "cancellation": ("Cancelled", "cancel_at_each", "count_suspensions"),
    "clock": ("FakeClock", "NothingLeftToWaitForError"),
    "conformance.asker": ("AskerConformance",),
    "conformance.audit": ("AuditConformance", "AuditReading"),
    "conformance.budget": ("BudgetConformance",),
    "conformance.checkpointer": ("CheckpointerConformance",),
    "conformance.compactor": ("CompactorConformance",),
    "conformance.critic": ("CriticConformance",),
    "conformance.delivery": ("DeliveryConformance", "DeliveryReading"),
    "conformance.identity": ("IdentityConformance",),
    "conformance.input_files": ("InputFilesConformance",),
    "conformance.model": ("ModelConformance",),
    "conformance.model_source": ("ModelSourceConformance",),
    "conformance.palette": ("PaletteConformance",),
    "conformance.plugin": ("PluginConformance",),
    "conformance.standing_approvals": ("StandingApprovalsConformance",),
    "conformance.wire": ("ModelWireConformance",),
    "faults": ("FAULTS", "PORT_METHODS", "Fault", "PortMethod", "faulty", "hits"),
    "hotpath": ("assert_returns_at_once",),
    "leaks": ("no_leaks",),
    "loopback": ("loopback_server",),
    "memory.asker": ("ScriptedAsker",),
    "memory.audit": ("MemoryAudit", "MemoryRecord"),
    "memory.budget": ("MemoryBudget",),
    "memory.checkpointer": ("MemoryCheckpoints", "MemoryJournal"),
    "memory.compaction": ("MemoryCompactionRun",),
    "memory.critic": ("ScriptedCritic", "ScriptedCriticHandle"),
    "memory.delivery": ("Delivered", "MemoryDelivery"),
    "memory.identity": ("MemoryIdentity",),
    "memory.input_files": ("MemoryInputFiles", "StagedFile"),
    "memory.model_source": ("MemoryModels",),
    "memory.observer": ("MemoryObserver",),
    "memory.palette": ("MemoryPalette",),
    "memory.permission": ("MemoryStandingApprovals", "ScriptedApprover", "ScriptedPolicy"),
    "memory.sinks": ("MemoryTraceSink", "MemoryUsageSink", "SecretRedactor"),
    "network": ("forbid_real_models", "no_network"),
    "schemas": ("HOSTILE_SCHEMAS", "REAL_SCHEMAS"),
    "script": ("call", "delay", "raw_call", "thinking"),
    "scripted": ("ScriptedModel", "UnexpectedRequestError"),
    "tripwire": ("only_the_guard",),
    "wire.faults": (
        "cut_after",
        "empty_body",
        "error_after",
        "garbage",
        "hang",
        "hang_up",
        "held",
        "http_error",
        "late",
        "malformed_json",
        "no_choices",
        "overflow",
        "redirect_to",
        "refused_content",
        "reset_after",
        "stalled_after",
        "unfinished_after",
    ),
    "wire.request": ("WireRequest",),
    "wire.server": ("ModelServer",),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import a public name from the module that defines it."""
    if name not in _HOME:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    value: object = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(_HOME)
