"""Palette entries as tools: ``skill__NAME`` and ``agent__NAME``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from attrs import define

from executus_core.errors import ConfigError
from executus_core.ports.palette import Delegate
from executus_core.record.tool import Tool
from executus_core.schema.strict_json import check_strict
from executus_core.tool.arguments import explain_arguments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.llm.json import JsonObject
    from executus_core.ports.palette import PaletteSource
    from executus_core.record.tool import ToolContext
    from executus_core.run.session import Session

Kind: TypeAlias = Literal["skill", "agent"]


@define(eq=False)
class DelegateHandler:
    """Hands a call on to the palette that knows the name. The palette validates the inputs."""

    kind: Kind
    delegate: Delegate
    palette: PaletteSource
    is_async: bool = True
    takes_context: bool = True

    @property
    def parameters(self) -> JsonObject:
        """JSON schema of the delegate's inputs."""
        return self.delegate.parameters

    def validate(self, arguments: str) -> Mapping[str, object]:
        """Parse the inputs."""
        try:
            check_strict(arguments)
            inputs: object = json.loads(arguments)
            json.dumps(inputs, ensure_ascii=False).encode()
        except RecursionError as error:
            raise explain_arguments(ValueError("nested too deeply"), ()) from error
        except ValueError as error:
            raise explain_arguments(error, ()) from error
        if not isinstance(inputs, dict):
            raise explain_arguments(ValueError("write one JSON object with the inputs by name"), ())
        return cast("dict[str, object]", inputs)

    def call(self, arguments: Mapping[str, object], context: ToolContext | None) -> object:
        """Invoke the skill or the agent on behalf of the run."""
        assert context is not None  # noqa: S101 - the caller looked
        invoke = self.palette.invoke_skill if self.kind == "skill" else self.palette.invoke_agent
        return invoke(self.delegate.name, cast("JsonObject", arguments), context.run)


async def find_delegates(session: Session) -> list[Tool]:
    """Make a tool of each skill and agent of the agent's palettes; what a palette that failed may have known is left out.

    Raises:
        ConfigError: No palette knows a name.
    """
    agent = session.plan.agent
    wanted: list[tuple[Kind, str]] = [("skill", name) for name in agent.skills]
    wanted.extend(("agent", name) for name in agent.sub_agents)
    found = [await _find(session, kind, name) for kind, name in wanted]
    return [tool for tool in found if tool is not None]


async def _find(session: Session, kind: Kind, name: str) -> Tool | None:
    """Ask each palette; None when one of them failed, which may have been the one that knows the name."""
    notes_before = len(session.guard.notes)
    for palette in session.host.ports.palette:
        delegate = await session.guard.tell(
            "palette",
            palette,
            _resolve,
            palette,
            kind,
            name,
            seconds=session.host.defaults.port_timeout_s,
        )
        if isinstance(delegate, Delegate):
            handler = DelegateHandler(kind, delegate, palette)
            return Tool(
                f"{kind}__{name}",
                delegate.description,
                handler,
                visibility="public",
                origin=f"palette {session.host.ports.name_of(palette)}",
                source=session.host.ports.source_of(palette),
            )
    if len(session.guard.notes) > notes_before:
        return None
    raise ConfigError(
        f"agent '{session.plan.agent.name}' names the {kind} '{name}', which no palette knows; "
        "install the palette that has it, or take it out of the agent"
    )


async def _resolve(palette: PaletteSource, kind: Kind, name: str) -> Delegate | None:
    answer: object = await (palette.resolve_skill(name) if kind == "skill" else palette.resolve_agent(name))
    if answer is None or isinstance(answer, Delegate):
        return answer
    message = f"resolve_{kind}() gave {answer!r:.100}, not a Delegate"
    raise TypeError(message)
