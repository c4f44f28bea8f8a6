"""The reference of ports has every Protocol of ``executus_core.ports`` with its contract and its methods.

After a change of ``executus_core/ports``: ``nox -s reference``.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from pagekit import Described, summary_of

from executus_core import ports, testing
from executus_core.plugin.portspec import PORTS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "ports.md"

SERVED_BY = {
    "model": ports.ModelSource,
    "audit": ports.Audit,
    "budget": ports.Budget,
    "critic": ports.Critic,
    "checkpointer": ports.CheckpointerFactory,
    "palette": ports.PaletteSource,
    "delivery": ports.Delivery,
    "input_files": ports.InputFileStager,
    "compactor": ports.CompactorFactory,
    "identity": ports.Identity,
    "agents": ports.AgentSource,
    "skills": ports.SkillSource,
    "policies": ports.CallPolicy,
    "approver": ports.Approver,
    "standing_approvals": ports.StandingApprovals,
    "asker": ports.Asker,
    "scheduler": ports.Scheduler,
    "config": ports.ConfigSource,
    "usage_sink": ports.UsageSink,
    "trace_sink": ports.TraceSink,
    "redactor": ports.Redactor,
}
"""By port, what a provider must be."""

SERVED_BY_VALUES = {
    "tools": "Takes tools as `@tool` makes them, or a `Provider` whose factory gives one or several.",
    "session_tools": """\
A factory gives a `SessionToolFactory`: a function, a coroutine function, or a function that gives an async context
manager. It takes the run's [`AgentSession`](api.md#agentsession) and gives its [`SessionTools`](api.md#sessiontools).""",
}
"""By port, what it takes where that is no Protocol of ``executus_core.ports``."""

WITHOUT_HOOK = {"clock": ports.Clock, "observer": ports.Observer}
"""The clock is given in code; an observer is made of the hooks that watch runs."""

HEAD = """\
# Ports

A port is something that the core calls and somebody else fills: a Protocol of `executus_core.ports`. A provider need not
inherit from it; having its methods is enough. In a plugin a provider comes through the port's [hook](hooks.md), in a host's
own code through `Ports(audit=...)`. What must hold beyond the types stands under **Contract**, and the conformance suite of
[the test kit](testing.md#suites) checks it.

How many may be installed, and what two of them mean, is the port's kind: [one, optional, many or chain](hooks.md).
"""


def protocols() -> list[type]:
    """Every Protocol that a provider, or what a provider gives, can be."""
    return [item for name in ports.__all__ if getattr(item := getattr(ports, name), "_is_protocol", False)]


def owner_of(protocol: type) -> str:
    """Name the port that a Protocol belongs to: what it extends, else the one that its file is for."""
    mains = {**SERVED_BY, **WITHOUT_HOOK}
    extended = [port for port, main in mains.items() if main in protocol.__mro__]
    beside = [port for port, main in mains.items() if main.__module__ == protocol.__module__]
    return (extended or beside)[0]


def suite_of(port: str, main: type) -> str:
    """Name the conformance suite of a port, or give ""."""
    named = "".join(word.title() for word in port.split("_"))
    suites = (f"{main.__name__}Conformance", f"{named}Conformance")
    return next((suite for suite in suites if suite in testing.__all__), "")


def facts_of(port: str) -> Iterator[str]:
    """Say in a few words what plugs in, how often, through what, and what happens without it."""
    if port in SERVED_BY | WITHOUT_HOOK:
        yield f"Protocol: `{(SERVED_BY | WITHOUT_HOOK)[port].__name__}`"
    if port in PORTS:
        spec = PORTS[port]
        yield f"Kind: {spec.cardinality.value}"
        yield f"Hook: [`{spec.hook}`](hooks.md#{spec.hook}context)"
        yield f"Without a provider: {spec.without}"
    if port in SERVED_BY and (suite := suite_of(port, SERVED_BY[port])):
        yield f"Suite: `{suite}`"


def write_protocol(protocol: type) -> Iterator[str]:
    """Write a Protocol's contract and its methods."""
    yield re.sub(r"^Contract:", "**Contract:**", summary_of(protocol), flags=re.MULTILINE) + "\n"
    lines = "\n".join(Described(protocol).member_lines())
    if lines:
        yield lines + "\n"


def write_port(port: str) -> Iterator[str]:
    """Write a port with all its Protocols."""
    yield f"## {port}\n"
    yield ". ".join(facts_of(port)) + ".\n"
    if port in SERVED_BY_VALUES:
        yield SERVED_BY_VALUES[port] + "\n"
        return
    main = (SERVED_BY | WITHOUT_HOOK)[port]
    yield from write_protocol(main)
    for protocol in protocols():
        if owner_of(protocol) == port and protocol is not main:
            yield f"### {protocol.__name__}\n"
            yield from write_protocol(protocol)


def render() -> str:
    """Write the page from the Protocols."""
    parts = [HEAD]
    for port in (*PORTS, *WITHOUT_HOOK):
        parts += write_port(port)
    return "\n".join(parts)


def test_the_page_is_what_the_docstrings_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run: nox -s reference"


def test_every_port_and_every_protocol_has_its_place() -> None:
    page = PAGE.read_text(encoding="utf-8")

    named = [protocol.__name__ for protocol in protocols()]
    assert set(SERVED_BY) | set(SERVED_BY_VALUES) == set(PORTS)
    assert not [port for port in PORTS if f"\n## {port}\n" not in page]
    assert not [name for name in named if f"Protocol: `{name}`" not in page and f"### {name}\n" not in page]


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
