"""What a person is asked about before it is written: whatever another program reads by itself, and would obey."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core.errors import ToolError
from executus_core.workspace.names import asks_before_writing, read_path, shown


@pytest.mark.parametrize(
    "path",
    [
        *(
            ".github/workflows/test.yml",
            ".gitlab-ci.yml",
            ".vscode/tasks.json",
            ".pre-commit-config.yaml",
            ".bashrc",
        ),
        *("executus.toml", "agents/clerk.toml", "sub/agents/clerk.toml", ".executus/state", "pyproject.toml"),
        *(
            "Makefile",
            "MAKEFILE",
            "Dockerfile",
            "compose.yaml",
            "package.json",
            "conftest.py",
            "lib/site.pth",
        ),
        *(
            "./executus.toml",
            "a//executus.toml",
            "executus.toml.",
            "Executus.TOML",
            "execu\u200dtus.toml",
            "\uff45xecutus.toml",
        ),
    ],
)
def test_configuration_asks_however_it_is_spelt(path: str) -> None:
    """Also where only a forgiving file system would take it for the same name."""
    assert asks_before_writing(path)


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "src/main.py",
        "src/agents/clerk.py",
        "agents/sub/x.toml",
        "notes/plan.txt",
        "package.json.md",
        "../executus.toml",
        ".git/config",
        ".env",
        "/etc/x.pth",
        "",
    ],
)
def test_other_files_do_not_ask_and_a_path_that_is_refused_asks_nobody(path: str) -> None:
    assert not asks_before_writing(path)


def test_a_host_can_name_more() -> None:
    assert asks_before_writing("docs/LICENSE", ("licen*",))
    assert asks_before_writing("a/docs/index.md", ("docs/*.md",))
    assert asks_before_writing("a/b", ("*",))
    assert not asks_before_writing("docs/LICENSE")


@given(
    st.text(max_size=40) | st.lists(st.sampled_from([".", "..", "a", " ", "\\"]), max_size=5).map("/".join)
)
def test_a_path_that_is_read_has_names_that_stay_where_they_are(path: str) -> None:
    """And it is read the same when it is written down again."""
    try:
        parts = read_path(path)
    except ToolError as error:
        assert str(error).isprintable()  # noqa: PT017 - most texts are no path, and that is no failure
    else:
        assert parts
        assert not {"", ".", ".."} & set(parts)
        assert read_path("/".join(parts)) == parts


def test_a_long_path_is_shown_short() -> None:
    """A message must not be as long as what it complains about."""
    assert len(shown("a" * 10_000)) < 100
    assert shown("\x1b[2J") == "'\\x1b[2J'"
