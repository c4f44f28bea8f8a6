"""The files that come with a run's input: to the provider that reads them by itself, or to the stager."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from executus_core.llm.message import FilePart, Part, TextPart

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from executus_core.record.artifact import InputFile
    from executus_core.run.session import Session

MAX_READ_BYTES: Final = 20_000_000
"""Of all files that a provider reads: each request of the run carries them, in base64, and takes 32 MB at most."""


async def take_files(session: Session) -> tuple[Part, ...]:
    """Give the provider what it reads by itself, and the stager the rest: of that the model learns ids, never bytes."""
    reads = _types_read(session)
    read: list[Part] = []
    rest: list[InputFile] = []
    room = MAX_READ_BYTES
    for file in session.invocation.input_files:
        media_type = file.media_type.partition(";")[0].strip().lower()
        if media_type not in reads or not _is_what_it_says(file, media_type):
            rest.append(file)
        elif len(file.content) > room:
            session.guard.note("input_files", "", _too_large(file))
            rest.append(file)
        else:
            room -= len(file.content)
            read.append(FilePart(_plain(file.name), media_type, file.content))
    return (*read, *await _stage(session, rest))


def _types_read(session: Session) -> Collection[str]:
    model = session.model
    try:
        return frozenset[str](getattr(model, "reads", ()))
    except Exception as error:  # noqa: BLE001 - foreign code may raise anything
        session.guard.note("model", model, error)
        return ()


def _is_what_it_says(file: InputFile, media_type: str) -> bool:
    """Tell whether a provider would take a file for what its sender calls it; one that is none fails the run."""
    return media_type != "application/pdf" or file.content.startswith(b"%PDF-")


def _too_large(file: InputFile) -> str:
    return (
        f"'{_plain(file.name)}' was not given to the model itself: its {len(file.content):,} bytes are more than is left of "
        f"{MAX_READ_BYTES:,} for all files of a run"
    )


async def _stage(session: Session, files: Sequence[InputFile]) -> tuple[Part, ...]:
    """Hand files to the stager."""
    stager = session.host.ports.input_files
    if stager is None:
        return ()
    lines: list[str] = []
    for file in files:
        file_id = await session.guard.tell(
            "input_files",
            stager,
            stager.stage,
            session.run_id,
            session.plan.subject_id,
            file.name,
            file.media_type,
            file.content,
            seconds=session.host.defaults.port_timeout_s,
        )
        if isinstance(file_id, str) and file_id:
            lines.append(f"- {file_id}: {_plain(file.name)} ({file.media_type}, {len(file.content)} bytes)")
        elif file_id is not None:
            session.guard.note("input_files", stager, f"stage() gave {file_id!r:.100}, not a file id")
    return (TextPart("\n\nAttached files:\n" + "\n".join(lines)),) if lines else ()


def _plain(name: str) -> str:
    return " ".join(name.split())[:200]
