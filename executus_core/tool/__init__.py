"""Tools: made from functions, kept in a registry, offered and granted per run.

The room can be called: ``from executus_core import tool`` gives this module whenever it was imported before (Python binds a
submodule to its package), so calling it is calling the decorator.
"""

import sys
from types import ModuleType

from executus_core.record.artifact import Artifact, PostRunResult
from executus_core.record.session import AgentSession, SessionToolFactory, SessionTools
from executus_core.record.tool import Effect, Source, Tool, ToolContext, ToolHandler, ToolResult, Visibility
from executus_core.record.toolpattern import ToolPattern
from executus_core.tool.admission import Admission, HostLists, Narrowing
from executus_core.tool.function import tool
from executus_core.tool.registry import LeftOut, Toolbox, ToolRegistry
from executus_core.tool.toolset import (
    ApprovalRequiredToolset,
    CombinedToolset,
    FilteredToolset,
    PrefixedToolset,
    RenamedToolset,
    Toolset,
)

__all__ = [
    "Admission",
    "AgentSession",
    "ApprovalRequiredToolset",
    "Artifact",
    "CombinedToolset",
    "Effect",
    "FilteredToolset",
    "HostLists",
    "LeftOut",
    "Narrowing",
    "PostRunResult",
    "PrefixedToolset",
    "RenamedToolset",
    "SessionToolFactory",
    "SessionTools",
    "Source",
    "Tool",
    "ToolContext",
    "ToolHandler",
    "ToolPattern",
    "ToolRegistry",
    "ToolResult",
    "Toolbox",
    "Toolset",
    "Visibility",
    "tool",
]


class _CallableRoom(ModuleType):
    __call__ = staticmethod(tool)


sys.modules[__name__].__class__ = _CallableRoom
