"""Standing approvals in a file: private, shared by processes, and never half there."""
# ruff: noqa: ASYNC240 - the tests look at the file behind the store's back

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from executus_core import Caller
from executus_core.errors import ConfigError
from executus_core.permission import FileApprovals
from executus_core.record.permission import BoundCall, StandingApproval

if TYPE_CHECKING:
    from pathlib import Path

ALICE = Caller("alice")
CALL = BoundCall("add", "code", '{"a":1}', "alice", run_id="r")
GIVEN_AT = datetime(2024, 2, 29, tzinfo=UTC)
APPROVAL = StandingApproval("id-1", CALL, "always", "carol", given_at=GIVEN_AT)
posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "approvals.jsonl"


@posix
async def test_the_file_and_its_folder_are_the_owners_alone(path: Path) -> None:
    """Whatever the umask says."""
    before = os.umask(0)
    try:
        await FileApprovals(path).save_approval(APPROVAL)
    finally:
        os.umask(before)

    assert [file.stat().st_mode & 0o777 for file in (path, path.parent)] == [0o600, 0o700]
    assert {file.name for file in path.parent.iterdir()} == {"approvals.jsonl", "approvals.jsonl.lock"}


async def test_looking_makes_no_file(path: Path) -> None:
    """Where nothing was granted, nothing is there."""
    assert await FileApprovals(path).find_approval(CALL) is None
    assert not path.parent.exists()


async def test_what_another_process_grants_or_revokes_holds_at_once(path: Path) -> None:
    """Two stores over one file see the same."""
    ours, theirs = FileApprovals(path), FileApprovals(path)
    await ours.save_approval(APPROVAL)

    assert await theirs.find_approval(CALL) == APPROVAL
    assert await theirs.revoke_approval(ALICE, APPROVAL.id)
    assert await ours.find_approval(CALL) is None


def _run_at_once(program: str, arguments: list[str]) -> list[bytes]:
    """Run a program several times side by side, and give what each complained of."""
    children = [
        subprocess.Popen([sys.executable, "-c", program, argument], stderr=subprocess.PIPE)
        for argument in arguments
    ]
    return [child.communicate()[1] for child in children]


async def test_processes_that_save_at_once_lose_nothing(path: Path) -> None:
    """Each writes the whole file, and none writes over another."""
    program = f"""
import asyncio
from executus_core.permission import FileApprovals
from executus_core.record.permission import BoundCall, StandingApproval
import sys
async def main():
    store = FileApprovals({str(path)!r})
    for n in range(15):
        name = f"{{sys.argv[1]}}-{{n}}"
        await store.save_approval(StandingApproval(name, BoundCall("add", "code", name, "alice"), "always"))
asyncio.run(main())
"""
    errors = await asyncio.to_thread(_run_at_once, program, ["0", "1", "2"])

    assert errors == [b"", b"", b""]
    kept = await FileApprovals(path).list_approvals(ALICE)
    assert {approval.id for approval in kept} == {f"{child}-{n}" for child in range(3) for n in range(15)}


