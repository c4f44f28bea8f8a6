"""What a person asked of ``executus run``, read and checked."""

from __future__ import annotations

import mimetypes
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from attrs import frozen

from executus_core.errors import ConfigError, ExecutusError, ImageError, NetworkError

if TYPE_CHECKING:
    from collections.abc import Collection

    from executus_core.cli.start.asked import Asked
    from executus_core.cli.start.setup import Ready
    from executus_core.llm.message import ImagePart
    from executus_core.record.artifact import InputFile

STDIN = "-"
_URLS: Final = ("https://", "http://", "data:")


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
    async def read(
        cls, words: tuple[str, ...], asked: Asked, images: tuple[str, ...], files: tuple[Path, ...]
    ) -> Self:
        """Read what the options point at.

        Raises:
            ConfigError: A file can't be read, or there is nothing to do.
        """
        return cls(
            read_prompt(words, has_images=bool(images)),
            asked,
            tuple([await read_picture(given) for given in images]),
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


async def read_picture(given: str, option: str = "--image") -> ImagePart:
    """Read a picture.

    Args:
        given: A file, or a URL, which is fetched through the network guard.
        option: Who asks for it, for messages.

    Raises:
        ConfigError: It can't be read, or is no picture.
    """
    from executus_core.media import read_image  # noqa: PLC0415 - few runs have one
    from executus_core.net import fetch  # noqa: PLC0415

    try:
        return await read_image(_source_of(given), fetch=fetch)
    except (ImageError, NetworkError) as error:
        raise ConfigError(f"{option}: {error}") from error


def _source_of(given: str) -> str | Path:
    return given if given.lower().startswith(_URLS) else Path(given).expanduser()


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


async def find_unseen(files: tuple[InputFile, ...], ready: Ready) -> tuple[InputFile, ...]:
    """Find the attachments that nobody would see: no plugin keeps them, and the model's provider does not read them."""
    if not files or ready.executor.ports.input_files is not None:
        return ()
    try:
        model = await ready.executor.resolve_model(ready.agent.model_tier or "")
    except ExecutusError:  # the run will say so
        return ()
    reads: Collection[str] = getattr(model, "reads", ())
    return tuple(file for file in files if file.media_type not in reads)


def _media_type(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def _read(path: Path, option: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{option} {path}: {error.strerror or error}") from error
