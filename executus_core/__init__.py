"""executus: the base of hosts that run LLM agents.

This is the front door: the names that hosts and plugin authors need first, each imported from where it is defined when it is
first used, so that ``import executus_core`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from executus_core.config.defaults import Defaults
    from executus_core.errors import ConfigError, ExecutusError, ModelError, PluginError, RunError, ToolError
    from executus_core.hookspecs import Plugin, Provider, hookimpl
    from executus_core.plugin.executor import Executor
    from executus_core.plugin.sync import run_sync
    from executus_core.ports.ports import Ports
    from executus_core.record.agent import Agent, Phase
    from executus_core.record.artifact import Artifact, InputFile, PostRunResult
    from executus_core.record.caller import Caller, Target
    from executus_core.record.invocation import Invocation
    from executus_core.record.output import Output
    from executus_core.record.result import Result
    from executus_core.record.run import RunStatus
    from executus_core.record.session import AgentSession, SessionTools
    from executus_core.record.tool import Tool, ToolContext, ToolResult
    from executus_core.run.handle import Run
    from executus_core.tool.function import tool
    from executus_core.tool.registry import ToolRegistry

_HOME = {
    "Agent": "record.agent",
    "AgentSession": "record.session",
    "Artifact": "record.artifact",
    "Caller": "record.caller",
    "ConfigError": "errors",
    "Defaults": "config.defaults",
    "Executor": "plugin.executor",
    "ExecutusError": "errors",
    "InputFile": "record.artifact",
    "Invocation": "record.invocation",
    "ModelError": "errors",
    "Output": "record.output",
    "Phase": "record.agent",
    "Plugin": "hookspecs",
    "PluginError": "errors",
    "Ports": "ports.ports",
    "PostRunResult": "record.artifact",
    "Provider": "hookspecs",
    "Result": "record.result",
    "Run": "run.handle",
    "RunError": "errors",
    "RunStatus": "record.run",
    "SessionTools": "record.session",
    "Target": "record.caller",
    "Tool": "record.tool",
    "ToolContext": "record.tool",
    "ToolError": "errors",
    "ToolRegistry": "tool.registry",
    "ToolResult": "record.tool",
    "hookimpl": "hookspecs",
    "run_sync": "plugin.sync",
}
"""Where each name lives."""

__all__ = [
    "Agent",
    "AgentSession",
    "Artifact",
    "Caller",
    "ConfigError",
    "Defaults",
    "Executor",
    "ExecutusError",
    "InputFile",
    "Invocation",
    "ModelError",
    "Output",
    "Phase",
    "Plugin",
    "PluginError",
    "Ports",
    "PostRunResult",
    "Provider",
    "Result",
    "Run",
    "RunError",
    "RunStatus",
    "SessionTools",
    "Target",
    "Tool",
    "ToolContext",
    "ToolError",
    "ToolRegistry",
    "ToolResult",
    "hookimpl",
    "run_sync",
    "tool",
]


def __getattr__(name: str) -> object:
    """Import a name from its home when it is first asked for."""
    if name == "tool":
        return import_module("executus_core.tool")  # the room of that name, which is the decorator too
    home = _HOME.get(name)
    if home is None:
        message = f"module 'executus_core' has no attribute '{name}'"
        raise AttributeError(message)
    value: object = getattr(import_module(f"executus_core.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the front door's names."""
    return sorted(__all__)
