"""The executor: runs agents over explicit parts. Nothing is discovered, no file read, no environment looked at."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar, cast, overload  # noqa: TID251 - agents and results of any output type

from executus_core.clock import SYSTEM_CLOCK
from executus_core.config.defaults import Defaults
from executus_core.errors import ConfigError, ExecutusError, RunCancelledError
from executus_core.model.resolve import as_model_source
from executus_core.ports.ports import Ports
from executus_core.record.agent import Agent
from executus_core.record.events import PartialOutput
from executus_core.record.invocation import Invocation
from executus_core.record.output import Output
from executus_core.run.conduct import conduct
from executus_core.run.handle import Run
from executus_core.run.host import Host
from executus_core.run.observers import HostObserver
from executus_core.run.session import Session
from executus_core.tool.registry import ToolRegistry

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
    from types import TracebackType

    from executus_core.llm.json import JsonValue
    from executus_core.llm.message import Part
    from executus_core.model.resolve import Models
    from executus_core.ports.compactor import CompactorFactory
    from executus_core.record.agent import OutputT
    from executus_core.record.output import AskFor, Validator
    from executus_core.record.result import Result
    from executus_core.record.tool import Tool

T = TypeVar("T")

Input: TypeAlias = "str | Sequence[str | Part]"
"""A run's input: text, or parts in order."""

_NO_INVOCATION = Invocation()


