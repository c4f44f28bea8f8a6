"""The scripts: which one answers a prompt, what it asks, and how its answer comes from what it was told."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from executus_core.cli.demo.phrases import (
    asks_for_survey,
    asks_to_count,
    asks_to_search,
    find_command,
    find_file,
    find_patterns,
    find_term,
)
from executus_core.cli.demo.survey import survey
from executus_core.cli.demo.wish import Found, wish
from executus_core.cli.demo.words import (
    amount,
    left_out,
    prose,
    says_of_itself,
    sentence,
    size,
    table,
    title,
)
from executus_core.workspace.names import NOT_LOOKED_INTO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from executus_core.cli.demo.wish import Script
    from executus_core.llm.exchange import ToolSpec
    from executus_core.llm.json import JsonValue

TOOLS: Final = frozenset({"list_files", "read_file", "search_files", "count"})
MAX_PROMPT_CHARS: Final = 2_000
"""What the rules look at: a question stands at the beginning, and what is piped behind it may be huge."""
CAN: Final = """\
I am a script, not a language model: I follow a few rules. Ask me for example
  How many Python files are there, and which is the largest?
  Where is `main` defined?
  What does README.md say?
  What is in this repository, and where would I start to read?"""


def pick_script(prompt: str, tools: Sequence[ToolSpec]) -> Script:
    """Pick the script that answers a prompt with the tools on offer."""
    offered = {tool.name: tool for tool in tools}
    command = find_command(prompt, offered)
    if command:
        return call_tool(*command)
    prompt = prompt[:MAX_PROMPT_CHARS]
    if not offered.keys() >= TOOLS:
        return explain_tools(tools)
    if asks_to_count(prompt):
        return count_files(prompt)
    if file := find_file(prompt):
        return describe_file(file)
    if asks_to_search(prompt) and (term := find_term(prompt)):
        return search_text(term)
    return survey(
        "" if asks_for_survey(prompt) else f"No rule of mine fits this prompt, so here is what I see.\n{CAN}"
    )


def call_tool(name: str, arguments: Mapping[str, JsonValue]) -> Script:
    """Make the one call that the prompt spells out."""
    [found] = yield [wish(name, **arguments)]
    return (
        f"{name} failed: {found.text.removeprefix('error: ')}"
        if found.is_error
        else f"{name} gave:\n{found.text}"
    )


def explain_tools(tools: Sequence[ToolSpec]) -> Script:
    """Say how the tools on offer are called, since no rule speaks of them."""
    yield from ()
    if not tools:
        return CAN + "\n\nI was given no tools this time, so there is nothing that I could look at."
    lines = [
        "I am a script, not a language model. I call a tool when the prompt is its name and its arguments:"
    ]
    for tool in tools:
        properties = tool.parameters.get("properties")
        names = properties if isinstance(properties, dict) else {}
        lines.append(f"  {' '.join([tool.name, *(f'{name}=...' for name in names)])}")
        lines.append(f"      {sentence(tool.description)}")
    return "\n".join(lines)


def count_files(prompt: str) -> Script:
    """Count the kinds of files that the prompt speaks of, and look into the largest."""
    kinds = find_patterns(prompt)
    counted = yield [wish("count", pattern=pattern) for _, pattern in kinds]
    largest = [found.data["largest"][0]["path"] for found in counted if found.data.get("largest")]
    read = (yield [wish("read_file", path=path, max_lines=40) for path in largest]) if largest else []
    texts = {found.data["path"]: found.data["text"] for found in read if found.data}
    answers = [_counted(kind, found, texts) for (kind, _), found in zip(kinds, counted, strict=True)]
    return "\n\n".join([*answers, left_out(counted[0].data, NOT_LOOKED_INTO)])


def _counted(kind: str, found: Found, texts: Mapping[str, str]) -> str:
    if not found.data:
        return f"I could not count the {kind}: {found.text}"
    data = found.data
    if not data["files"]:
        return f"There are no {kind}."
    first, *others = data["largest"]
    noun = kind if data["files"] != 1 else kind.replace("files", "file", 1)
    verb = "is" if data["files"] == 1 else "are"
    answer = [f"There {verb} {data['files']:,} {noun}, with {amount(data['lines'], 'line')} in all."]
    answer.append(
        f"The largest is {first['path']}: {amount(first['lines'], 'line')}, {size(first['size_bytes'])}."
    )
    if said := says_of_itself(first["path"], texts.get(first["path"], "")):
        answer.append(prose(f"It says of itself: “{said}”"))
    if others:
        answer.append("\nNext in size:\n" + table([(other["lines"], other["path"]) for other in others]))
    folders = data["lines_by_folder"]
    if len(folders) > 1:
        listed = ", ".join(f"{name}{'' if name == '.' else '/'} {lines:,}" for name, lines in folders.items())
        answer.append("\n" + prose(f"Lines by folder: {listed}."))
    return "\n".join(answer)


def describe_file(path: str) -> Script:
    """Read the file that the prompt names; when it is not where the prompt says, look for it."""
    [found] = yield [wish("read_file", path=path, max_lines=60)]
    if found.is_error:
        name = PurePosixPath(path).name
        [listed] = yield [wish("list_files", pattern=f"**/{name}", limit=5)]
        candidates = listed.data.get("files", [])
        if not candidates:
            return f"There is no file named {name} here. {found.text}"
        path = candidates[0]
        [found] = yield [wish("read_file", path=path, max_lines=60)]
        if found.is_error:
            return f"{path} can't be read. {found.text}"
    text = found.data.get("text", "")
    answer = [f"{path} has {amount(found.data.get('total_lines', 0), 'line')}."]
    if said := says_of_itself(path, text):
        heading = title(text) if path.endswith(".md") else ""
        answer.append(prose(f"It says of itself{f', under “{heading}”' if heading else ''}: “{said}”"))
    shown = text.splitlines()[:12]
    answer.append("\nIt begins:\n" + "\n".join(f"  {line}".rstrip() for line in shown))
    return "\n".join(answer)


def search_text(term: str) -> Script:
    """Search a name or a text: where it is defined, and where else it stands."""
    keywords = ("class", "def") if re.fullmatch(r"[A-Za-z_]\w*", term) else ()
    everywhere, *defining = yield [
        wish("search_files", text=term, limit=8),
        *(wish("search_files", text=f"{keyword} {term}") for keyword in keywords),
    ]
    definitions = _definitions(term, defining)
    if everywhere.data.get("total") and keywords and not definitions:
        defining = yield [
            wish("search_files", text=text)
            for text in (f"{term} = ", f"{term}: ", f"function {term}", f"fn {term}")
        ]
        definitions = _definitions(term, defining)
    if everywhere.is_error or not everywhere.data.get("total"):
        return f"“{term}” stands in none of the {everywhere.data.get('files_searched', 0):,} text files here."
    total, files = everywhere.data["total"], everywhere.data["files_with_matches"]
    where = f"on {amount(total, 'line')} of {amount(files, 'file')}"
    if not definitions:
        rows = [(f"{match['path']}:{match['line']}", match["text"]) for match in everywhere.data["matches"]]
        first = "" if total <= len(rows) else f" The first {len(rows)}:"
        return f"“{term}” stands {where}.{first}\n\n{table(rows)}"
    first_path, first_line = definitions[0][0].rsplit(":", 1)
    [read] = yield [wish("read_file", path=first_path, first_line=int(first_line), max_lines=8)]
    places = "one place" if len(definitions) == 1 else f"{len(definitions)} places"
    answer = [f"{term} is defined in {places}, and stands {where}.", "", table(definitions)]
    if read.data:
        numbered = [(int(first_line) + n, line) for n, line in enumerate(read.data["text"].splitlines())]
        answer += ["", f"{'It' if len(definitions) == 1 else 'The first'} begins:", "", table(numbered)]
    return "\n".join(answer)


def _definitions(term: str, found: Sequence[Found]) -> list[tuple[str, str]]:
    """Keep the lines that define a name, and not a longer one that begins alike."""
    name = re.escape(term)
    defines = re.compile(
        rf"^(?:(?:export |pub |async |static )*(?:class|def|function|fn) {name}\b|{name}\s*[:=](?!=))"
    )
    matches = [
        match for one in found for match in one.data.get("matches", ()) if defines.match(match["text"])
    ]
    return [(f"{match['path']}:{match['line']}", match["text"]) for match in matches]
