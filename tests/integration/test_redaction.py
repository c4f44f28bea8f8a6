"""Secrets are taken out before anything is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core import Agent, Executor, Invocation, Ports, tool
from executus_core.testing import MemoryAudit, ScriptedModel, call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executus_core.llm import JsonValue

SECRET = "hunter2"


class HideSecret:
    """Replaces the secret wherever a text holds it."""

    def redact(self, payload: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
        return {
            key: value.replace(SECRET, "***") if isinstance(value, str) else value
            for key, value in payload.items()
        }


class BrokenRedactor:
    """Fails always."""

    def redact(self, payload: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
        message = "no rules"
        raise OSError(message)


@tool
async def look_up(name: str) -> str:
    """Look a password up."""
    return f"{name}: {SECRET}"


AGENT = Agent(name="keeper", tools=["look_up"])


async def test_no_secret_reaches_the_record_and_the_run_itself_is_unchanged() -> None:
    """The model and the caller see what is; the audit sees what the redactor lets through."""
    audit = MemoryAudit()
    model = ScriptedModel([call("look_up", name=SECRET), f"It is {SECRET}."])
    executor = Executor(models=model, registry=[look_up], ports=Ports(audit=audit, redactor=HideSecret()))

    result = await executor.run(AGENT, f"Is it {SECRET}?", Invocation(inputs={"hint": SECRET}))

    assert result.output == f"It is {SECRET}."
    record = audit.records[result.run_id]
    assert SECRET not in repr(record)
    assert "***" in repr(record)


async def test_a_redactor_that_fails_withholds_what_it_was_to_look_at() -> None:
    """It fails closed for the record, and the run goes on."""
    audit = MemoryAudit()
    model = ScriptedModel([call("look_up", name="x"), "done"])
    executor = Executor(models=model, registry=[look_up], ports=Ports(audit=audit, redactor=BrokenRedactor()))

    result = await executor.run(AGENT, f"Is it {SECRET}?")

    assert result.status == "ok"
    assert SECRET not in repr(audit.records[result.run_id])
    assert any(note.port == "redactor" for note in result.notes)


async def test_the_input_stands_in_what_ports_know_of_a_run() -> None:
    """The run's text is under "input", beside the invocation's own inputs."""
    audit = MemoryAudit()
    executor = Executor(models=ScriptedModel(["hi"]), ports=Ports(audit=audit))

    result = await executor.run(Agent(name="x"), "hello", Invocation(inputs={"lang": "en"}))

    assert audit.records[result.run_id].info.inputs == {"lang": "en", "input": "hello"}
