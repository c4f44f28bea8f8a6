"""The end of an error message that helps with a misspelt name."""

import pytest

from executus_core.errors import did_you_mean


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (["wall", "roof"], " Did you mean 'wall'?"),
        (["roof", "door"], " Known: 'door', 'roof'."),
        ([], " There are none."),
        (
            [f"x{number:02}" for number in range(12)],
            " Known: " + ", ".join(f"'x{n:02}'" for n in range(12)) + ".",
        ),
        (
            [f"x{number:02}" for number in range(13)],
            " Known: " + ", ".join(f"'x{n:02}'" for n in range(12)) + ", ...",
        ),
    ],
)
def test_a_name_is_told_its_neighbour_or_what_there_is(known: list[str], said: str) -> None:
    """Of many names the first twelve, and a mark that there are more."""
    assert did_you_mean("wal", known) == said
