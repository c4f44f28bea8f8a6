"""Runs inside of runs: how deep, not in circles, and not twice at once."""

from __future__ import annotations

import asyncio

from executus_core import (
    Agent,
    AgentSession,
    Defaults,
    Executor,
    Invocation,
    Ports,
    Result,
    SessionTools,
    tool,
)
from executus_core.errors import DispatchRefusedError
from executus_core.testing import MemoryAudit, MemoryPalette, ScriptedModel, call


class Nest:
    """An executor whose agents run one another through a tool."""

    def __init__(
        self, *, in_thread: bool = False, defaults: Defaults | None = None, ports: Ports | None = None
    ) -> None:
        self.results: list[Result[None]] = []

        @tool
        async def descend(name: str) -> str:
            """Run another agent."""
            result = await self.executor.run(self.agent(name), "go deeper")
            self.results.append(result)
            return f"{name}: {result.output}{result.error or ''}"

        model = ScriptedModel(self._answer, strict=False)
        self.executor = Executor(models=model, registry=[descend], defaults=defaults, ports=ports)
        self.plan: dict[str, str] = {}

    def agent(self, name: str) -> Agent:
        return Agent(name=name, system_prompt=name, tools=("descend",))

    def _answer(self, request):  # type: ignore[no-untyped-def]
        name = request.messages[0].text
        if request.messages[-1].role == "tool":
            return f"{name} done"
        return call("descend", name=self.plan[name]) if name in self.plan else f"{name} done"


async def test_an_agent_that_would_call_itself_is_refused() -> None:
    """The inner run ends with the chain in its error, and the outer one goes on."""
    nest = Nest()
    nest.plan = {"a": "a"}

    result = await nest.executor.run(nest.agent("a"), "go")

    assert (result.status, result.output) == ("ok", "a done")
    inner = nest.results[0]
    assert inner.status == "error"
    assert isinstance(inner.error, DispatchRefusedError)
    assert str(inner.error) == "agent 'a' would call itself (a -> a); break the cycle"


async def test_a_longer_way_round_is_a_circle_too() -> None:
    """The whole chain of parents counts."""
    nest = Nest()
    nest.plan = {"a": "b", "b": "c", "c": "a"}

    await nest.executor.run(nest.agent("a"), "go")

    assert str(nest.results[0].error) == "agent 'a' would call itself (a -> b -> c -> a); break the cycle"
    assert [result.status for result in nest.results] == ["error", "ok", "ok"]


async def test_runs_nest_no_deeper_than_the_limit() -> None:
    """A root run has depth 1."""
    nest = Nest(defaults=Defaults(max_depth=3))
    nest.plan = {"a": "b", "b": "c", "c": "d"}

    await nest.executor.run(nest.agent("a"), "go")

    assert "runs nest too deep (a -> b -> c -> d); at most 3 are allowed" in str(nest.results[0].error)
    assert [result.status for result in nest.results] == ["error", "ok", "ok"]


async def test_a_refused_run_asks_nobody() -> None:
    """The guard stands before the audit and the budgets."""
    audit = MemoryAudit()
    nest = Nest(ports=Ports(audit=audit))
    nest.plan = {"a": "a"}

    await nest.executor.run(nest.agent("a"), "go")

    assert len(audit.records) == 1


async def test_the_same_agent_may_run_beside_itself_and_after_itself() -> None:
    """Only a chain of parents makes a circle."""
    executor = Executor(models=ScriptedModel(["a", "b", "c"]))
    agent = Agent(name="x")

    results = [
        *await asyncio.gather(executor.run(agent, "go"), executor.run(agent, "go")),
        await executor.run(agent, "go"),
    ]

    assert {result.status.value for result in results} == {"ok"}


async def test_the_chain_follows_threads_and_tasks() -> None:
    """A tool can't leave its run's chain by starting a task."""
    seen: list[Result[None]] = []

    @tool
    async def spawn() -> str:
        """Run the same agent in a task."""
        seen.append(await asyncio.create_task(executor.run(agent, "again")))
        return "spawned"

    executor = Executor(models=ScriptedModel([call("spawn"), "done"]), registry=[spawn])
    agent = Agent(name="x", tools=("spawn",))
    await executor.run(agent, "go")

    assert isinstance(seen[0].error, DispatchRefusedError)


