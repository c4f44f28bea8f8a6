"""Whose workspace it is: two owners never share a folder by accident, and strangers without a name never do."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core import Caller
from executus_core.errors import ToolError
from executus_core.workspace import Share, Sharing
from executus_core.workspace.names import is_name
from executus_core.workspace.share import folder_name

ALICE = Caller("alice", tenant="acme")
OTHERS = [Caller("bob", tenant="acme"), Caller("alice", tenant="other"), Caller("Alice", tenant="acme")]


def test_one_folder_for_the_host_is_everybodys(tmp_path: Path) -> None:
    share = Share(tmp_path)

    assert {share.of(caller, "run-1") for caller in [ALICE, *OTHERS, Caller()]} == {share.of(ALICE, "run-1")}
    share.of(ALICE, "run-1").write_bytes("x.txt", b"x")
    assert (tmp_path / "x.txt").exists()


@pytest.mark.parametrize(("per", "distinct"), [("tenant", 2), ("caller", 4), ("run", 1)])
def test_each_owner_has_a_folder_of_its_own(tmp_path: Path, per: Sharing, distinct: int) -> None:
    """A caller of one tenant is nobody of another, also with the same id."""
    share = Share(tmp_path, per)

    found = {share.of(caller, "run-1").within for caller in [ALICE, *OTHERS]}

    assert len(found) == distinct
    assert share.of(ALICE, "run-2").within not in found or per != "run"
    share.of(ALICE, "run-1").write_bytes("x.txt", b"mine")
    assert {path.name.partition("-")[0] for path in tmp_path.iterdir()} == {per}
    if per == "caller":
        assert share.of(OTHERS[0], "run-1").find().entries == []


@pytest.mark.parametrize("per", ["tenant", "caller"])
def test_who_has_no_name_has_no_folder(tmp_path: Path, per: Sharing) -> None:
    with pytest.raises(ToolError, match=f"this run has no {per} that is known"):
        Share(tmp_path, per).of(Caller(), "run-1")


@pytest.mark.parametrize("link", ["folder", "file"])
def test_a_link_in_place_of_an_owners_folder_is_refused(tmp_path: Path, link: str) -> None:
    """Whoever can write to the host's folder can't make one owner's folder another's."""
    share = Share(tmp_path / "shared", "caller")
    share.of(OTHERS[0], "run-1").write_bytes("secret.txt", b"secret")
    [theirs] = (tmp_path / "shared").iterdir()
    mine = tmp_path / "shared" / share.of(ALICE, "run-1").within[0]
    mine.symlink_to(theirs if link == "folder" else theirs / "secret.txt")

    with pytest.raises(ToolError, match="link"):
        share.of(ALICE, "run-1").read_bytes("secret.txt")
    with pytest.raises(ToolError, match="link"):
        share.of(ALICE, "run-1").write_bytes("new.txt", b"")


ids = st.text(max_size=8) | st.sampled_from(["..", "../..", "a/b", "-", "nul", "CON", "a" * 300, ".git"])


@given(st.tuples(ids, ids), st.tuples(ids, ids))
def test_a_folders_name_is_one_name_and_nobody_elses(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Whatever the ids are: also joined they don't run into one another, and case that a disk forgets tells none apart."""
    name = folder_name("caller", *one)

    assert is_name(name)
    assert len(name) < 100
    assert name == name.lower()
    assert not name.startswith(".")
    assert (name == folder_name("caller", *other)) == (one == other)
