"""What OpenSCAD says, sorted as a model can use it."""

import pytest

from executus_scad_session_tools.messages import Message, Report, read_report


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "WARNING: Ignoring unknown variable 'widht' in file bracket.scad, line 7",
            Message("Ignoring unknown variable 'widht'", "bracket.scad", 7),
        ),
        (
            "ERROR: Parser error: syntax error in file syn.scad, line 1",
            Message("syntax error", "syn.scad", 1),
        ),
        (
            "ERROR: Recursion detected calling module 'f' in file /tmp/x/sources/a.scad, line 3",
            Message("Recursion detected calling module 'f'", "a.scad", 3),
        ),
        (
            "WARNING: Can't open import file '/etc/x.stl', import() at line 3",
            Message("Can't open import file '/etc/x.stl'", "main.scad", 3),
        ),
        ("WARNING: Can't open include file 'nope.scad'.", Message("Can't open include file 'nope.scad'")),
        (
            "WARNING: x was assigned on line 5 but was overwritten in file a.scad, line 6",
            Message("x was assigned on line 5 but was overwritten", "a.scad", 6),
        ),
        (
            "Current top level object is empty.",
            Message("the model is empty: nothing at the top level makes a solid", "main.scad"),
        ),
    ],
)
def test_an_error_has_its_file_and_line(line: str, message: Message) -> None:
    """A warning of the geometry is one too, as with ``--hardwarnings``."""
    report = read_report(f"Geometries in cache: 1\n{line}\n\n", "main.scad")

    assert report == Report((message,))


def test_what_leaves_the_geometry_right_is_a_warning() -> None:
    """Deprecated words, and what is said of an export."""
    said = "DEPRECATED: The assign() module will be removed in file a.scad, line 2\nEXPORT-WARNING: not manifold\n"

    report = read_report(said, "a.scad")

    assert report.errors == ()
    assert report.warnings == (
        Message("The assign() module will be removed", "a.scad", 2),
        Message("not manifold"),
    )


def test_the_same_message_is_shown_once_and_a_follow_up_never() -> None:
    """OpenSCAD repeats itself in loops, and says twice that it stopped."""
    line = "WARNING: Ignoring unknown variable 'a' in file a.scad, line 1\n"

    report = read_report(
        f"{line * 500}ERROR: Parser error: stop on first warning in file a.scad, line 1\n", "a.scad"
    )

    assert len(report.errors) == 1


def test_what_an_unknown_name_leads_to_is_not_told_again() -> None:
    """One line with one mistake is one error; without that mistake it is told."""
    unknown = "WARNING: Ignoring unknown variable 'a' in file a.scad, line 1\n"
    after = "WARNING: Unable to convert cube(size=undef) parameter to a number in file a.scad, line {}\n"

    report = read_report(unknown + after.format(1) + after.format(2), "a.scad")

    assert [(error.line, error.text[:8]) for error in report.errors] == [(1, "Ignoring"), (2, "Unable t")]


def test_a_report_is_short_whatever_was_said() -> None:
    """A long list ends with how much is left, a long line with dots."""
    lines = [f"WARNING: {'x' * 10_000} {number} in file a.scad, line {number}" for number in range(500)]
    lines += [f'ECHO: "{number}"' for number in range(500)]

    shown = str(read_report("\n".join(lines), "a.scad"))

    assert shown.startswith("500 errors, 0 warnings\nerror: a.scad:")
    assert shown.endswith("(and 480 more)")
    assert len(shown) < 10_000


def test_what_a_source_echoes_is_no_error() -> None:
    """Even when it looks like one."""
    report = read_report('ECHO: "ERROR: not really"\n', "a.scad")

    assert report == Report(echoes=('"ERROR: not really"',))
    assert str(report) == 'no errors, no warnings\necho: "ERROR: not really"'
