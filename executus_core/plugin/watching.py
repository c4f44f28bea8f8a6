"""Follows the settings of plugins while the host runs."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, cast

from executus_core.errors import ConfigError
from executus_core.plugin.loading import describe

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from executus_core.plugin.layers import PluginLayer
    from executus_core.ports.sources import ChangingConfigSource

logger: Final = logging.getLogger("executus.plugin")


class Watch:
    """One task for each source of settings that can change, until it is ended."""

    def __init__(
        self,
        sources: Iterable[PluginLayer],
        reload: Callable[[], Awaitable[None]],
        record_fault: Callable[[str], None],
    ) -> None:
        """Begin to wait for changes, in the running event loop.

        Args:
            sources: Those that can't change are passed over.
            reload: Takes what was read anew into use, or raises ``ConfigError`` and changes nothing.
            record_fault: Counts, by plugin, a change that was wrong, or a source that could not wait for one.
        """
        self._reload = reload
        self._record_fault = record_fault
        self._tasks = [
            asyncio.create_task(self._follow(one), name=f"executus-settings-of-{one.plugin}")
            for one in sources
            if hasattr(one.provider, "wait_for_change")
        ]

    async def end(self, seconds: float) -> None:
        """Wait for no further change.

        Args:
            seconds: What foreign code gets to end after it was cancelled.
        """
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    async def _follow(self, one: PluginLayer) -> None:
        source = cast("ChangingConfigSource", one.provider)
        while True:
            try:
                await source.wait_for_change()
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt) or _is_ended():
                    raise
                self._record_fault(one.plugin)
                said = "plugin %s: its settings are no longer followed: waiting for a change raised %s"
                logger.error(said, one.plugin, describe(error))  # noqa: TRY400 - one line of a foreign error is enough
                return
            await asyncio.sleep(0)  # whoever never waits must not keep everybody else from their work
            await self._take_over(one.plugin)

    async def _take_over(self, plugin: str) -> None:
        try:
            await self._reload()
        except ConfigError as error:
            self._record_fault(plugin)
            said = "plugin %s: its change of the settings is not taken over, what held goes on to hold: %s"
            logger.error(said, plugin, "; ".join(error.problems))  # noqa: TRY400 - the problems say where they stand
        else:
            logger.info("plugin %s: its change of the settings holds from now on", plugin)


def _is_ended() -> bool:
    """Tell the end of the watch from a ``CancelledError`` that a source raised by itself."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
