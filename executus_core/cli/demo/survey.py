"""The script that looks around: what a folder says of itself, what it is made of, and where to begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from executus_core.cli.demo.phrases import KINDS
from executus_core.cli.demo.wish import Found, wish
from executus_core.cli.demo.words import (
    amount,
    left_out,
    paragraph,
    prose,
    says_of_itself,
    scripts_of,
    sentence,
    setting,
    table,
    title,
)
from executus_core.workspace.names import NOT_LOOKED_INTO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from executus_core.cli.demo.wish import Script

MANIFESTS: Final = ("pyproject.toml", "package.json", "Cargo.toml", "go.mod")
_BESIDE = ("test", "tests", "docs", "examples", "benchmarks")


def survey(preface: str = "") -> Script:
    """Look around.

    Args:
        preface: What to say before the findings.
    """
    counted, listed = yield [wish("count", pattern="**"), wish("list_files", pattern="*")]
    names: list[str] = listed.data.get("files", [])
    readme = next((name for name in names if name.lower().startswith("readme")), "")
    manifest = next((name for name in MANIFESTS if name in names), "")
    [packages] = yield [wish("list_files", pattern="*/__init__.py")]
    folders = list(counted.data.get("lines_by_folder", {}))[:6]
    inits = [path for path in packages.data.get("files", []) if path.split("/")[0] in folders]
    wanted = [path for path in (readme, manifest, *inits) if path]
    read = (yield [wish("read_file", path=path) for path in wanted]) if wanted else []
    files = dict(zip(wanted, read, strict=True))
    parts = [
        preface,
        _opening(readme, manifest, files),
        _contents(counted, files),
        _reading_order(readme, inits, counted, files),
        left_out(counted.data, NOT_LOOKED_INTO),
    ]
    return "\n\n".join(part for part in parts if part)


def _text(path: str, files: Mapping[str, Found]) -> str:
    return str(files[path].data.get("text", "")) if path in files else ""


def _opening(readme: str, manifest: str, files: Mapping[str, Found]) -> str:
    lines: list[str] = []
    if text := _text(readme, files):
        name = title(text)
        lines.append(
            prose(f"{readme} introduces {f'“{name}”' if name else 'it'}: {sentence(paragraph(text))}")
        )
    if project := _text(manifest, files):
        name, version = setting(project, "name"), setting(project, "version")
        about = setting(project, "description")
        lines.append(
            prose(f"{manifest} calls it {name or 'nothing'} {version}{f': {about}' if about else ''}")
        )
        commands = scripts_of(project)
        if commands:
            lines.append(f"Installed, it brings the command{'s'[: len(commands) - 1]} {', '.join(commands)}.")
    return "\n".join(lines) or "There is no README here, and no manifest of a kind that I know."


def _contents(counted: Found, files: Mapping[str, Found]) -> str:
    data = counted.data
    if not data:
        return f"I could not count the files: {counted.text}"
    if not data["files"]:
        return "There is no file here that I look into."
    names = {f".{suffix}": name for name, suffix in KINDS.values()}
    suffixes: list[tuple[str, int]] = list(data["files_by_suffix"].items())
    kinds = [f"{number:,} {names.get(suffix, suffix)}" for suffix, number in suffixes[:4]]
    rows: list[tuple[int, str, str]] = []
    for folder, lines in data["lines_by_folder"].items():
        said = says_of_itself("__init__.py", _text(f"{folder}/__init__.py", files))
        rows.append((lines, "(this folder)" if folder == "." else f"{folder}/", sentence(said, 70)))
    head = f"{amount(data['files'], 'file')}, {amount(data['lines'], 'line')}: {', '.join(kinds)}."
    return f"{head} Lines by folder:\n{table(rows)}"


def _reading_order(readme: str, inits: Sequence[str], counted: Found, files: Mapping[str, Found]) -> str:
    steps: list[str] = []
    if readme in files and files[readme].data:
        steps.append(f"{readme}, {amount(files[readme].data['total_lines'], 'line')}")
    steps += [path for path in inits if not path.startswith(_BESIDE)][:2]
    folders = counted.data.get("lines_by_folder", {})
    steps += [f"{folder}/, which says what must hold" for folder in folders if folder in ("tests", "test")]
    largest = [file for file in counted.data.get("largest", ()) if not file["path"].endswith(".lock")]
    if largest:
        steps.append(f"the largest file: {largest[0]['path']}, {amount(largest[0]['lines'], 'line')}")
    numbered = [f"  {number}. {step}" for number, step in enumerate(steps, 1)]
    return "\n".join(["Where I would start to read:", *numbered]) if numbered else ""