class Executor:
    """Runs agents. Cheap to make; leave it through ``async with`` so that runs that still go on are stopped and settled."""

    def __init__(
        self,
        *,
        models: Models,
        registry: ToolRegistry | Iterable[Tool] | None = None,
        ports: Ports | None = None,
        defaults: Defaults | None = None,
        compactor: CompactorFactory | None = None,
        system_header: str = "",
    ) -> None:
        """Compose an executor from explicit parts.

        Args:
            models: A ``ModelSource``, a mapping of tier to ``Model``, or one ``Model`` for every tier.
            registry: The tools that agents may name.
            ports: The ports.
            defaults: Caps that agents leave open.
            compactor: Shortens long transcripts; in place of the one among the ports.
            system_header: Put before every agent's system prompt.

        Raises:
            ConfigError: A part is of no use.
        """
        ports = ports or Ports()
        self._host = Host(
            models=as_model_source(models),
            registry=registry if isinstance(registry, ToolRegistry) else ToolRegistry(registry or ()),
            ports=ports,
            defaults=defaults or Defaults(),
            clock=ports.clock or SYSTEM_CLOCK,
            compactor=compactor or ports.compactor,
            system_header=system_header,
            observers=tuple(HostObserver(observer, ports.name_of(observer)) for observer in ports.observers),
        )

    @property
    def ports(self) -> Ports:
        """The ports."""
        return self._host.ports

    @property
    def registry(self) -> ToolRegistry:
        """The tools."""
        return self._host.registry

    @property
    def defaults(self) -> Defaults:
        """The caps that agents leave open."""
        return self._host.defaults

    @property
    def faults(self) -> Mapping[tuple[str, str], int]:
        """How often a provider failed beside a run since the executor was made, by port and provider."""
        return MappingProxyType(self._host.faults)

    async def __aenter__(self) -> Self:
        """Open the executor."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop and settle the runs that still go on."""
        await self._host.close(RunCancelledError("the executor is closing", is_shutdown=True))

    async def run(
        self,
        agent: Agent[OutputT],
        input: Input,  # noqa: A002 - the contract's word
        invocation: Invocation | None = None,
    ) -> Result[OutputT]:
        """Run an agent to its result.

        Args:
            agent: What to run.
            input: Text, or parts in order.
            invocation: Everything about this run that is not the agent's.

        Returns:
            The result, however the run ended.

        Raises:
            CancelledError: The caller's own task was cancelled; the run is settled by then.
        """
        return await conduct(self._open(agent, invocation or _NO_INVOCATION), input)

    def start(
        self,
        agent: Agent[OutputT],
        input: Input,  # noqa: A002 - the contract's word
        invocation: Invocation | None = None,
    ) -> Run[OutputT]:
        """Start a run beside the caller.

        Returns:
            Its handle.
        """
        session = self._open(agent, invocation or _NO_INVOCATION)
        session.wants_pieces = True
        self._host.live.add(session.stop)  # not only once its task runs: closing before that stops it too
        run: Run[OutputT] = Run(session)
        run.begin(
            asyncio.get_running_loop().create_task(
                conduct(session, input), name=f"executus-run-{session.run_id}"
            )
        )
        return run

    @asynccontextmanager
    async def stream(
        self,
        agent: Agent[OutputT],
        input: Input,  # noqa: A002 - the contract's word
        invocation: Invocation | None = None,
    ) -> AsyncGenerator[Run[OutputT], None]:
        """Start a run and watch it; leaving the block early cancels the run and settles it."""
        run = self.start(agent, input, invocation)
        try:
            yield run
        finally:
            run.cancel("the stream's block was left")
            await run

    @overload
    async def generate(
        self,
        tier: str,
        prompt: Input,
        output_type: type[T] | Output[T],
        *,
        system_prompt: str = "",
        mode: AskFor = "auto",
        retries: int = 2,
        validators: Iterable[Validator[T]] = (),
        options: Mapping[str, JsonValue] | None = None,
        invocation: Invocation | None = None,
        on_partial: Callable[[JsonValue], object] | None = None,
    ) -> T: ...

    @overload
    async def generate(
        self,
        tier: str,
        prompt: Input,
        output_type: object,
        *,
        system_prompt: str = "",
        mode: AskFor = "auto",
        retries: int = 2,
        validators: Iterable[Validator[Any]] = (),
        options: Mapping[str, JsonValue] | None = None,
        invocation: Invocation | None = None,
        on_partial: Callable[[JsonValue], object] | None = None,
    ) -> Any: ...  # noqa: ANN401 - a JSON schema's, or a form's that a checker can't read

    async def generate(
        self,
        tier: str,
        prompt: Input,
        output_type: object,
        *,
        system_prompt: str = "",
        mode: AskFor = "auto",
        retries: int = 2,
        validators: Iterable[Validator[Any]] = (),
        options: Mapping[str, JsonValue] | None = None,
        invocation: Invocation | None = None,
        on_partial: Callable[[JsonValue], object] | None = None,
    ) -> object:
        """Have a model answer with a value: a run of an agent that has no tools, on record and on budget as any other.

        Args:
            tier: Tier or spec.
            prompt: Text, or parts in order.
            output_type: A type, a type form, a JSON schema, or an ``Output`` that says everything about it.
            system_prompt: What the model is told first.
            mode: How to ask.
            retries: How many wrong answers are sent back to the model, each with what is wrong.
            validators: As in ``Output``.
            options: Options for the model, passed on as they are.
            invocation: Everything else about this run.
            on_partial: Told the value as far as it is written, as plain data, of a model that streams.

        Raises:
            StructuredOutputError: No answer was such a value; it holds every attempt.
            ConfigError: No model can write such a value as JSON, or it is asked for in a way that gives none.
            Exception: What ended the run: ``BudgetExceededError``, ``RunTimeoutError``, a model's failure, ...
        """
        if isinstance(output_type, Output):
            if mode != "auto" or retries != 2 or validators:
                raise ConfigError("give mode, retries and validators to the Output itself")
            output = cast("Output[object]", output_type)
        else:
            output = Output[object](output_type, mode, retries, validators)
        if invocation is not None and invocation.dry_run:
            raise ConfigError(
                "generate can't be a dry run: it gives a value; run an agent with an output_type"
            )
        agent = Agent[object](
            name="generate",
            system_prompt=system_prompt,
            model_tier=tier,
            max_steps=max(output.retries + 1, self.defaults.max_steps),
            output_type=output,
            model_options=cast("dict[str, Any]", dict(options or {})),
        )
        if on_partial is None:
            result = await self.run(agent, prompt, invocation)
        else:
            async with self.stream(agent, prompt, invocation) as run:
                async for event in run:
                    if type(event) is PartialOutput:
                        on_partial(event.value)
            result = await run
        result.raise_for_status()
        return result.value

    def _open(self, agent: Agent[Any], invocation: Invocation) -> Session:
        host = self._host
        if host.refusal:
            raise ExecutusError(host.refusal)
        if not isinstance(invocation, Invocation):
            raise ConfigError(f"run takes an Invocation after the input, not a {type(invocation).__name__}")
        return Session(host, host.plan_of(agent), invocation)
