"""How one run is started."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from attrs import Factory, field, frozen

from executus_core.errors import ConfigError, did_you_mean
from executus_core.llm.message import check_history
from executus_core.record.tool import VISIBILITY_ORDER
from executus_core.record.toolpattern import parse_patterns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from executus_core.llm.json import JsonValue
    from executus_core.llm.message import ImagePart, Message
    from executus_core.record.artifact import InputFile
    from executus_core.record.caller import Target
    from executus_core.record.events import RunEvent
    from executus_core.record.session import SessionToolFactory
    from executus_core.record.tool import Tool, Visibility


def _images(images: Iterable[ImagePart]) -> tuple[ImagePart, ...]:
    return tuple(images)


def _files(files: Iterable[InputFile]) -> tuple[InputFile, ...]:
    return tuple(files)


def _messages(messages: Iterable[Message]) -> tuple[Message, ...]:
    return tuple(messages)


def _patterns(patterns: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if patterns is None else tuple(pattern.text for pattern in parse_patterns(patterns))


def _tools(tools: Iterable[Tool]) -> tuple[Tool, ...]:
    return tuple(tools)


@frozen
class Invocation:
    """Everything about one run that is not the agent's.

    Attributes:
        run_id: The run's id; "" for a fresh UUIDv7.
        caller_id: Who the run is for; the identity port makes a ``Caller`` of it.
        channel_id: Where on the host's surface it was started.
        guild_id: The group that channel belongs to.
        parent_run_id: The run that delegates to this one.
        inputs: Named inputs, for prompts and for the audit record.
        history: What was said before, oldest first, without system messages; ``Result.history`` of the run before this one
            continues its conversation.
        images: Pictures that the model sees with the input.
        input_files: Other attachments: what the model's provider reads by itself goes with the input; the stager keeps the
            rest, and the model sees their ids.
        extra_tools: Tools for this run only.
        allowed_tools: Patterns, as in a host's allow list, of the only tools that this run, and every run inside of it, may
            have; None for no narrowing. It gives nothing: the agent still names its tools.
        session_tool_factory: Makes tools that live as long as the run.
        delivery: Where the output goes, or None.
        visibility: How far the surface reaches; tools that are not safe there are not offered.
        dry_run: Whether to stop before the first model call, with the prepared request on the result.
        idempotency_key: Refuses the run while another one with the same key is in flight; "" for none.
        on_event: Told every event at once, in the run's own task: it must return at once. What it raises is noted.
    """

    run_id: str = ""
    caller_id: str = ""
    channel_id: str = ""
    guild_id: str = ""
    parent_run_id: str = ""
    inputs: Mapping[str, JsonValue] = Factory(cast("Callable[[], Mapping[str, JsonValue]]", dict))
    history: tuple[Message, ...] = field(default=(), converter=_messages)
    images: tuple[ImagePart, ...] = field(default=(), converter=_images)
    input_files: tuple[InputFile, ...] = field(default=(), converter=_files)
    extra_tools: tuple[Tool, ...] = field(default=(), converter=_tools)
    allowed_tools: tuple[str, ...] | None = field(default=None, converter=_patterns)
    session_tool_factory: SessionToolFactory | None = None
    delivery: Target | None = None
    visibility: Visibility = "private"
    dry_run: bool = False
    idempotency_key: str = ""
    on_event: Callable[[RunEvent], object] | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse a surface that does not exist, since a typo must not open a door, and a history that no model takes."""
        if self.history:
            check_history(self.history)
        if self.visibility not in VISIBILITY_ORDER:
            raise ConfigError(
                f"Invocation.visibility is {self.visibility!r}.{did_you_mean(str(self.visibility), VISIBILITY_ORDER)}"
            )
