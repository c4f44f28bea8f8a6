"""Files that a run is given and files that it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from attrs import Factory, field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from executus_core.llm.json import JsonValue


def _count(data: bytes) -> str:
    return f"<{len(data)} bytes>"


@frozen
class Artifact:
    """A file that a run made.

    Attributes:
        name: File name, without a folder.
        media_type: IANA media type.
        data: Its bytes.
    """

    name: str
    media_type: str
    data: bytes = field(repr=_count)


@frozen
class InputFile:
    """A file that came with a run's input and is not a picture for the model.

    What the model's provider reads by itself goes with the input, into the model's context; the rest goes to the stager.

    Attributes:
        name: File name as the sender gave it; not to be trusted as a path.
        media_type: IANA media type.
        content: Its bytes; those of a file that the stager keeps never enter the model's context.
    """

    name: str
    media_type: str
    content: bytes = field(repr=_count)


def _artifacts(artifacts: Iterable[Artifact]) -> tuple[Artifact, ...]:
    return tuple(artifacts)


@frozen
class PostRunResult:
    """What a session's post-run hook made of the run.

    Attributes:
        artifacts: Files to deliver, in order.
        metadata: Facts about them for the host.
    """

    artifacts: tuple[Artifact, ...] = field(default=(), converter=_artifacts)
    metadata: Mapping[str, JsonValue] = Factory(cast("Callable[[], Mapping[str, JsonValue]]", dict))
