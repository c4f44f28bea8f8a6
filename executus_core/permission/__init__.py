"""Ready parts for the third stage of permission: approvals that go on to hold."""

from executus_core.permission.memory import ApprovalMemory

__all__ = ["ApprovalMemory"]
