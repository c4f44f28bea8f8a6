"""One tool call through a real run: a script asks for the call, so permission, validation and audit are those of any run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, cast

from attrs import define, evolve

from executus_core.cli.person.operator import operator_id
from executus_core.errors import ConfigError, did_you_mean
from executus_core.llm.exchange import Response
from executus_core.llm.message import Message, ToolCall
from executus_core.llm.usage import Usage
from executus_core.record.agent import Agent
from executus_core.record.invocation import Invocation
from executus_core.run.executor import Executor

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from executus_core.llm.exchange import ModelRequest
    from executus_core.llm.json import JsonObject, JsonValue
    from executus_core.record.tool import Tool
    from executus_core.run.handle import Run
    from executus_core.tool.registry import ToolRegistry

AGENT: Final = "tools-call"
"""How the run is named in the audit trail."""
MAX_RESULT_CHARS: Final = 10_000_000


@define
class OneCall:
    """A model that asks for one call, and then has nothing to say."""

    name: str
    context_tokens: int
    call: ToolCall

    async def generate(self, request: ModelRequest) -> Response:
        """Ask for the call; once it has its result, end the run."""
        is_answered = request.messages[-1].role == "tool"
        message = Message.assistant("", () if is_answered else (self.call,))
        return Response(message, Usage(cost_usd=0.0), self.name, "end")


def get_tool(registry: ToolRegistry, name: str, packs: Collection[str]) -> Tool:
    """Get a tool that is there before any run.

    Args:
        registry: The tools.
        name: Its name.
        packs: Names of the session packs, whose tools no registry has.

    Raises:
        ConfigError: There is none of this name; of packs it says where their tools are.
    """
    if registry.find(name) is None and packs:
        if name in packs:
            raise ConfigError(
                f"'{name}' is a pack, whose tools are made for each run; name it among an agent's tools, and run that"
            )
        others = f"The tools of {', '.join(sorted(packs))} are made for each run, and not looked for here"
        raise ConfigError(f"there is no tool named '{name}'.{did_you_mean(name, registry.names())} {others}")
    return registry.get(name)


def start_call(host: Executor, tool: Tool, arguments: str) -> Run:
    """Start a run that makes one call, over the ports of a host and without any of its models.

    Args:
        host: Open.
        tool: The tool.
        arguments: Its arguments as JSON.
    """
    model = OneCall(AGENT, 0, ToolCall("call_1", tool.name, arguments))
    agent: Agent = Agent(name=AGENT, tools=(tool.name,), required_tools=(tool.name,), max_steps=2)
    # a person has no tool to read on with, and a program behind a pipe wants all of it
    longest = max(host.defaults.max_tool_result_chars, MAX_RESULT_CHARS)
    defaults = evolve(host.defaults, max_tool_result_chars=longest)
    executor = Executor(
        models=model, registry=host.registry.with_tools([tool]), ports=host.ports, defaults=defaults
    )
    return executor.start(agent, f"{tool.name} {arguments}", Invocation(caller_id=operator_id()))


def read_arguments(tool: Tool, words: Sequence[str]) -> str:
    """Make a call's arguments of the words on the command line: ``name=value`` each, or one JSON object.

    Where the tool's schema wants text, the value is that text; elsewhere it is read as JSON, and is text when it is none.
    The tool itself validates.

    Raises:
        ConfigError: A word is neither.
    """
    if len(words) == 1 and words[0].lstrip().startswith("{"):
        return words[0]
    schemas = cast("Mapping[str, JsonObject]", tool.parameters.get("properties", {}))
    given: dict[str, JsonValue] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not (name and equals):
            raise ConfigError(f"'{word}' is not of the form NAME=VALUE.{_help_with(name, schemas)}")
        if name in given:
            raise ConfigError(f"'{name}' is given twice; a list is written as JSON: {name}='[1, 2]'")
        given[name] = _read_value(value, schemas.get(name, {}))
    return json.dumps(given, ensure_ascii=False)


def _help_with(name: str, schemas: Mapping[str, JsonObject]) -> str:
    if name and name not in schemas and (near := did_you_mean(name, schemas)):
        return near
    return f" The tool takes {', '.join(f'{known}=...' for known in schemas) or 'no arguments'}"


def _read_value(text: str, schema: JsonObject) -> JsonValue:
    if schema.get("type") == "string":
        return text
    try:
        value: JsonValue = json.loads(text)
    except ValueError:
        return text
    return value