@posix
async def test_whoever_waits_for_the_lock_lets_others_run(path: Path) -> None:
    """A process that is stopped while it holds the lock stops no other's event loop, and may be waited for in vain."""
    import fcntl

    store = FileApprovals(path)
    await store.save_approval(APPROVAL)
    lock = os.open(path.with_name("approvals.jsonl.lock"), os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = asyncio.create_task(store.save_approval(evolve(APPROVAL, id="id-2")))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not waiting.done()
        waiting.cancel()
        await asyncio.wait([waiting])
    finally:
        os.close(lock)

    assert await store.list_approvals(ALICE) == [APPROVAL]


def _damaged() -> dict[str, str]:
    head = '{"format": "executus-approvals", "version": 1}\n'
    line = {
        **{name: getattr(CALL, name) for name in ("tool", "origin", "arguments", "caller_id", "tenant")},
        **dict.fromkeys(("channel_id", "by", "reason"), ""),
        "run_id": "r",
        "id": "x",
        "scope": "always",
        "given_at": "2024-02-29T00:00:00+00:00",
    }

    def written(**changes: object) -> str:
        return head + json.dumps({**line, **changes}) + "\n"

    return {
        "nothing at all": "",
        "another file": "[permissions]\n",
        "another version": head.replace("1", "2"),
        "cut in a line": written()[:-20],
        "no JSON": f"{head}oops\n",
        "an empty line": f"{head}\n",
        "no object": f"{head}[]\n",
        "a key too many": written(more="x"),
        "a number": written(tool=1),
        "a scope that is none": written(scope="once"),
        "a time that is none": written(given_at="yesterday"),
        "a time without a zone": written(given_at="2024-02-29"),
        "deep nesting": f"{head}{'[' * 100_000}\n",
    }


@pytest.mark.parametrize("text", _damaged().values(), ids=_damaged().keys())
async def test_of_a_damaged_file_nothing_holds_and_it_is_left_as_it_is(path: Path, text: str) -> None:
    """Looking, granting and revoking say what is wrong and where."""
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    store = FileApprovals(path)

    for attempt in (
        lambda: store.find_approval(CALL),
        lambda: store.list_approvals(ALICE),
        lambda: store.save_approval(APPROVAL),
        lambda: store.revoke_approval(ALICE, "x"),
    ):
        with pytest.raises(ConfigError, match=r"approvals\.jsonl: .*no approval in it holds until"):
            await attempt()
    assert path.read_text(encoding="utf-8") == text


async def test_a_file_that_was_mended_holds_again(path: Path) -> None:
    """Nobody has to start anything anew."""
    store = FileApprovals(path)
    await store.save_approval(APPROVAL)
    good = path.read_bytes()
    path.write_bytes(good + b"oops\n")
    with pytest.raises(ConfigError, match="line 3"):
        await store.find_approval(CALL)

    path.write_bytes(good)

    assert await store.find_approval(CALL) == APPROVAL


@posix
async def test_a_file_that_others_may_write_to_grants_nothing(path: Path) -> None:
    """Anybody could have written it."""
    store = FileApprovals(path)
    await store.save_approval(APPROVAL)
    path.chmod(0o620)

    with pytest.raises(ConfigError, match=r"others may write to it.*chmod 600"):
        await FileApprovals(path).find_approval(CALL)


async def test_a_folder_that_can_not_be_made_is_said(path: Path) -> None:
    """With the file that was to be in it."""
    path.parent.write_text("a file", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"approvals\.jsonl: can't be locked"):
        await FileApprovals(path).save_approval(APPROVAL)


async def test_a_file_that_is_a_folder_is_said(path: Path) -> None:
    """Nothing is left beside it."""
    path.mkdir(parents=True)

    with pytest.raises(ConfigError, match="can't be read"):
        await FileApprovals(path).save_approval(APPROVAL)
    assert {file.name for file in path.parent.iterdir()} == {"approvals.jsonl", "approvals.jsonl.lock"}


async def test_a_write_that_fails_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk loses the new approval and no old one, and leaves no other file."""
    store = FileApprovals(path)
    await store.save_approval(APPROVAL)

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(ConfigError, match="can't be written: No space left on device"):
            await store.save_approval(evolve(APPROVAL, id="id-2"))

    assert await store.list_approvals(ALICE) == [APPROVAL]
    assert len(list(path.parent.iterdir())) == 2


async def test_approvals_of_runs_that_are_long_over_are_dropped(path: Path) -> None:
    """A month later, at the next save; those that hold longer stay."""
    store = FileApprovals(path)
    run = evolve(APPROVAL, id="run", scope="run")
    late = evolve(APPROVAL, id="late", given_at=GIVEN_AT + timedelta(days=31))

    for approval in (run, APPROVAL, late):
        await store.save_approval(approval)

    assert await store.list_approvals(ALICE) == [APPROVAL, late]
