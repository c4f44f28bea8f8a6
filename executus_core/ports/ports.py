"""All ports of one host, composed once and then only read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast  # noqa: TID251 - what a converter gives to eleven different fields

from attrs import field, frozen

from executus_core.record.tool import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from executus_core.ports.asker import Asker
    from executus_core.ports.audit import Audit
    from executus_core.ports.budget import Budget
    from executus_core.ports.checkpointer import CheckpointerFactory
    from executus_core.ports.clock import Clock
    from executus_core.ports.compactor import CompactorFactory
    from executus_core.ports.critic import Critic
    from executus_core.ports.delivery import Delivery
    from executus_core.ports.identity import Identity
    from executus_core.ports.input_files import InputFileStager
    from executus_core.ports.observer import Observer
    from executus_core.ports.palette import PaletteSource
    from executus_core.ports.permission import Approver, CallPolicy, StandingApprovals
    from executus_core.ports.scheduler import Scheduler
    from executus_core.ports.sinks import Redactor, TraceSink, UsageSink
    from executus_core.ports.sources import AgentSource, SkillSource
    from executus_core.record.run import PluginUse
    from executus_core.record.session import SessionToolFactory


def _as_tuple(providers: object) -> tuple[Any, ...]:
    """Take a sequence of providers, a single one, or none. No checker follows a generic converter, hence the loose types."""
    if providers is None:
        return ()
    return tuple(cast("tuple[Any, ...]", providers)) if isinstance(providers, (list, tuple)) else (providers,)


@frozen
class Ports:
    """One of each port; all optional. Ports of which many may be installed take a sequence or a single provider.

    Attributes:
        audit: Each records.
        budget: All must agree.
        critic: Supervises runs whose agent asks for it.
        checkpointer: Makes runs durable.
        palette: First that knows the name.
        delivery: First that serves the target's kind.
        input_files: Keeps attachments.
        identity: Who a run is for; without one a caller has the invocation's id and no scopes.
        policies: Decide about single tool calls; the strictest wins.
        approver: Asks a person; without one, what asks is denied.
        standing_approvals: Keeps approvals that go on to hold; without one the executor does, while it lives.
        asker: Asks a person what a tool wants to know.
        agents: Saved agents.
        skills: Saved skills.
        session_tools: Session tool packs by name; an agent names those it wants among its tools.
        scheduler: Runs at their time.
        usage_sink: Each sees what each model call consumed.
        trace_sink: Each sees each model call.
        redactor: Take secrets out of what is recorded, one after the other.
        compactor: Shortens long transcripts.
        observers: Told how runs go.
        clock: Time and ids; the system's when None.
        plugins: The plugins that take part, for the audit record.
    """

    audit: tuple[Audit, ...] = field(default=(), converter=_as_tuple)
    budget: tuple[Budget, ...] = field(default=(), converter=_as_tuple)
    critic: Critic | None = None
    checkpointer: CheckpointerFactory | None = None
    palette: tuple[PaletteSource, ...] = field(default=(), converter=_as_tuple)
    delivery: tuple[Delivery, ...] = field(default=(), converter=_as_tuple)
    input_files: InputFileStager | None = None
    identity: Identity | None = None
    policies: tuple[CallPolicy, ...] = field(default=(), converter=_as_tuple)
    approver: Approver | None = None
    standing_approvals: StandingApprovals | None = None
    asker: Asker | None = None
    agents: tuple[AgentSource, ...] = field(default=(), converter=_as_tuple)
    skills: tuple[SkillSource, ...] = field(default=(), converter=_as_tuple)
    session_tools: Mapping[str, SessionToolFactory] = field(
        factory=cast("Callable[[], Mapping[str, SessionToolFactory]]", dict)
    )
    scheduler: Scheduler | None = None
    usage_sink: tuple[UsageSink, ...] = field(default=(), converter=_as_tuple)
    trace_sink: tuple[TraceSink, ...] = field(default=(), converter=_as_tuple)
    redactor: tuple[Redactor, ...] = field(default=(), converter=_as_tuple)
    compactor: CompactorFactory | None = None
    observers: tuple[Observer, ...] = field(default=(), converter=_as_tuple)
    clock: Clock | None = None
    plugins: tuple[PluginUse, ...] = ()
    names: Mapping[int, str] = field(factory=dict[int, str], repr=False)

    def name_of(self, provider: object) -> str:
        """Name a provider for messages: its plugin's name where known, else its class."""
        return self.names.get(id(provider)) or type(provider).__qualname__

    def source_of(self, provider: object, pack: str = "") -> Source:
        """Say where the tools of a provider come from, for the host's allow and deny lists.

        Args:
            provider: A palette, or the factory of a session pack.
            pack: The name of that pack.
        """
        plugin = self.names.get(id(provider), "")
        shipped = next((use.distribution for use in self.plugins if use.name == plugin), "")
        return Source(plugin, pack, shipped)
