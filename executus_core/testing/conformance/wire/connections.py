"""What must become of a connection when nobody waits for the answer any more."""
# ruff: noqa: S101 - a suite is made of assertions

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from executus_core.errors import ModelUnavailableError
from executus_core.testing.conformance.wire.base import Way, WireSuite, both_ways
from executus_core.testing.wire.faults import hang, stalled_after

if TYPE_CHECKING:
    from executus_core.testing.wire.faults import WireEntry

__all__ = ["ConnectionsOnTheWire"]

_LONG = "It is three, I should say, but let me think about it again."

SILENT: dict[str, WireEntry] = {
    "never an answer": hang(),
    "nothing after the first pieces": stalled_after(2, _LONG),
}


class ConnectionsOnTheWire(WireSuite):
    """What must become of a connection when nobody waits for the answer any more."""

    @both_ways
    @pytest.mark.parametrize("what", SILENT)
    async def test_a_silent_server_is_given_up(self, way: Way, what: str) -> None:
        """A model waits as long as it was told to, and closes the connection."""
        async with self.talk(SILENT[what], timeout_s=0.3) as talk:
            error = await talk.fail(way)
            await talk.server.wait_until_cut_off(timeout_s=self.patience_s)

        assert isinstance(error, ModelUnavailableError), repr(error)

    @both_ways
    @pytest.mark.parametrize("what", SILENT)
    async def test_a_cancelled_call_closes_its_connection(self, way: Way, what: str) -> None:
        """The provider must not write on, at the caller's expense; the call ends as cancelled, and as nothing else."""
        async with self.talk(SILENT[what]) as talk:
            asking = asyncio.create_task(talk.ask(way))
            await talk.server.wait_for_requests(timeout_s=self.patience_s)
            asking.cancel()
            await asyncio.wait([asking])
            await talk.server.wait_until_cut_off(timeout_s=self.patience_s)

        assert asking.cancelled()

    async def test_a_stream_shows_what_has_come(self) -> None:
        """A piece is shown when it comes, not when the answer is complete; leaving then closes the connection."""
        async with self.talk(stalled_after(2, _LONG)) as talk:
            stream = talk.stream()
            async with asyncio.timeout(self.patience_s):
                await anext(stream)
            await stream.aclose()

            await talk.server.wait_until_cut_off(timeout_s=self.patience_s)

    async def test_a_model_answers_on_after_a_stream_was_left(self) -> None:
        """A connection that was left is not used again."""
        async with self.talk(stalled_after(2, _LONG), "Three.") as talk:
            stream = talk.stream()
            await anext(stream)
            await stream.aclose()

            assert (await talk.ask("generate")).message.text == "Three."

    @both_ways
    async def test_a_closed_model_leaves_no_connection(self, way: Way) -> None:
        """What a model holds open between calls is closed with it."""
        async with self.talk("Three.") as talk:
            await talk.ask(way)
            await self.close_model(talk.model)

            await talk.server.wait_until_closed(timeout_s=self.patience_s)
