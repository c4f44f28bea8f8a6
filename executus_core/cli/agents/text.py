"""An agent as a file that could be run, with what it leaves to the defaults marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import tomli_w

from executus_core.record.agent import Agent
from executus_core.record.output import name_of_type

if TYPE_CHECKING:
    from executus_core.config.defaults import Defaults

_MARK: Final = "  # default"
_TABLES: Final = ("phases", "model_options", "output_type")
"""What TOML wants at the end."""


def describe_agent(agent: Agent, defaults: Defaults) -> str:
    """Write every field of an agent as TOML, those that it does not set with their default and a mark.

    The text is an agent again, and does the same.
    """
    given = agent.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    fallen_back = {
        "id": agent.subject_id,
        "model_tier": defaults.model_tier,
        "max_steps": defaults.max_steps,
        "max_runtime_s": defaults.max_runtime_s,
    }
    bare: Agent = Agent(name=agent.name)
    lines: list[str] = []
    tables: dict[str, object] = {}
    for name in Agent.model_fields:
        if name in given and name in _TABLES:
            tables[name] = given[name]
        elif name in given:
            lines.append(_write(name, given[name]))
        elif name != "output_type":  # no file can say that there is none
            value: object = fallen_back.get(name, getattr(bare, name))
            lines.append(_write(name, value) + _MARK)
    if agent.output_type is not None and not isinstance(agent.output_type, dict):
        del tables["output_type"]
        lines.append(f"# output_type is the Python type {name_of_type(agent.output_type)}")
    return "\n".join(lines) + "\n" + (f"\n{tomli_w.dumps(tables)}" if tables else "")


def _write(name: str, value: object) -> str:
    """Write one setting; short lists stay in their line, and long prompts keep their lines."""
    if value == {}:
        return f"{name} = {{}}"
    if isinstance(value, (list, tuple)):
        items = [
            tomli_w.dumps({"item": item}).strip().partition(" = ")[2] for item in cast("list[str]", value)
        ]
        return f"{name} = [{', '.join(items)}]"
    return tomli_w.dumps({name: value}, multiline_strings=True).rstrip("\n")
