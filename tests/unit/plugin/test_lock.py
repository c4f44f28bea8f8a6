"""The lock: what is compared, what a difference says, and that nothing which differs is imported."""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core.config.load import load_configuration
from executus_core.errors import ConfigError, PluginError
from executus_core.plugin.drift import find_differences
from executus_core.plugin.executor import Executor
from executus_core.plugin.host import PluginHost
from executus_core.plugin.installed import describe_files, find_changed_files
from executus_core.plugin.lock import Lock, LockedDistribution
from executus_core.plugin.scan import Distribution, scan
from executus_core.plugin.selection import select
from executus_core.testing.plugins import FakeDist

SOURCE = """
from executus_core import Plugin, hookimpl
plugin = Plugin(summary="Dice")
@hookimpl
def executus_on_event(): ...
"""
EXPLOSIVE = "raise SystemExit('it was imported')"


def entry(path: str, content: str) -> str:
    """Write a line of a RECORD, as installers do."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).decode().rstrip("=")
    return f"{path},sha256={digest},{len(content)}"


@pytest.fixture
def install(fake_dist: FakeDist) -> Callable[..., Path]:
    """Installs a plugin as from a wheel, with a RECORD; gives the folder of its metadata."""

    def install(
        name: str, source: str = SOURCE, *, version: str = "1.0.0", also: tuple[str, ...] = ()
    ) -> Path:
        made = fake_dist(name, source, version=version)
        info = made.site / f"{made.module}-{version}.dist-info"
        held = [made.site / f"{made.module}.py", info / "METADATA", info / "entry_points.txt"]
        lines = [entry(str(file.relative_to(made.site)), file.read_text()) for file in held]
        (info / "RECORD").write_text("\n".join([*lines, *also]) + "\n")
        return info

    return install


@pytest.fixture
def host(fake_site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., PluginHost]:
    """Makes a locked host over the test's plugins, in the test's folder."""
    monkeypatch.chdir(tmp_path)

    def make(**plugins: object) -> PluginHost:
        settings = {"plugins": {"locked": True, **plugins}}
        return PluginHost(settings, entry_points=scan([str(fake_site)]))

    return make


@pytest.fixture
def lock_it(fake_site: Path, tmp_path: Path) -> Callable[[], Lock]:
    """Locks what the test has installed."""

    def lock() -> Lock:
        configuration = load_configuration(start=tmp_path, environ={})
        lock = Lock.take(select(scan([str(fake_site)]), {}, configuration).picked, tmp_path)
        (tmp_path / "executus.lock").write_text(lock.render())
        return lock

    return lock


def test_what_is_as_locked_starts(install, host, lock_it) -> None:
    install("dice")
    lock_it()

    locked = host()

    locked.check_start()
    assert locked.drift is None
    assert locked.info("dice").is_active


def test_each_kind_of_difference_is_said_and_all_of_them_at_once(install, host, lock_it, fake_site) -> None:
    """Added, missing, another version, other files: one error, with the line that helps."""
    info = {name: install(name) for name in ("gone", "newer", "other", "same")}
    lock_it()
    for file in info["gone"].iterdir():
        file.unlink()
    info["gone"].rmdir()
    for file in info["newer"].iterdir():
        file.unlink()
    info["newer"].rmdir()
    install("newer", version="1.1.0")
    install("other", SOURCE + "# changed\n")
    install("added")

    locked = host()
    with pytest.raises(PluginError) as refusal:
        locked.check_start()

    assert locked.drift is not None
    added, gone, newer, other = locked.drift.problems
    assert added == "plugin 'added' (added 1.0.0): not in the lock"
    assert gone == "plugin 'gone' (gone 1.0.0): locked, and not installed"
    assert newer == "plugin 'newer' (newer 1.1.0): newer 1.0.0 in the lock"
    assert other.startswith("plugin 'other' (other 1.0.0): its files are sha256:")
    said = str(refusal.value)
    assert said.startswith("[plugins] locked = true in code refuses a start")
    assert all(problem in said for problem in locked.drift.problems)
    assert said.endswith("if that is meant: executus plugins lock")
    assert [info.name for info in locked.active()] == ["same"]


@pytest.mark.parametrize("strict", [True, False], ids=["strict", "not strict"])
def test_a_start_is_refused_however_tolerant_the_host_is(install, host, lock_it, strict: bool) -> None:
    lock_it()
    install("added")

    with pytest.raises(PluginError, match="not in the lock"):
        host().check_start(strict=strict)


def test_what_drifted_is_never_imported(install, host, lock_it) -> None:
    """It must not run first to be found out."""
    install("dice")
    lock_it()
    install("dice", EXPLOSIVE)

    info = host().info("dice")

    assert str(info.state) == "drifted"
    assert info.reason.startswith("its files are sha256:")
    assert info.import_s == 0.0


def test_a_locked_plugin_that_is_disabled_is_a_difference(install, host, lock_it) -> None:
    """A lock is exact: a budget must not vanish because somebody set a variable."""
    install("dice")
    lock_it()

    drift = host(disable=["dice"]).drift

    assert drift.problems == ("plugin 'dice' (dice 1.0.0): locked, and disabled by code",)


def test_a_locked_plugin_is_not_replaced_by_an_object(install, host, lock_it, fake_site) -> None:
    install("dice")
    lock_it()
    settings = {"plugins": {"locked": True, "disable": []}}

    drifted = PluginHost(settings, plugins={"dice": object()}, entry_points=[]).drift

    assert drifted.problems == (
        "plugin 'dice' (dice 1.0.0): locked, and replaced by an object that the host handed in",
    )


def test_objects_that_the_host_hands_in_are_its_own_code(lock_it, host) -> None:
    lock_it()

    class Own:
        @staticmethod
        def nothing() -> None: ...

    locked = PluginHost({"plugins": {"locked": True}}, plugins={"own": Own()}, entry_points=[])

    assert locked.drift is None


def test_without_a_lock_nothing_is_imported_and_nothing_starts(install, host, tmp_path) -> None:
    install("dice", EXPLOSIVE)

    locked = host()
    with pytest.raises(PluginError) as refusal:
        locked.check_start()

    assert str(locked.info("dice").state) == "drifted"
    assert f"there is no {tmp_path / 'executus.lock'}; write it: executus plugins lock" in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[core", "can't be read"),
        ("format = 2", "format"),
        ("\x00", "can't be read"),
        ("[core]\ndistribution = 'executus-core'\nversion = '1'\nfiles = ''\nmore = 1", "more"),
    ],
)
def test_a_lock_that_can_not_be_read_is_as_good_as_none(
    install, host, tmp_path, text: str, said: str
) -> None:
    install("dice", EXPLOSIVE)
    (tmp_path / "executus.lock").write_text(text)

    with pytest.raises(PluginError, match=said):
        host().check_start()


def test_discovery_refuses_what_drifted(install, lock_it, tmp_path, monkeypatch, fake_site) -> None:
    """The error names the file that asks for it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXECUTUS_PLUGINS", "dice")
    lock_it()
    install("dice", EXPLOSIVE)
    (tmp_path / "executus.toml").write_text("[plugins]\nlocked = true\n")

    with pytest.raises(PluginError, match=r"locked = true in .*executus\.toml"):
        Executor.discover(strict=False)


