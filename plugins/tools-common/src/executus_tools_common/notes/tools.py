"""The tools over a caller's notes."""
# ruff: noqa: D417 - the context is none of the arguments that a model reads about

from __future__ import annotations

import logging
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

from attrs import frozen
from pydantic import Field

from executus_core import ToolContext, ToolError, tool
from executus_tools_common.notes.store import Note, NoteStore, NoteStoreError, Owner, TooManyNotesError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from executus_core import Tool
    from executus_tools_common.settings import Settings

TIMEOUT_S: Final = 20.0
MAX_NOTE_CHARS: Final = 10_000
MAX_LISTED: Final = 100
MAX_LINE_CHARS: Final = 120

Words = Annotated[str, Field(min_length=1, max_length=500)]

logger: Final = logging.getLogger("executus.tools_common")


def build_tools(settings: Settings) -> list[Tool]:
    """Build the tools over the store that a host has set."""
    notes = Notes(NoteStore(settings.notes_path, settings.notes_max_count, settings.notes_max_size_mib))
    make = partial(tool, timeout_s=TIMEOUT_S, scopes=settings.notes_scopes)
    reads, writes = partial(make, effect="pure"), partial(make, effect="at_most_once")
    return [
        writes()(notes.note_add),
        reads()(notes.note_list),
        reads()(notes.note_search),
        reads()(notes.note_read),
        writes()(notes.note_remove),
    ]


@frozen
class Notes:
    """What a model may do with the notes of the caller that it works for, and nobody else's."""

    store: NoteStore

    def note_add(
        self, context: ToolContext, text: Annotated[str, Field(min_length=1, max_length=MAX_NOTE_CHARS)]
    ) -> str:
        """Keep a note for the person that you work for, to be found again in later conversations.

        Args:
            text: What to remember, so that it can be understood without this conversation; its first line is its title.
        """
        if not text.strip():
            raise ToolError("the note has no words; write down what to remember")
        with _explained():
            try:
                note_id = self.store.add_note(_owner(context), text.strip(), context.now())
            except TooManyNotesError as error:
                raise ToolError(
                    f"there are {self.store.max_notes} notes, which is as many as there may be; "
                    "remove some that are no longer needed with 'note_remove'"
                ) from error
        return f"kept as note {note_id}"

    def note_list(self, context: ToolContext) -> str:
        """List the titles of the notes that you keep for the person that you work for, newest first."""
        with _explained():
            return _listed(self.store.list_notes(_owner(context)), "there are no notes yet")

    def note_search(self, context: ToolContext, words: Words) -> str:
        """Find the notes in which all of some words stand, newest first.

        Args:
            words: One word or several, as parts of words too; capitals don't matter.
        """
        wanted = words.casefold().split()
        if not wanted:
            raise ToolError("there are no words to look for")
        with _explained():
            notes = self.store.list_notes(_owner(context))
        found = [note for note in notes if all(word in note.text.casefold() for word in wanted)]
        return _listed(found, f"none of the {len(notes)} notes has all of these words", wanted[0])

    def note_read(self, context: ToolContext, note: int) -> str:
        """Read a note as a whole.

        Args:
            note: Its number.
        """
        with _explained():
            found = self.store.find_note(_owner(context), note)
        if found is None:
            raise _no_such_note(note)
        return f"note {found.id} of {_day(found)}:\n{found.text}"

    def note_remove(self, context: ToolContext, note: int) -> str:
        """Remove a note for good.

        Args:
            note: Its number.
        """
        with _explained():
            if not self.store.remove_note(_owner(context), note):
                raise _no_such_note(note)
        return f"removed note {note}"


def _owner(context: ToolContext) -> Owner:
    return Owner(context.caller.tenant, context.caller.id)


@contextmanager
def _explained() -> Generator[None]:
    """Tell the operator what is wrong with the store, and the model only that something is."""
    try:
        yield
    except NoteStoreError as error:
        logger.exception("notes were asked for in vain")
        raise ToolError(f"{error.problem}; go on without notes, and say so") from error


def _no_such_note(note: int) -> ToolError:
    return ToolError(f"there is no note {note}; 'note_list' shows those that are there")


def _listed(notes: Sequence[Note], nothing: str, word: str = "") -> str:
    """Show notes as one line each, with the line in which a word stands where that is not the title."""
    if not notes:
        return nothing
    lines = [f"{note.id}. {_day(note)}: {_line(note, word)}" for note in notes[:MAX_LISTED]]
    if len(notes) > MAX_LISTED:
        lines.append(f"and {len(notes) - MAX_LISTED} older ones; search for words of them")
    return "\n".join(lines)


def _line(note: Note, word: str) -> str:
    title, *others = note.text.splitlines()
    shown = _cut(title)
    hit = next((line for line in others if word and word in line.casefold()), "")
    return f"{shown} ... {_cut(hit)}" if hit and word not in title.casefold() else shown


def _cut(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= MAX_LINE_CHARS else f"{line[:MAX_LINE_CHARS]}..."


def _day(note: Note) -> str:
    return f"{note.written_at:%Y-%m-%d}"
