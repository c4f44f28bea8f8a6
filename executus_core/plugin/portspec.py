"""What each port takes: how many providers, with which methods, and what happens without one."""

from __future__ import annotations

from enum import Enum
from typing import Final

from attrs import frozen


class Cardinality(Enum):
    """What two providers of one port mean, and what it means when one can't be built."""

    ONE = "one"
    """A built-in default serves when nobody else does; two are an error, and so is one that can't be built."""
    OPTIONAL = "optional"
    """As ``ONE``, but without a default."""
    MANY = "many"
    """All serve, in order. One that can't be built is left out loudly."""
    CHAIN = "chain"
    """All serve, in order, and each may refuse. One that can't be built is an error: a chain fails closed."""


@frozen
class PortSpec:
    """One port.

    Attributes:
        name: As in ``executus_provide_<name>`` and in ``[ports]``.
        cardinality: How many providers it takes.
        methods: What a provider must be able to do; the Protocol's own names.
        without: What happens when nobody serves it.
    """

    name: str
    cardinality: Cardinality
    methods: tuple[str, ...]
    without: str

    @property
    def hook(self) -> str:
        """The hook that offers providers."""
        return f"executus_provide_{self.name}"

    @property
    def is_single(self) -> bool:
        """Whether it takes one provider."""
        return self.cardinality in (Cardinality.ONE, Cardinality.OPTIONAL)


_ONE, _OPTIONAL, _MANY, _CHAIN = Cardinality

PORTS: Final = {
    spec.name: spec
    for spec in (
        PortSpec("model", _MANY, ("resolve",), "no tier and no spec resolves"),
        PortSpec("audit", _MANY, ("start_run",), "no run is recorded"),
        PortSpec("budget", _CHAIN, ("check", "commit"), "no run is refused"),
        PortSpec("critic", _OPTIONAL, ("monitor",), "no run is supervised"),
        PortSpec("checkpointer", _OPTIONAL, ("begin", "interrupted"), "no run is durable"),
        PortSpec(
            "palette",
            _MANY,
            ("resolve_skill", "invoke_skill", "resolve_agent", "invoke_agent"),
            "nothing to delegate to",
        ),
        PortSpec("delivery", _MANY, ("kinds", "deliver", "deliver_error"), "nothing is delivered"),
        PortSpec("input_files", _OPTIONAL, ("stage",), "attachments are ignored"),
        PortSpec("compactor", _ONE, ("__call__",), "built in"),
        PortSpec("identity", _ONE, ("resolve",), "built in: the invocation's caller id, no scopes"),
        PortSpec("agents", _MANY, ("list_agents", "find_agent"), "no saved agents"),
        PortSpec("skills", _MANY, ("list_skills", "find_skill"), "no saved skills"),
        PortSpec("tools", _MANY, (), "no installed tools"),
        PortSpec("session_tools", _MANY, ("__call__",), "no session tool packs"),
        PortSpec("policies", _CHAIN, ("decide",), "every granted call is allowed"),
        PortSpec("approver", _OPTIONAL, ("approve",), "what asks is denied"),
        PortSpec(
            "standing_approvals",
            _OPTIONAL,
            ("find_approval", "save_approval", "list_approvals", "revoke_approval"),
            "no approval holds longer than the process",
        ),
        PortSpec("asker", _OPTIONAL, ("ask",), "tools that ask are told that nobody is there"),
        PortSpec(
            "scheduler",
            _ONE,
            ("schedule", "list", "pause", "remove", "run_forever"),
            "no run starts by itself",
        ),
        PortSpec("config", _CHAIN, ("read",), "the host's own settings only"),
        PortSpec("usage_sink", _MANY, ("record_usage",), "usage is on the result only"),
        PortSpec("trace_sink", _MANY, ("record_call",), "model calls are not traced"),
        PortSpec("redactor", _CHAIN, ("redact",), "records are kept as they are"),
    )
}

COMMANDS_HOOK: Final = "executus_register_commands"
OBSERVATION_HOOKS: Final = ("executus_on_run_start", "executus_on_event", "executus_on_run_end")
