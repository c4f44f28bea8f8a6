"""Ready parts for the third stage of permission: rules, approvals that go on to hold, and an approver that waits."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from executus_core.permission.file import FileApprovals
    from executus_core.permission.match import ArgumentGlob
    from executus_core.permission.memory import ApprovalMemory
    from executus_core.permission.pending import PendingApprovals
    from executus_core.permission.rules import PermissionRule, RulePolicy

__all__ = [
    "ApprovalMemory",
    "ArgumentGlob",
    "FileApprovals",
    "PendingApprovals",
    "PermissionRule",
    "RulePolicy",
]

# Every run passes this door on its way to what it holds in memory: the rest is for those who name it.
_HOME = {
    "ApprovalMemory": "memory",
    "ArgumentGlob": "match",
    "FileApprovals": "file",
    "PendingApprovals": "pending",
    "PermissionRule": "rules",
    "RulePolicy": "rules",
}


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
