"""What a person asked of ``executus run``, read and checked."""

from __future__ import annotations

import mimetypes
import sys
from typing import TYPE_CHECKING, Final, Self

from attrs import frozen

from executus_core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from executus_core.cli.start.asked import Asked
    from executus_core.llm.message import ImagePart
    from executus_core.record.artifact import InputFile

STDIN = "-"
_PICTURES: Final = {
    "image/png": b"\x89PNG",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}
"""What the pictures begin with that models read; their names are not always true."""


@frozen
class Options:
    """What a person asked for.

    Attributes:
        prompt: The run's input.
        asked: What to run.
        images: Pictures for the model.
        files: Attachments.
    """

    prompt: str
    asked: Asked
    images: tuple[ImagePart, ...] = ()
    files: tuple[InputFile, ...] = ()

    @classmethod
    def read(
        cls, words: tuple[str, ...], asked: Asked, images: tuple[Path, ...], files: tuple[Path, ...]
    ) -> Self:
        """Read what the options point at.

        Raises:
            ConfigError: A file can't be read, or there is nothing to do.
        """
        return cls(
            read_prompt(words, has_images=bool(images)),
            asked,
            tuple(read_image(path) for path in images),
            tuple(read_attachment(path) for path in files),
        )


def read_prompt(words: tuple[str, ...], *, has_images: bool) -> str:
    """Make the input of the words on the command line and of standard input.

    Standard input is read where no words are given and where the last one is `-`, and only then: in a job that nobody
    watches it may be a pipe that never ends.

    Raises:
        ConfigError: There is nothing in it, or it is no text.
    """
    given = " ".join(word for word in words if word != STDIN)
    if STDIN in words[:-1]:
        raise ConfigError("'-' stands for standard input, and comes last")
    reads_stdin = words[-1:] == (STDIN,) or (not words and not sys.stdin.isatty())
    text = "\n\n".join(part for part in (given, _read_stdin() if reads_stdin else "") if part)
    if text.strip() or has_images:
        return text
    if reads_stdin:
        raise ConfigError("the prompt is empty: nothing came from standard input")
    raise ConfigError('the prompt is empty; say what to do, as in: executus run "What is in this folder?"')


def _read_stdin() -> str:
    data = sys.stdin.buffer.read()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"standard input is not UTF-8 text (byte {error.start}); hand a file over with --file or --image"
        ) from error


def read_image(path: Path, option: str = "--image") -> ImagePart:
    """Read a picture.

    Args:
        path: The file.
        option: Who asks for it, for messages.

    Raises:
        ConfigError: It can't be read, or its name or its content is not one of a picture.
    """
    from executus_core.llm.message import ImagePart  # noqa: PLC0415 - few runs have one

    media_type = _media_type(path)
    if not media_type.startswith("image/"):
        raise ConfigError(
            f"{option} {path}: its name says {media_type}, not a picture; {option[:-5]}file is for other files"
        )
    data = _read(path, option)
    found = next((kind for kind, mark in _PICTURES.items() if data.startswith(mark)), "")
    if media_type in _PICTURES and not found:
        raise ConfigError(f"{option} {path}: it does not begin as a picture does, so no model could read it")
    return ImagePart(data, found or media_type)


def read_attachment(path: Path, option: str = "--file") -> InputFile:
    """Read an attachment.

    Args:
        path: The file.
        option: Who asks for it, for messages.

    Raises:
        ConfigError: It can't be read.
    """
    from executus_core.record.artifact import InputFile  # noqa: PLC0415 - few runs have one

    return InputFile(path.name, _media_type(path), _read(path, option))


def _media_type(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def _read(path: Path, option: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{option} {path}: {error.strerror or error}") from error
