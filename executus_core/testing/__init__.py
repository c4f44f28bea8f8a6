"""What tests of agents, tools and plugins are made of.

A model that follows a script, a clock that stands still, providers in memory, a conformance suite per port, and faults to
plant.

Every name is imported when it is first used: pytest loads this package in each run of whoever has executus installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from executus_core.testing.clock import FakeClock, NothingLeftToWaitForError
    from executus_core.testing.memory.audit import MemoryAudit, MemoryRecord
    from executus_core.testing.memory.budget import MemoryBudget
    from executus_core.testing.memory.checkpointer import MemoryCheckpoints, MemoryJournal
    from executus_core.testing.memory.critic import ScriptedCritic, ScriptedCriticHandle
    from executus_core.testing.memory.delivery import Delivered, MemoryDelivery
    from executus_core.testing.memory.identity import MemoryIdentity
    from executus_core.testing.memory.input_files import MemoryInputFiles, StagedFile
    from executus_core.testing.memory.model_source import MemoryModels
    from executus_core.testing.memory.observer import MemoryObserver
    from executus_core.testing.memory.palette import MemoryPalette
    from executus_core.testing.memory.permission import ScriptedApprover, ScriptedPolicy
    from executus_core.testing.memory.sinks import MemoryTraceSink, MemoryUsageSink, SecretRedactor
    from executus_core.testing.script import call, delay, raw_call, thinking
    from executus_core.testing.scripted import ScriptedModel, UnexpectedRequestError

__all__ = [
    "Delivered",
    "FakeClock",
    "MemoryAudit",
    "MemoryBudget",
    "MemoryCheckpoints",
    "MemoryDelivery",
    "MemoryIdentity",
    "MemoryInputFiles",
    "MemoryJournal",
    "MemoryModels",
    "MemoryObserver",
    "MemoryPalette",
    "MemoryRecord",
    "MemoryTraceSink",
    "MemoryUsageSink",
    "NothingLeftToWaitForError",
    "ScriptedApprover",
    "ScriptedCritic",
    "ScriptedCriticHandle",
    "ScriptedModel",
    "ScriptedPolicy",
    "SecretRedactor",
    "StagedFile",
    "UnexpectedRequestError",
    "call",
    "delay",
    "raw_call",
    "thinking",
]

_MODULES = {
    "clock": ("FakeClock", "NothingLeftToWaitForError"),
    "memory.audit": ("MemoryAudit", "MemoryRecord"),
    "memory.budget": ("MemoryBudget",),
    "memory.checkpointer": ("MemoryCheckpoints", "MemoryJournal"),
    "memory.critic": ("ScriptedCritic", "ScriptedCriticHandle"),
    "memory.delivery": ("Delivered", "MemoryDelivery"),
    "memory.identity": ("MemoryIdentity",),
    "memory.input_files": ("MemoryInputFiles", "StagedFile"),
    "memory.model_source": ("MemoryModels",),
    "memory.observer": ("MemoryObserver",),
    "memory.palette": ("MemoryPalette",),
    "memory.permission": ("ScriptedApprover", "ScriptedPolicy"),
    "memory.sinks": ("MemoryTraceSink", "MemoryUsageSink", "SecretRedactor"),
    "script": ("call", "delay", "raw_call", "thinking"),
    "scripted": ("ScriptedModel", "UnexpectedRequestError"),
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
