"""The kinds of package that can be made, and what is said of each in its files."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from executus_core.errors import ConfigError, did_you_mean


@frozen
class Kind:
    """A kind of package: its provider, and the templates that make it up.

    Attributes:
        port: The port that it serves.
        part: The module that does the work.
        provider: What its provider, or its tool, is called; ``{module}`` stands for the package's module, because tools
            of two packages that are called alike can't be installed side by side.
        class_name: The provider's class; "" for tools.
        summary: What it is, in one line.
        usage: How it is used, for its README; with ``{module}`` as well.
        folders: Folders of templates, laid over one another.
    """

    port: str
    part: str
    provider: str
    class_name: str
    summary: str
    usage: str
    folders: tuple[str, ...]


_TOOLS: Final = Kind(
    port="tools",
    part="tools",
    provider="{module}_days",
    class_name="",
    summary="Tools that count days",
    usage="""An agent names the tools that it uses:

```console
$ executus run --tool {module}_days "How many days are there from 28 February to 1 March 2024?"
```""",
    folders=("package", "tools"),
)
_MODEL: Final = Kind(
    port="model",
    part="model",
    provider="echo",
    class_name="EchoModels",
    summary="A model that repeats what it is told",
    usage="""An agent asks for its model by name:

```console
$ executus run --model echo "Hello!"
Hello!
```""",
    folders=("package", "port", "model"),
)


def _provider(port: str, provider: str, class_name: str, summary: str, usage: str) -> Kind:
    return Kind(port, port, provider, class_name, summary, usage, ("package", "port", port))


_PORTS: Final = {
    kind.port: kind
    for kind in (
        _provider(
            "asker",
            "letterbox",
            "Letterbox",
            "Questions to a person, in memory",
            "A tool of a host that has it installed can ask a person: `await ctx.ask(...)`.",
        ),
        _provider(
            "audit",
            "notebook",
            "Notebook",
            "An audit trail in memory",
            "Every run of a host that has it installed is on record.",
        ),
        _provider(
            "budget",
            "run-quota",
            "RunQuota",
            "A number of runs for each caller",
            "A host that has it installed refuses a caller's run once the number is used.",
        ),
        _provider(
            "checkpointer",
            "journals",
            "Journals",
            "Journals of durable runs, in memory",
            "A run whose agent says `durable = true` has a journal.",
        ),
        _provider(
            "compactor",
            "newest-steps",
            "NewestSteps",
            "Transcripts of the newest steps",
            "A run of a host that has it installed goes on with its newest steps once its transcript is too long.",
        ),
        _provider(
            "critic",
            "token-watch",
            "TokenWatch",
            "An end to runs that write too much",
            "A run whose agent says `critic = true` is supervised.",
        ),
        _provider(
            "delivery",
            "outbox",
            "Outbox",
            "A delivery that keeps what it is given",
            "A run that is started with a target of the kind `outbox` delivers there.",
        ),
        _provider(
            "identity",
            "directory",
            "Directory",
            "Callers and their scopes, from a table",
            "A run of a caller who is not in the table has no scopes.",
        ),
        _provider(
            "input_files",
            "shelf",
            "Shelf",
            "A place for attachments, in memory",
            "What comes with `executus run --file` is kept under an id that the model sees.",
        ),
        _MODEL,
        _provider(
            "palette",
            "skillbook",
            "Skillbook",
            "Skills that need no model",
            'An agent delegates to a skill by name: `skills = ["shout"]`.',
        ),
        _provider(
            "standing_approvals",
            "ledger",
            "Ledger",
            "Approvals that go on to hold, in memory",
            "What a person allows for always is not asked again while the host lives.",
        ),
    )
}
KINDS: Final = ("tools", "port", "model")
"""What ``--kind`` takes."""
PORTS: Final = tuple(_PORTS)
"""What ``--port`` takes: every port whose contract has a suite."""


def choose_kind(kind: str | None, port: str | None) -> Kind:
    """Choose what to make; a port alone says enough.

    Raises:
        ConfigError: The two don't go together, or there is no such port, or none that can be made.
    """
    if port is None:
        return {"port": _PORTS["audit"], "model": _MODEL}.get(kind or "", _TOOLS)
    if kind not in (None, "port"):
        raise ConfigError(f"--port goes with --kind port, and not with --kind {kind}; leave one of them out")
    if port not in _PORTS:
        near = did_you_mean(port, PORTS).partition(" Known")[0]
        raise ConfigError(
            f"no package can be made for a port '{port}'.{near} Those with a conformance suite: {', '.join(PORTS)}"
        )
    return _PORTS[port]
