"""Names are looked up on few threads, and one that hangs stops no other."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar

import pytest
from netkit import HOME

from executus_core.errors import HostUnreachableError, NetworkTimeoutError
from executus_core.net import NetPolicy, guarded_client
from executus_core.net.lookup import Lookups, look_up

PATIENCE_S = 20


class Resolver:
    """Answers at once, but for names that begin with "slow", which hang until they are let go."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.let_go = threading.Event()
        self.hanging = threading.Semaphore(0)
        self.at_once = 0
        self.most_at_once = 0
        self._lock = threading.Lock()

    def __call__(self, name: str) -> list[str]:
        with self._lock:
            self.asked.append(name)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        if name.startswith("slow"):
            self.hanging.release()
            assert self.let_go.wait(PATIENCE_S)
        with self._lock:
            self.at_once -= 1
        return [name.partition(".")[2]]


async def wait_until_hanging(resolver: Resolver, how_many: int = 1) -> None:
    """Until so many look-ups are under way."""
    for _ in range(how_many):
        assert await asyncio.to_thread(resolver.hanging.acquire, timeout=PATIENCE_S)


async def test_a_hung_look_up_stops_no_other() -> None:
    """Nor does it use up the threads that asyncio shares."""
    resolver = Resolver()
    lookups = Lookups(resolver, most=3)
    hung = [asyncio.create_task(lookups.look_up(f"slow{n}.x")) for n in range(2)]
    await wait_until_hanging(resolver, 2)

    assert [await lookups.look_up(f"fast{n}.y") for n in range(50)] == [["y"]] * 50

    resolver.let_go.set()
    assert await asyncio.gather(*hung) == [["x"], ["x"]]


async def test_who_asks_for_the_same_name_waits_for_the_same_answer() -> None:
    """A hundred pages of one hung host hold one thread."""
    resolver = Resolver()
    lookups = Lookups(resolver, most=2)
    hung = [asyncio.create_task(lookups.look_up("slow.x")) for _ in range(100)]
    await wait_until_hanging(resolver)

    assert await lookups.look_up("fast.y") == ["y"]

    resolver.let_go.set()
    assert await asyncio.gather(*hung) == [["x"]] * 100
    assert resolver.asked.count("slow.x") == 1


async def test_there_are_never_more_threads_than_allowed() -> None:
    """The others wait their turn, and get it."""
    resolver = Resolver()
    lookups = Lookups(resolver, most=4)
    asked = [asyncio.create_task(lookups.look_up(f"slow{n}.x")) for n in range(40)]
    await wait_until_hanging(resolver, 4)
    resolver.let_go.set()

    assert await asyncio.gather(*asked) == [["x"]] * 40
    assert resolver.most_at_once == 4


async def test_nobody_looks_up_what_nobody_waits_for_any_more() -> None:
    """Who gave up in the queue leaves it."""
    resolver = Resolver()
    lookups = Lookups(resolver, most=1)
    first = asyncio.create_task(lookups.look_up("slow.x"))
    await wait_until_hanging(resolver)
    given_up = [asyncio.create_task(lookups.look_up(f"fast{n}.y")) for n in range(5)]
    stays = asyncio.create_task(lookups.look_up("fast.z"))
    await asyncio.sleep(0)
    for task in given_up:
        task.cancel()
    await asyncio.gather(*given_up, return_exceptions=True)
    resolver.let_go.set()

    assert await first == ["x"]
    assert await stays == ["z"]
    assert resolver.asked == ["slow.x", "fast.z"]


async def test_a_name_is_asked_for_again_after_an_answer() -> None:
    """Nothing is kept: how long an answer holds is the system's business."""
    resolver = Resolver()
    lookups = Lookups(resolver)
    for _ in range(3):
        await lookups.look_up("fast.x")

    assert len(resolver.asked) == 3


@pytest.mark.parametrize("error", [HostUnreachableError("no"), OSError("no"), StopIteration(), SystemExit(1)])
async def test_what_a_look_up_raises_is_raised_to_all_who_wait(error: BaseException) -> None:
    """Whatever it is, nobody waits for ever, and the process goes on."""

    def fail(name: str) -> list[str]:
        raise error

    lookups = Lookups(fail)
    raised = await asyncio.gather(*(lookups.look_up("x") for _ in range(3)), return_exceptions=True)

    assert all(isinstance(one, HostUnreachableError | OSError) for one in raised)


async def test_a_look_up_runs_in_the_context_of_who_asks() -> None:
    """So that a tripwire knows on whose behalf it is."""
    variable: ContextVar[str] = ContextVar("variable")
    variable.set("mine")

    assert await Lookups(lambda _: [variable.get()]).look_up("x") == ["mine"]


async def test_a_hung_look_up_ends_with_the_request() -> None:
    """Its time counts."""
    resolver = Resolver()
    policy = NetPolicy(allow_private=HOME.allow_private, timeout_s=0.05)
    async with guarded_client(policy, resolve=Lookups(resolver).look_up) as http:
        with pytest.raises(NetworkTimeoutError, match=r"'slow\.x' did not answer in full within 0\.05 s"):
            await http.get("http://slow.x/")

    resolver.let_go.set()


def test_an_answer_that_comes_after_its_loop_is_gone_hurts_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """The thread ends without a word."""
    resolver = Resolver()
    lookups = Lookups(resolver)

    async def give_up() -> None:
        task = asyncio.create_task(lookups.look_up("slow.x"))
        await wait_until_hanging(resolver)
        task.cancel()

    asyncio.run(give_up())
    resolver.let_go.set()
    for thread in threading.enumerate():
        if thread.name == "executus-lookup":
            thread.join(PATIENCE_S)

    assert not caplog.records


@pytest.mark.executus_network("allow")  # no name server is asked about a name that can't be one
async def test_what_the_system_does_not_know_is_told_in_a_sentence() -> None:
    """Without its codes."""
    with pytest.raises(HostUnreachableError, match=r"the host 'a{64}\.invalid' can't be found"):
        await look_up("a" * 64 + ".invalid")


async def test_the_system_knows_this_machine() -> None:
    """Each address once."""
    found = await look_up("localhost")

    assert "127.0.0.1" in found or "::1" in found
    assert len(found) == len(set(found))
