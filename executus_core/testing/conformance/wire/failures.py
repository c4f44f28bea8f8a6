"""What must become of a server's failures: the right error, in one sentence, after one request."""
# ruff: noqa: S101 - a suite is made of assertions

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from executus_core.errors import (
    ContextOverflowError,
    ModelAccessError,
    ModelError,
    ModelResolutionError,
    ModelUnavailableError,
)
from executus_core.testing.conformance.base import cannot_check
from executus_core.testing.conformance.wire.base import KEY, MODEL, Talk, Way, WireSuite, both_ways
from executus_core.testing.script import call
from executus_core.testing.wire.faults import (
    cut_after,
    empty_body,
    error_after,
    garbage,
    hang_up,
    http_error,
    no_choices,
    overflow,
    redirect_to,
    refused_content,
    reset_after,
    unfinished_after,
)
from executus_core.testing.wire.server import ModelServer

if TYPE_CHECKING:
    from executus_core.testing.wire.faults import WireEntry

__all__ = ["FailuresOnTheWire"]

_LONG = "It is three, I should say, but let me think about it again."

NO_ANSWERS: dict[str, WireEntry] = {
    "a page of HTML": garbage(),
    "an empty body": empty_body(),
    "an answer without an answer": no_choices(),
}
NOT_BEGUN: dict[str, WireEntry] = {
    "a rate limit": http_error(429),
    "a failed server": http_error(500),
    "a connection that was closed": hang_up(),
    "an empty body": empty_body(),
}
CUT: dict[str, WireEntry] = {
    "cut before the first piece": cut_after(0, _LONG),
    "cut in the text": cut_after(3, _LONG),
    "cut in a call": cut_after(2, call("add", a=1_000_000_000, b=2_000_000_000)),
    "cut before the end": cut_after(1000, _LONG),
    "no end after the text": unfinished_after(3, _LONG),
    "no end after a call": unfinished_after(1000, call("add", a=1, b=2)),
    "nothing at all": unfinished_after(0, _LONG),
}


