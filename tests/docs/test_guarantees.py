"""Every promise of the page of guarantees names tests that are there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "explanation" / "guarantees.md").read_text(encoding="utf-8")


def names_in(file: str) -> set[str]:
    """The names of a file's tests."""
    path = ROOT / file
    body = ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if path.is_file() else ()
    return {node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_promise_names_its_tests() -> None:
    """Each paragraph that begins with a promise is followed by a list of tests."""
    promises = re.split(r"^\*\*", PAGE, flags=re.MULTILINE)[1:]

    assert promises
    assert not [
        promise.partition("**")[0]
        for promise in promises
        if not re.search(r"\n\n- `(tests|plugins)/", promise)
    ]


def test_every_test_that_is_named_is_there() -> None:
    """Under that name, in that file."""
    named = re.findall(r"^- `([\w/-]+\.py)::(\w+)`$", PAGE, re.MULTILINE)

    assert len(named) == PAGE.count("::")
    assert not [f"{file}::{name}" for file, name in named if name not in names_in(file)]
