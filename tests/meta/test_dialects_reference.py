"""The reference of the dialects has a row for each, as the code has it.

After a change of what a dialect can say: ``nox -s reference``.
"""

from __future__ import annotations

from pathlib import Path

from executus_core.model.dialect import ANTHROPIC, GEMINI, OLLAMA, OPENAI, PLAIN
from executus_core.model.dialect.table import OPENAI_STRICT

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "dialects.md"
ROWS = (OPENAI, OPENAI_STRICT, ANTHROPIC, GEMINI, OLLAMA, PLAIN)
BEGIN, END = "<!-- written by nox -s reference -->\n", "<!-- until here -->\n"
SAID = {True: "yes", False: "no"}


def render() -> str:
    """Write the table of what each dialect says, and where its rules come from."""
    keywords = sorted(set().union(*(row.keywords for row in ROWS)))
    lines = [
        "| | " + " | ".join(row.name for row in ROWS) + " |",
        "|---" * (len(ROWS) + 1) + "|",
        *(cells(f"`{name}`", [SAID[name in row.keywords] for row in ROWS]) for name in keywords),
        cells("`format`", [", ".join(sorted(row.formats)) or "no" for row in ROWS]),
        cells("`$ref` into `$defs`", [SAID[row.has_references] for row in ROWS]),
        cells("null, several types", ["`nullable`, `anyOf`" if row.is_openapi else "`type`" for row in ROWS]),
        cells("choices (`enum`)", [f"{row.max_choices}{' texts' if row.is_openapi else ''}" for row in ROWS]),
        cells("longest length", ["any" if row.max_count > 10_000 else str(row.max_count) for row in ROWS]),
        cells("levels", [str(row.max_depth) for row in ROWS]),
        cells("names of properties", [name_of(row.property_name.pattern) for row in ROWS]),
        "",
        *(f"- **{row.name}**: {row.source}." for row in ROWS),
    ]
    return "\n".join(lines) + "\n"


def cells(first: str, rest: list[str]) -> str:
    """Write a row."""
    return f"| {first} | {' | '.join(rest)} |"


def name_of(pattern: str) -> str:
    """Show what names are taken."""
    return "any" if pattern == ".*" else f"`{pattern}`"


def test_the_table_is_that_of_the_code() -> None:
    """Whoever looks a dialect up reads what is done."""
    page = PAGE.read_text(encoding="utf-8")

    assert page.partition(BEGIN)[2].partition(END)[0] == render()


if __name__ == "__main__":
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + render() + END + rest.partition(END)[2], encoding="utf-8")