class FailuresOnTheWire(WireSuite):
    """What must become of a server's failures."""

    @both_ways
    async def test_a_wrong_key_is_told(self, way: Way) -> None:
        """No other try mends it, so it is not taken for a provider that is busy."""
        if not self.sends_key:
            cannot_check("sends_key")
        with ModelServer(self.dialect, models=(MODEL,), key="another", strict=False) as server:
            async with self.connected(server) as model:
                error = await Talk(server, model).fail(way)

        assert isinstance(error, ModelAccessError), repr(error)

    @both_ways
    async def test_a_key_that_may_not_is_told(self, way: Way) -> None:
        """A key that may not use this model is a matter of access as well."""
        error = await self._error_of(http_error(403), way)

        assert isinstance(error, ModelAccessError), repr(error)

    @both_ways
    async def test_an_unknown_model_is_told(self, way: Way) -> None:
        """A misspelt model is not found, as it would not be in the configuration."""
        with ModelServer(self.dialect, models=(MODEL,), strict=False) as server:
            async with self.connected(server, model_name="test-modell") as model:
                error = await Talk(server, model).fail(way)

        assert isinstance(error, ModelResolutionError), repr(error)
        assert "test-modell" in str(error)

    @both_ways
    @pytest.mark.parametrize("wait_s", [7.0, 0.5, None])
    async def test_a_rate_limit_says_how_long(self, way: Way, wait_s: float | None) -> None:
        """Failover and retries keep to what the provider asked for."""
        error = await self._error_of(http_error(429, retry_after_s=wait_s), way)

        assert isinstance(error, ModelUnavailableError), repr(error)
        assert error.retry_after_s == wait_s

    @both_ways
    @pytest.mark.parametrize("status", [503, 529])
    async def test_an_overload_says_how_long(self, way: Way, status: int) -> None:
        """A server that is down for a while knows as well when to come back."""
        error = await self._error_of(http_error(status, retry_after_s=7), way)

        assert isinstance(error, ModelUnavailableError), repr(error)
        assert error.retry_after_s == 7

    @both_ways
    async def test_a_wait_may_end_at_a_date(self, way: Way) -> None:
        """As HTTP allows (RFC 9110, 10.2.3), and proxies write it."""
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
        error = await self._error_of(http_error(429, headers={"retry-after": date}), way)

        assert isinstance(error, ModelUnavailableError), repr(error)
        assert error.retry_after_s is not None
        assert 60 < error.retry_after_s <= 90

    @both_ways
    @pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 529])
    async def test_a_server_that_cannot_answer_now_is_told_apart(self, way: Way, status: int) -> None:
        """Another model, or a later try, may do."""
        error = await self._error_of(http_error(status), way)

        assert isinstance(error, ModelUnavailableError), repr(error)

    @both_ways
    async def test_a_server_that_is_not_there_is_named(self, way: Way) -> None:
        """The address that refused is what whoever reads it has to look at."""
        with ModelServer(self.dialect, strict=False) as server:
            address = server.url.removeprefix("http://")
            model = self.build_model(server.base_url, MODEL, key=KEY, timeout_s=10.0)
        try:
            error = await Talk(server, model).fail(way)
        finally:
            await self.close_model(model)

        assert isinstance(error, ModelUnavailableError), repr(error)
        assert address in str(error)

    @both_ways
    async def test_a_transcript_that_does_not_fit_is_told(self, way: Way) -> None:
        """A run can shorten its transcript, when it knows."""
        error = await self._error_of(overflow(), way)

        assert isinstance(error, ContextOverflowError), repr(error)

    @both_ways
    @pytest.mark.parametrize(
        "refused", [http_error(400, "temperature is too hot"), refused_content(), http_error(422)]
    )
    async def test_a_refused_request_is_refused_for_good(self, way: Way, refused: WireEntry) -> None:
        """It is the request's own fault: neither another try nor a shorter transcript would help."""
        error = await self._error_of(refused, way)

        others = (ModelUnavailableError, ContextOverflowError, ModelResolutionError, ModelAccessError)
        assert not isinstance(error, others), repr(error)

    @both_ways
    @pytest.mark.parametrize("what", NO_ANSWERS)
    async def test_what_is_no_answer_is_never_an_empty_one(self, way: Way, what: str) -> None:
        """A run would take it for its result."""
        await self._error_of(NO_ANSWERS[what], way)

    @both_ways
    @pytest.mark.parametrize("what", CUT)
    async def test_what_is_cut_is_never_a_finished_answer(self, way: Way, what: str) -> None:
        """Half an answer, or half a call, is a provider that could not answer."""
        error = await self._error_of(CUT[what], way)

        assert isinstance(error, ModelUnavailableError), repr(error)

    @both_ways
    @pytest.mark.parametrize("broken", [cut_after(3, _LONG), reset_after(3, _LONG)], ids=["cut", "torn down"])
    async def test_an_answer_that_broke_off_had_begun(self, way: Way, broken: WireEntry) -> None:
        """Whoever asked may have read the first half, so nobody asks again on its own."""
        error = await self._error_of(broken, way)

        assert isinstance(error, ModelUnavailableError), repr(error)
        assert error.has_begun

    @both_ways
    @pytest.mark.parametrize("what", NOT_BEGUN)
    async def test_what_never_began_had_not_begun(self, way: Way, what: str) -> None:
        """Nothing was read of an answer, so another model may be asked."""
        error = await self._error_of(NOT_BEGUN[what], way)

        assert isinstance(error, ModelUnavailableError), repr(error)
        assert not error.has_begun

    async def test_a_stream_without_a_piece_had_not_begun(self) -> None:
        """Its head is nothing that anybody could have read."""
        error = await self._error_of(cut_after(0, _LONG), "stream")

        assert isinstance(error, ModelUnavailableError), repr(error)
        assert not error.has_begun

    @both_ways
    async def test_a_server_that_fails_on_the_way_is_told(self, way: Way) -> None:
        """An error in the middle of a stream ends it."""
        error = await self._error_of(error_after(2, _LONG), way)

        assert isinstance(error, ModelUnavailableError), repr(error)

    @both_ways
    @pytest.mark.parametrize("status", [400, 401, 404, 408, 429, 500, 503, 529])
    async def test_one_call_is_one_request(self, way: Way, status: int) -> None:
        """Retries belong to failover, where audit and budget see them."""
        async with self.talk(always=lambda _: http_error(status, retry_after_s=0)) as talk:
            await talk.fail(way)

        assert len(talk.server.requests) == 1

    @both_ways
    @pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
    async def test_an_error_is_one_sentence_without_the_key(self, way: Way, status: int) -> None:
        """It names the model, and repeats neither a key that the server repeats, nor all that the server says."""
        said = f"Incorrect API key provided: {KEY}.\n" + "Traceback of the server\n" * 1000
        error = await self._error_of(http_error(status, said), way)

        assert MODEL in str(error)
        assert KEY not in str(error)
        assert "\n" not in str(error)
        assert len(str(error)) < 1000

    @both_ways
    async def test_a_key_follows_no_redirect(self, way: Way) -> None:
        """Whoever it leads to is a stranger, and would have the key."""
        if not self.sends_key:
            cannot_check("sends_key")
        with ModelServer(self.dialect, lambda _: http_error(500), models=(MODEL,), strict=False) as stranger:
            async with self.talk(redirect_to(stranger.url)) as talk:
                await talk.fail(way)

        assert KEY in str(talk.asked.headers)
        assert all(KEY not in str(asked.headers) for asked in (*stranger.requests, *stranger.look_ups))

    async def _error_of(self, entry: WireEntry, way: Way) -> ModelError:
        """Give what a model raises for an answer."""
        async with self.talk(entry) as talk:
            return await talk.fail(way)
