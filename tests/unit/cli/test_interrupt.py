"""A signal stops the run and not the program."""

import asyncio
import os
import signal
import sys
import threading

import pytest

from executus_core.cli.interrupt import cancelled_by_signals

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.mark.parametrize(
    ("number", "reason"), [(signal.SIGINT, "interrupted from the keyboard"), (signal.SIGTERM, "terminated")]
)
async def test_the_first_signal_cancels_and_gives_the_second_one_back(
    number: signal.Signals, reason: str
) -> None:
    """Who was in charge before is in charge again at once."""
    before = signal.getsignal(number)
    reasons: list[str] = []

    with cancelled_by_signals(reasons.append) as received:
        assert signal.getsignal(number) is not before
        os.kill(os.getpid(), number)
        while not reasons:  # noqa: ASYNC110 - a signal comes when the system brings it
            await asyncio.sleep(0.001)

        assert signal.getsignal(number) is before
    assert reasons == [reason]
    assert received.signal is number


async def test_without_a_signal_all_is_as_it_was() -> None:
    """Handlers are put back."""
    before = signal.getsignal(signal.SIGINT)

    with cancelled_by_signals(print) as received:
        pass

    assert signal.getsignal(signal.SIGINT) is before
    assert received.signal is None


def test_off_the_main_thread_nothing_is_changed() -> None:
    """Signals belong to the main thread; a run elsewhere goes on without."""
    seen: list[object] = []

    def work() -> None:
        with cancelled_by_signals(print) as received:
            seen.append(received.signal)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert seen == [None]
