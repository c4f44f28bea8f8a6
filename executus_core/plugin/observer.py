"""The observation hooks of one plugin as one observer."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from executus_core.plugin.validation import Hook
    from executus_core.record.events import RunEvent
    from executus_core.record.result import Result
    from executus_core.record.run import RunInfo


class PluginObserver:
    """Calls a plugin's observation hooks, each with the arguments that it wants.

    Attributes:
        plugin: The plugin's name.
        hears: Names of the hooks that the plugin has; a host may skip the others.
    """

    def __init__(self, plugin: str, hooks: Sequence[Hook]) -> None:
        self.plugin = plugin
        self._by_name = {hook.name: hook for hook in hooks}
        self.hears: frozenset[str] = frozenset(self._by_name)

    def on_run_start(self, run: RunInfo) -> Awaitable[None] | None:
        """Tell the plugin that a run begins."""
        return self._call("executus_on_run_start", run=run)

    def on_event(self, run: RunInfo, event: RunEvent) -> Awaitable[None] | None:
        """Tell the plugin what happened in a run."""
        return self._call("executus_on_event", run=run, event=event)

    def on_run_end(self, run: RunInfo, result: Result[object]) -> Awaitable[None] | None:
        """Tell the plugin that a run has ended and is settled."""
        return self._call("executus_on_run_end", run=run, result=result)

    def _call(self, name: str, **offered: object) -> Awaitable[None] | None:
        hook = self._by_name.get(name)
        return cast("Awaitable[None] | None", hook.call(**offered)) if hook else None
