"""What is installed, found without importing any of it."""

import zipfile
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

from executus_core.plugin.scan import Candidate, as_candidate, scan


def write(folder: Path, name: str, entries: str, metadata: str = "") -> None:
    folder.joinpath(name).mkdir(parents=True)
    (folder / name / "entry_points.txt").write_text(entries)
    (folder / name / "METADATA").write_text(
        metadata or f"Name: {name.partition('-')[0]}\nVersion: 1.0\n\nbody"
    )


def test_only_our_groups_are_found(tmp_path: Path) -> None:
    entries = """
        [console_scripts]
        dice = dice:main
        [executus.v1]
        dice = dice.plugin : hooks [extra]
        # a remark = x
        cards=cards
        [executus.v2]
        later = later
        [executus.other]
        no = no
    """
    write(tmp_path, "games-1.0.dist-info", entries)

    found = scan([str(tmp_path)])
    assert [(one.name, one.api, one.target) for one in found] == [
        ("cards", 1, "cards"),
        ("dice", 1, "dice.plugin:hooks"),
        ("later", 2, "later"),
    ]
    assert found[0].shipped_by == "games 1.0"


def test_the_metadata_of_a_plugin_is_read(tmp_path: Path) -> None:
    metadata = (
        "Metadata-Version: 2.1\r\nName: Some.Thing\r\nVersion: 2.0rc1\r\n"
        "Requires-Dist: executus-core>=0.1 \r\nRequires-Dist: x ; extra == 'y'\r\n\r\nName: not me\r\n"
    )
    write(tmp_path, "some_thing-2.0rc1.dist-info", "[executus.v1]\na = b\n", metadata)

    distribution = scan([str(tmp_path)])[0].distribution
    assert distribution is not None
    assert (distribution.name, distribution.version) == ("Some.Thing", "2.0rc1")
    assert distribution.requires == ("executus-core>=0.1", "x ; extra == 'y'")


def test_an_egg_is_found_with_its_requirements(tmp_path: Path) -> None:
    egg = tmp_path / "old_thing.egg-info"
    egg.mkdir()
    (egg / "entry_points.txt").write_text("[executus.v1]\nold = old\n")
    (egg / "PKG-INFO").write_text("Name: old-thing\nVersion: 3\n")
    (egg / "requires.txt").write_text("executus-core>=9\n\n[extra]\nother\n")

    (found,) = scan([str(tmp_path)])
    assert found.shipped_by == "old-thing 3"
    assert found.distribution is not None
    assert found.distribution.requires == ("executus-core>=9",)


def test_the_first_on_the_path_hides_the_rest(tmp_path: Path) -> None:
    write(tmp_path / "first", "my_dist-1.0.dist-info", "[console_scripts]\nx = y\n")
    write(tmp_path / "second", "My.Dist-2.0.dist-info", "[executus.v1]\na = b\n")

    assert scan([str(tmp_path / "first"), str(tmp_path / "second")]) == []
    assert len(scan([str(tmp_path / "second"), str(tmp_path / "first")])) == 1


def test_folders_that_are_not_there_and_leftovers_of_installers_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "~alf-1.0.dist-info", "[executus.v1]\na = b\n")
    (tmp_path / "empty-1.0.dist-info").mkdir()
    (tmp_path / "file-1.0.dist-info").write_text("a file")

    assert scan([str(tmp_path), str(tmp_path / "nowhere"), str(tmp_path)]) == []


def test_an_archive_on_the_path_is_looked_into(tmp_path: Path) -> None:
    archive = tmp_path / "thing.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("thing-1.0.dist-info/METADATA", "Name: thing\nVersion: 1.0\n")
        file.writestr("thing-1.0.dist-info/entry_points.txt", "[executus.v1]\nthing = thing\n")

    assert [one.shipped_by for one in scan([str(archive)])] == ["thing 1.0"]


def test_finders_of_other_importers_are_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import Distribution

    write(tmp_path, "frozen-1.0.dist-info", "[executus.v1]\nfrozen = frozen\n")

    class Frozen:
        def find_spec(self, *args: object) -> None:
            return None

        def find_distributions(self, context: object) -> list[Distribution]:
            return [Distribution.at(tmp_path / "frozen-1.0.dist-info")]

    monkeypatch.setattr("sys.meta_path", [Frozen()])

    assert "frozen" in [one.name for one in scan()]


def test_it_finds_what_the_standard_library_finds() -> None:
    standard = {(one.name, one.value) for one in entry_points(group="executus.v1")}

    assert {(one.name, one.target) for one in scan() if one.api == 1} == standard


def test_an_entry_point_of_another_group_is_refused() -> None:
    assert as_candidate(EntryPoint("a", "b:c", "executus.v1")) == Candidate("a", 1, "b:c")
    with pytest.raises(ValueError, match="of the group 'other', not of executus"):
        as_candidate(EntryPoint("a", "b", "other"))
