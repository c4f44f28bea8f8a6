"""``executus plugins lock``: what it writes, what it compares, and what it says."""

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from executus_core.cli import main

SOURCE = """
from executus_core import Plugin, hookimpl
plugin = Plugin(summary="Dice")
@hookimpl
def executus_on_event(): ...
"""
LISTING = """
import sys
from executus_core.cli import main
main(["plugins", "--json"])
later = ("plugin.lock", "plugin.drift", "plugin.installed", "cli.plugins.lock", "cli.plugins.new", "cli.plugins.skeleton")
print([name for name in later if f"executus_core.{name}" in sys.modules], file=sys.stderr)
"""


@pytest.fixture(autouse=True)
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, and no plugin but the test's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXECUTUS_PLUGINS", "dice")
    monkeypatch.delenv("EXECUTUS_PLUGINS_DISABLE", raising=False)


@pytest.fixture
def install(fake_dist) -> Callable[..., Path]:
    """Installs dice with a RECORD of its module; gives the module's file."""

    def install(source: str = SOURCE) -> Path:
        made = fake_dist("dice", source)
        module = made.site / "dice.py"
        digest = base64.urlsafe_b64encode(hashlib.sha256(module.read_bytes()).digest()).decode().rstrip("=")
        (made.site / "dice-1.0.0.dist-info" / "RECORD").write_text(f"dice.py,sha256={digest},1\n")
        return module

    return install


def enforce() -> None:
    Path("executus.toml").write_text("[plugins]\nlocked = true\n")


def test_it_writes_what_takes_part(install, capsys: pytest.CaptureFixture[str]) -> None:
    """A table for each plugin, and the line that makes it count."""
    install()

    assert main(["plugins", "lock"]) == 0

    shown = capsys.readouterr().out
    text = Path("executus.lock").read_text()
    assert '[plugin.dice]\ndistribution = "dice"\nversion = "1.0.0"\nfiles = "sha256:' in text
    assert 'distribution = "executus-core"' in text
    assert text.endswith('"\n')
    assert f"and 1 plugin in {Path.cwd() / 'executus.lock'}" in shown
    assert "dice 1.0.0" in shown
    assert "[plugins] locked = true in executus.toml" in shown
    assert "\x1b" not in shown


def test_it_stands_beside_the_configuration_that_is_named(install, tmp_path: Path) -> None:
    install()
    (tmp_path / "host").mkdir()
    Path("host/settings.toml").write_text("")

    assert main(["plugins", "lock", "--config", "host/settings.toml"]) == 0

    assert [path.name for path in tmp_path.rglob("*.lock")] == ["executus.lock"]
    assert (tmp_path / "host" / "executus.lock").is_file()


def test_a_check_agrees_with_what_was_just_locked(install, capsys: pytest.CaptureFixture[str]) -> None:
    install()
    main(["plugins", "lock"])
    before = Path("executus.lock").read_bytes()
    capsys.readouterr()

    assert main(["plugins", "lock", "--check"]) == 0

    assert "agrees" in capsys.readouterr().out
    assert Path("executus.lock").read_bytes() == before


def test_a_check_says_every_difference_and_the_line_that_helps(
    install, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install()
    main(["plugins", "lock"])
    monkeypatch.setenv("EXECUTUS_PLUGINS", "")
    capsys.readouterr()

    assert main(["plugins", "lock", "--check"]) == 3

    shown = capsys.readouterr().out
    assert "plugin 'dice' (dice 1.0.0): locked, and not enabled by environment" in shown
    assert "if that is meant: executus plugins lock" in shown


def test_a_check_reads_the_files_themselves(install, capsys: pytest.CaptureFixture[str]) -> None:
    """A start trusts the RECORD; the check does not."""
    module = install()
    main(["plugins", "lock"])
    enforce()
    module.write_text(SOURCE + "# somebody was here\n")
    capsys.readouterr()

    assert main(["plugins", "lock", "--check"]) == 3
    assert "plugin 'dice' (dice 1.0.0): dice.py was changed since it was installed" in capsys.readouterr().out
    assert main(["plugins", "--check"]) == 0


def test_what_was_changed_by_hand_is_not_locked(install, capsys: pytest.CaptureFixture[str]) -> None:
    install().write_text(SOURCE + "# somebody was here\n")

    assert main(["plugins", "lock"]) == 3

    assert (
        "dice.py was changed since it was installed; install anew what was changed" in capsys.readouterr().err
    )
    assert not Path("executus.lock").exists()


def test_a_check_without_a_lock_is_told_how_to_write_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "lock", "--check"]) == 2

    assert "there is no" in (said := capsys.readouterr().err)
    assert "write it: executus plugins lock" in said


