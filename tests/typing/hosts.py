"""What a strict type checker has to say to a host: never run, only checked."""

from functools import partial
from typing import TYPE_CHECKING, assert_type

from pydantic import BaseModel

from executus_core import (
    Agent,
    AgentSession,
    Artifact,
    Caller,
    Executor,
    Invocation,
    Output,
    Phase,
    Ports,
    PostRunResult,
    Result,
    RunStatus,
    SessionTools,
    Target,
    Tool,
    ToolContext,
    ToolRegistry,
    ToolResult,
    run_sync,
    tool,
)
from executus_core.errors import MaxStepsError
from executus_core.llm import ImagePart, JsonObject, Message, Model, ModelRequest, Response, Usage
from executus_core.record.events import RunFinished
from executus_core.record.run import Step
from executus_core.testing import MemoryAudit, MemoryBudget, MemoryDelivery, ScriptedModel, call
from executus_core.tool import (
    ApprovalRequiredToolset,
    CombinedToolset,
    FilteredToolset,
    PrefixedToolset,
    RenamedToolset,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from executus_core.ports import Audit, Budget, Delivery


class Verdict(BaseModel):
    """A typed answer."""

    good: bool


class MyModel:
    """A model of the host's own."""

    @property
    def name(self) -> str:
        """Show a name."""
        return "mine"

    @property
    def context_tokens(self) -> int:
        """Tell the window."""
        return 8_000

    async def generate(self, request: ModelRequest) -> Response:
        """Answer."""
        return Response(Message.assistant(request.messages[-1].text), Usage(1, 1))


@tool
def add(a: int, b: int = 1) -> int:
    """Add."""
    return a + b


@tool(name="fetch", visibility="public", scopes={"net"}, effect="pure", timeout_s=20)
async def fetch_page(ctx: ToolContext, url: str) -> str:
    """Fetch."""
    ctx.attach(Artifact("page.html", "text/html", url.encode()))
    ctx.attach_images("See:")
    return ctx.caller.id


@tool(needs_approval=lambda arguments: bool(arguments["path"]))
async def publish(path: str) -> ToolResult:
    """Publish."""
    return ToolResult(path, is_error=False)


def a_tool_is_still_its_function() -> None:
    """Calling a tool calls the function, with its types."""
    assert_type(add(1, b=2), int)
    assert_type(add.name, str)
    assert_type(add.parameters, JsonObject)
    add("1")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


async def a_result_is_typed(executor: Executor) -> None:
    """What comes back has the types that the documentation says."""
    result = await executor.run(Agent(name="x"), "go")
    assert_type(result, Result[None])
    assert_type(result.output, str)
    assert_type(result.value, None)
    assert_type(result.status, RunStatus)
    assert_type(result.error, BaseException | None)
    assert_type(result.steps, list[Step])
    assert_type(result.usage, Usage)
    assert_type(result.usage.cost_usd, float | None)
    assert_type(result.messages, list[Message])
    assert_type(result.post_run, PostRunResult | None)
    if isinstance(result.error, MaxStepsError):
        assert_type(result.error.max_steps, int)


async def a_typed_agent_has_a_typed_value(executor: Executor) -> None:
    """The output type of the agent is the type of the value."""
    agent = Agent(name="judge", output_type=Verdict)
    result = await executor.run(agent, "go")
    assert_type(result.value, Verdict | None)
    assert_type((await executor.start(agent, "go")).value, Verdict | None)
    assert_type(run_sync(agent, "go", executor=executor).value, Verdict | None)


async def a_generated_value_is_typed(executor: Executor) -> None:
    """What is asked for is what comes back, of classes, of forms, and with validators."""

    def must_be_good(verdict: Verdict) -> Verdict | None:
        return verdict if verdict.good else None

    async def may_be_bad(verdict: Verdict) -> None:
        assert_type(verdict.good, bool)

    assert_type(await executor.generate("fast", "go", Verdict), Verdict)
    assert_type(await executor.generate("fast", ["go"], list[Verdict], retries=1), list[Verdict])
    checked = Output(Verdict, "tool", validators=[must_be_good, may_be_bad])
    assert_type(checked, Output[Verdict])
    assert_type(await executor.generate("fast", "go", checked), Verdict)
    either = Output[int | str](int | str)
    assert_type(await executor.generate("fast", "go", either), int | str)
    agent = Agent(name="either", output_type=either)
    assert_type((await executor.run(agent, "go")).value, int | str | None)
    schema: JsonObject = await executor.generate("fast", "go", {"type": "object"})
    assert_type(schema, JsonObject)


async def a_stream_is_typed(executor: Executor) -> None:
    """Events tell themselves apart."""
    async with executor.stream(Agent(name="x"), ["Look:", "here"], Invocation(caller_id="al")) as run:
        async for event in run:
            if isinstance(event, RunFinished):
                assert_type(event.result.output, str)
        assert_type(await run, Result[None])


def an_agent_takes_lists_and_tuples() -> list[Agent]:
    """Names and phases as people write them."""
    phases = [Phase(name="plan", prompt="{{ input }}", tools=["add"])]
    return [
        Agent(
            name="x", tools=["add"], required_tools=["add"], skills=["haiku"], sub_agents=["y"], phases=phases
        ),
        Agent(name="x", tools=("add",), phases=tuple(phases)),
    ]


def an_executor_takes_what_hosts_have(model: Model, image: ImagePart) -> list[Executor]:
    """One model, a mapping or a source; tools or a registry; one provider or many."""
    audits: list[Audit] = [MemoryAudit(), MemoryAudit()]
    budget: Budget = MemoryBudget(max_runs=1)
    delivery: Delivery = MemoryDelivery()
    Invocation(images=[image], extra_tools=[add], delivery=Target("channel", "1"))
    return [
        Executor(models=model),
        Executor(models=MyModel()),
        Executor(models={"fast": MyModel(), "smart": ScriptedModel([call("add", a=1), "done"])}),
        Executor(models=model, registry=[add, fetch_page, publish]),
        Executor(models=model, registry=ToolRegistry([add]), ports=Ports(audit=audits, budget=budget)),
        Executor(models=model, ports=Ports(audit=audits[0], delivery=[delivery])),
    ]


def factories_may_be_plain_or_async() -> list[Invocation]:
    """A function, a coroutine function, each as typed as the other."""

    def plain(session: AgentSession) -> SessionTools:
        assert_type(session.caller, Caller)
        return SessionTools([add], cleanup=lambda: None)

    async def eager(session: AgentSession) -> SessionTools:
        session.attach_images("See:")
        return SessionTools()

    factories: list[Callable[[AgentSession], SessionTools | Awaitable[SessionTools]]] = [plain, eager]
    return [Invocation(session_tool_factory=factory) for factory in factories]


class Till:
    """Has a method that is a tool once it is bound."""

    def sell(self, what: str, count: int = 1) -> float:
        """Sell."""
        return float(count)


def tools_are_made_of_methods_and_partials_too() -> None:
    """The tool is called as what it was made of."""
    sell = tool(Till().sell)
    assert_type(sell("tea", count=2), float)
    sell(2)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    assert_type(tool(partial(add, b=2))(1), int)


def toolsets_are_taken_wherever_tools_are(executor: Executor) -> list[object]:
    """And any iterable of tools wherever a toolset is."""
    files: Iterable[Tool] = [add, publish]
    chosen = FilteredToolset(executor.registry, ["read_*", "pack:web"])
    pure = FilteredToolset(files, lambda one: one.effect == "pure")
    asking = ApprovalRequiredToolset(pure, rule=lambda arguments: bool(arguments["path"]))
    every = CombinedToolset(PrefixedToolset(chosen, "docs"), RenamedToolset(asking, {"add": "plus"}), files)
    assert_type(every.tools, tuple[Tool, ...])
    assert_type(next(iter(every)), Tool)
    return [
        ToolRegistry(every, allow=["docs__*"], deny=["plugin:x"]),
        Executor(models=MyModel(), registry=every),
        Invocation(extra_tools=every, allowed_tools=["docs__*"]),
        SessionTools(every),
    ]