# -------------------------------------------------------------------------------------------------------- the files


def test_the_hash_is_of_what_the_wheel_brought(install) -> None:
    """What an installer writes about itself, launchers and compiled files differ from machine to machine."""
    info = install("dice")
    before = describe_files(Distribution("dice", path=str(info)), info.parent)
    of_the_installer = (
        "dice-1.0.0.dist-info/INSTALLER,sha256=abc,4",
        "dice-1.0.0.dist-info/RECORD,,",
        "dice-1.0.0.dist-info/direct_url.json,sha256=def,4",
        "../../../bin/dice,sha256=ghi,4",
        "/usr/bin/dice,sha256=ghi,4",
        "__pycache__/dice.cpython-311.pyc,,",
    )

    install("dice", also=of_the_installer)

    assert describe_files(Distribution("dice", path=str(info)), info.parent) == before
    assert before.startswith("sha256:")


def test_the_order_of_a_record_does_not_matter(install) -> None:
    info = install("dice")
    before = describe_files(Distribution("dice", path=str(info)), info.parent)

    record = info / "RECORD"
    record.write_text("\n".join(reversed(record.read_text().splitlines())))

    assert describe_files(Distribution("dice", path=str(info)), info.parent) == before


def test_a_file_that_was_changed_or_taken_away_is_found(install) -> None:
    """The RECORD is compared with the files that are really there."""
    info = install("dice")
    distribution = Distribution("dice", path=str(info))
    assert find_changed_files(distribution) == []

    (info.parent / "dice.py").write_text("changed")
    (info / "METADATA").unlink()

    unreadable, changed = find_changed_files(distribution)
    assert unreadable == "dice-1.0.0.dist-info/METADATA can't be read: No such file or directory"
    assert changed == "dice.py was changed"