async def test_a_session_tool_factory_is_inside_of_its_run_too() -> None:
    """One that runs its own agent would never come to an end."""
    seen: list[Result[None]] = []
    agent = Agent(name="x")

    async def factory(session: AgentSession) -> SessionTools:
        seen.append(await executor.run(agent, "again", invocation))
        return SessionTools()

    invocation = Invocation(session_tool_factory=factory)
    executor = Executor(models=ScriptedModel(["done"]))
    result = await executor.run(agent, "go", invocation)

    assert result.status == "ok"
    assert [type(inner.error) for inner in seen] == [DispatchRefusedError]


async def test_a_post_run_hook_is_inside_of_its_run_too() -> None:
    """So is what it runs for its artifacts."""
    seen: list[Result[None]] = []
    agent = Agent(name="x")

    async def post_run(transcript: object, output: str, error: BaseException | None) -> None:
        seen.append(await executor.run(agent, "again", invocation))

    invocation = Invocation(session_tool_factory=lambda session: SessionTools(post_run=post_run))
    executor = Executor(models=ScriptedModel(["done"]))
    await executor.run(agent, "go", invocation)

    assert [type(inner.error) for inner in seen] == [DispatchRefusedError]


async def test_a_key_that_is_in_flight_refuses_a_second_run() -> None:
    """One at a time, and afterwards the key is free again, also when the run failed."""
    gate = asyncio.Event()

    async def wait(_request: object) -> str:
        await gate.wait()
        return "first"

    model = ScriptedModel([wait, OSError("second"), "third"])
    executor, agent, keyed = Executor(models=model), Agent(name="x"), Invocation(idempotency_key="k")

    first = executor.start(agent, "go", keyed)
    await asyncio.sleep(0)
    refused = await executor.run(agent, "go", keyed)
    gate.set()

    assert (await first).status == "ok"
    assert isinstance(refused.error, DispatchRefusedError)
    assert "a run with the idempotency key 'k' is in flight" in str(refused.error)
    assert (await executor.run(agent, "go", keyed)).status == "error"
    assert (await executor.run(agent, "go", keyed)).status == "ok"


async def test_other_keys_and_no_key_run_beside_it() -> None:
    """A key refuses only itself."""
    executor, agent = Executor(models=ScriptedModel(lambda _: "ok", strict=False)), Agent(name="x")
    invocations = [Invocation(idempotency_key="a"), Invocation(idempotency_key="b"), None, None]

    results = await asyncio.gather(*[executor.run(agent, "go", invocation) for invocation in invocations])

    assert {result.status.value for result in results} == {"ok"}


async def test_an_agent_delegates_through_its_palette() -> None:
    """The palette is told the inputs and the run on whose behalf it works."""
    palette = MemoryPalette(
        skills={"poetry": lambda inputs, run: f"a poem about {inputs['prompt']}"}, agents={"helper": "helped"}
    )
    agent = Agent(name="x", skills=("poetry",), sub_agents=("helper",))
    model = ScriptedModel(
        [[call("skill__poetry", prompt="bees"), call("agent__helper", prompt="all")], "done"]
    )

    result = await Executor(models=model, ports=Ports(palette=palette)).run(agent, "go")

    assert [step.result.text for step in result.steps] == ["a poem about bees", "helped"]
    assert [(use.kind, use.name, use.run.run_id) for use in palette.uses] == [
        ("skill", "poetry", result.run_id),
        ("agent", "helper", result.run_id),
    ]


async def test_a_name_that_no_palette_knows_ends_the_run() -> None:
    """The error names the agent and what it asks for."""
    agent = Agent(name="x", sub_agents=("helper",))

    result = await Executor(models=ScriptedModel(), ports=Ports(palette=MemoryPalette())).run(agent, "go")

    assert "agent 'x' names the agent 'helper', which no palette knows" in str(result.error)
