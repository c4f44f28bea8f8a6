"""The one synchronous door, for scripts and notebooks."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING

from executus_core.plugin.executor import Executor

if TYPE_CHECKING:
    from executus_core.record.agent import Agent, OutputT
    from executus_core.record.invocation import Invocation
    from executus_core.record.result import Result
    from executus_core.run.executor import Executor as KernelExecutor
    from executus_core.run.executor import Input


def run_sync(
    agent: Agent[OutputT],
    input: Input,  # noqa: A002 - the contract's word
    invocation: Invocation | None = None,
    *,
    executor: KernelExecutor | None = None,
) -> Result[OutputT]:
    """Run an agent and wait for its result, from code that is not async.

    Works where an event loop is running already, as in a notebook: the run then has a loop of its own on another thread.

    Args:
        agent: What to run.
        input: Text, or parts in order.
        invocation: Everything about this run that is not the agent's.
        executor: What to run it with, opened and closed here; the discovered plugins by default.

    Returns:
        The result, however the run ended.
    """

    async def run() -> Result[OutputT]:
        async with executor or Executor.discover() as opened:
            return await opened.run(agent, input, invocation)

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(run())
    with ThreadPoolExecutor(1, thread_name_prefix="executus-run-sync") as threads:
        return threads.submit(copy_context().run, lambda: asyncio.run(run())).result()