def test_an_editable_install_is_locked_by_its_folder(install, tmp_path) -> None:
    """Its files change with every keystroke: what stands for them is where they are, told from the lock."""
    info = install("dice")
    origin = '{{"url": "{}", "dir_info": {{"editable": true}}}}'
    distribution = Distribution("dice", path=str(info))

    for source, told in ((tmp_path / "plugins" / "dice", "plugins/dice"), (Path("/far away"), "/far away")):
        (info / "direct_url.json").write_text(origin.format(source.as_uri()))
        assert describe_files(distribution, tmp_path) == f"editable in {told}"
    assert find_changed_files(distribution) == []


@pytest.mark.parametrize("path", ["", "metadata"])
def test_a_distribution_without_a_record_says_so(path: str, tmp_path) -> None:
    """No installer, or an old one: only the version is locked."""
    distribution = Distribution("no-such-distribution", "1.0", path=path and str(tmp_path / path))

    assert describe_files(distribution, tmp_path) == "not recorded"
    assert find_changed_files(distribution) == []


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("direct_url.json", b"{"),
        ("direct_url.json", b"[]"),
        ("direct_url.json", b'{"dir_info": {"editable": true}}'),
        ("RECORD", b"\xff"),
        ("RECORD", b'"dice.py'),
    ],
)
def test_metadata_that_can_not_be_read_ends_no_host(
    install, host, lock_it, file: str, content: bytes
) -> None:
    """It is a difference like any other: nobody knows what is there."""
    info = install("dice")
    lock_it()

    (info / file).write_bytes(content)

    assert str(host().info("dice").state) == "drifted"


def test_a_record_leads_to_no_file_outside_of_its_folder(install) -> None:
    """Nor does one with a hash that does not exist bring down the check."""
    info = install("dice", also=("a/../../../etc/hostname,sha256=x,1", "dice.py,sha0=x,1"))

    assert find_changed_files(Distribution("dice", path=str(info))) == [
        "dice.py can't be compared: there is no hash 'sha0'"
    ]


# ------------------------------------------------------------------------------------------------------ the document

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=20)
locked = st.builds(LockedDistribution, distribution=words, version=words, files=words)


@given(st.builds(Lock, core=locked, plugin=st.dictionaries(words, locked, max_size=5)))
def test_what_is_written_reads_back_equal(lock: Lock) -> None:
    """Whatever plugins are called."""
    import tomllib

    text = lock.render()

    assert Lock.parse(tomllib.loads(text), source="test") == lock
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_a_lock_of_the_same_things_is_the_same_text(install, lock_it, tmp_path) -> None:
    """Sorted, without a date: what changes in it is what changed."""
    install("dice")
    install("cards")
    lock_it()
    first = (tmp_path / "executus.lock").read_text()

    lock = lock_it()

    assert (tmp_path / "executus.lock").read_text() == first
    assert list(lock.plugin) == ["cards", "dice"]


def test_another_core_is_a_difference(install, lock_it, fake_site, tmp_path) -> None:
    lock = lock_it()
    older = lock.core.model_copy(update={"version": "0.0.1"})
    selection = select([], {}, load_configuration(start=tmp_path, environ={}))

    (difference,) = find_differences(lock.model_copy(update={"core": older}), selection, tmp_path)

    assert str(difference) == f"core ({lock.core}): executus-core 0.0.1 in the lock"


def test_a_lock_that_is_not_there_is_a_configuration_error(tmp_path) -> None:
    with pytest.raises(ConfigError, match="there is no"):
        Lock.read(tmp_path / "executus.lock")