def test_locking_again_shows_what_that_changed(install, capsys: pytest.CaptureFixture[str]) -> None:
    """So that nobody locks in what he did not mean."""
    install()
    main(["plugins", "lock"])
    install(SOURCE + "# the next release\n")
    capsys.readouterr()

    assert main(["plugins", "lock"]) == 0

    assert "plugin 'dice' (dice 1.0.0): its files are sha256:" in capsys.readouterr().out
    assert main(["plugins", "lock", "--check"]) == 0


def test_a_broken_lock_is_written_anew(install, capsys: pytest.CaptureFixture[str]) -> None:
    install()
    Path("executus.lock").write_text("[core")

    assert main(["plugins", "lock"]) == 0

    assert "can't be read" in capsys.readouterr().out
    assert main(["plugins", "lock", "--check"]) == 0


def test_what_no_hash_covers_is_said(fake_dist, capsys: pytest.CaptureFixture[str]) -> None:
    fake_dist("dice", SOURCE)

    assert main(["plugins", "lock"]) == 0

    shown = capsys.readouterr().out
    assert "not recorded" in shown
    assert "Files that no hash covers" in shown
    assert "dice" in shown.split("Files that no hash covers")[1]


def test_a_plugin_that_can_not_take_part_is_not_locked_and_said(
    install, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install()
    monkeypatch.setenv("EXECUTUS_PLUGINS", "dice,cards")

    assert main(["plugins", "lock"]) == 0

    assert "Not locked: plugin 'cards' (missing): not installed" in capsys.readouterr().out
    assert "cards" not in Path("executus.lock").read_text()


def test_a_lock_that_can_not_be_written_leaves_nothing(install, capsys: pytest.CaptureFixture[str]) -> None:
    install()
    Path("executus.lock").mkdir()

    assert main(["plugins", "lock"]) == 2

    assert "can't be written" in capsys.readouterr().err
    assert [path.name for path in Path().iterdir() if path.is_file()] == []


# ------------------------------------------------------------------------------------------------------- the listing


def test_a_listing_shows_how_the_lock_stands(
    install, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing where there is none; else whether it agrees, and whether it counts."""

    def listing() -> tuple[str, dict[str, object] | None]:
        main(["plugins"])
        shown = capsys.readouterr().out
        main(["plugins", "--json"])
        return shown, json.loads(capsys.readouterr().out)["lock"]

    install()
    shown, data = listing()
    assert "executus.lock" not in shown
    assert data is None

    main(["plugins", "lock"])
    capsys.readouterr()
    shown, data = listing()
    assert "agrees; it is not enforced" in shown
    assert data == {
        "path": str(Path.cwd() / "executus.lock"),
        "enforced": False,
        "agrees": True,
        "problems": [],
    }

    enforce()
    assert "the plugins are as locked" in listing()[0]

    monkeypatch.setenv("EXECUTUS_PLUGINS", "")
    shown, data = listing()
    assert "the plugins are not as locked" in shown
    assert "A run is refused" in shown
    assert "if that is meant: executus plugins lock" in shown
    assert (data["enforced"], data["agrees"]) == (True, False)

    Path("executus.toml").unlink()
    shown, data = listing()
    assert "does not agree, and is not enforced" in shown
    assert "No plugin stands in the way of a run" in shown
    assert (data["enforced"], data["agrees"]) == (False, False)


def test_a_run_is_refused_with_one_sentence(install, capsys: pytest.CaptureFixture[str]) -> None:
    install()
    enforce()

    assert main(["run", "--quiet", "hello"]) == 3

    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "locked = true" in said
    assert "write it: executus plugins lock" in said


def test_options_of_the_list_are_not_lost_in_front_of_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "--config", "other.toml", "lock"]) == 2

    assert (
        "--config belongs to the list of plugins; options of 'lock' come behind it" in capsys.readouterr().err
    )
    assert not Path("executus.lock").exists()


def test_who_has_no_lock_and_makes_no_plugin_pays_for_neither(tmp_path: Path) -> None:
    """A listing imports what it shows."""
    done = subprocess.run(
        [sys.executable, "-c", LISTING], capture_output=True, text=True, check=True, cwd=tmp_path
    )

    assert done.stderr.strip() == "[]"
