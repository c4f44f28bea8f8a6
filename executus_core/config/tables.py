"""The tables of ``executus.toml``: what may stand there, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, cast

from pydantic import AfterValidator, Field, JsonValue, field_validator

from executus_core.errors import ConfigError
from executus_core.record.credentials import refuse_credentials
from executus_core.record.document import Document
from executus_core.record.toolpattern import EVERYTHING, ToolPattern, parse_patterns

if TYPE_CHECKING:
    from collections.abc import Mapping

Names = tuple[Annotated[str, Field(min_length=1)], ...]
Table = dict[str, JsonValue]
CompactionStrategy = Literal["tiered", "drop-tool-results", "summarise", "window", "none"]


def as_table(value: object) -> dict[str, object] | None:
    """Give a table of TOML as what it is, or None for anything else."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def laid_over(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    """Lay a table over another, and tables in it over those of the same name."""
    merged = dict(below)
    for name, value in above.items():
        under, over = as_table(merged.get(name)), as_table(value)
        merged[name] = laid_over(under, over) if under is not None and over is not None else value
    return merged


class PluginsTable(Document):
    """``[plugins]``: which plugins take part.

    Attributes:
        autoload: Whether every installed plugin takes part; else only those of ``enable`` do.
        enable: Plugins that take part.
        disable: Plugins that don't, whatever else is said; they are not imported.
        require: Plugins without which the start is refused.
        strict: Whether everything that would otherwise be left out loudly stops the start.
        locked: Whether a start is refused that is not as ``executus.lock`` says.
        secrets_dir: Folder of secrets files, each named as the environment variable whose value it holds.
    """

    kind: ClassVar[str] = "[plugins]"

    autoload: bool = True
    enable: Names = ()
    disable: Names = ()
    require: Names = ()
    strict: bool = False
    locked: bool = False
    secrets_dir: str | None = None


class ToolsTable(Document):
    """``[tools]``: how installed tools are named, and which may be used.

    Attributes:
        prefix: Plugins whose tools are named ``<plugin>__<tool>``.
        allow: Patterns of the only tools that any agent may use: ``read_*`` by name, ``plugin:NAME``, ``pack:NAME`` or
            ``distribution:NAME`` by what brings them.
        deny: Patterns of tools that no agent may use, whatever else is said.
    """

    kind: ClassVar[str] = "[tools]"

    prefix: Names = ()
    allow: Names = EVERYTHING
    deny: Names = ()

    @field_validator("allow", "deny")
    @classmethod
    def _check_patterns(cls, patterns: Names) -> Names:
        try:
            parse_patterns(patterns)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return patterns


class RuleTable(Document):
    """``[[permissions.rules]]``: one rule about tool calls.

    Attributes:
        tool: Which tools it is about: ``write_*`` by name, ``plugin:NAME``, ``pack:NAME`` or ``distribution:NAME`` by what
            brings them.
        arguments: By argument, a glob that it must match: ``*`` stays within a part of a path, ``**`` does not.
        verdict: What happens to a call that matches: "allow", "ask", "deny", or "terminate", which ends the run.
        reason: What the model is told of a refusal, and the person of a question.
    """

    kind: ClassVar[str] = "[[permissions.rules]]"

    tool: Annotated[str, Field(min_length=1)]
    arguments: dict[str, str] = Field(default_factory=dict)
    verdict: Literal["allow", "ask", "deny", "terminate"]
    reason: str = ""

    @field_validator("tool")
    @classmethod
    def _check_pattern(cls, pattern: str) -> str:
        try:
            ToolPattern.parse(pattern)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return pattern


class PermissionsTable(Document):
    """``[permissions]``: what happens to tool calls; without it every call that a run may make is allowed.

    Attributes:
        default: What happens to a call that no rule matches: "allow", "ask" or "deny".
        rules: The rules, in order: the first that matches decides.
    """

    kind: ClassVar[str] = "[permissions]"

    default: Literal["allow", "ask", "deny"] = "ask"
    rules: tuple[RuleTable, ...] = ()


class CompactionTable(Document):
    """``[compaction]``: how the transcripts of long runs are shortened, unless a plugin does it.

    Attributes:
        strategy: "tiered": notes in place of old tool results, then a summary, then a window; or one of them alone:
            "drop-tool-results", "summarise", "window"; or "none".
        summary_tier: The tier or spec that writes summaries; "" for the model that serves the run.
        keep_steps: The newest steps that stay as they are.
        target_ratio: Share of the threshold to come down to.
    """

    kind: ClassVar[str] = "[compaction]"

    strategy: CompactionStrategy = "tiered"
    summary_tier: Annotated[str, AfterValidator(refuse_credentials)] = ""
    keep_steps: Annotated[int, Field(ge=1)] = 3
    target_ratio: Annotated[float, Field(gt=0, lt=1)] = 0.5


class ConfigurationTables(Document):
    """A whole ``executus.toml``, or one layer of it.

    Attributes:
        plugins: Which plugins take part.
        ports: By port, the provider that serves it, or the order of its providers.
        tools: How installed tools are named, and which may be used.
        permissions: What happens to tool calls.
        compaction: How the transcripts of long runs are shortened, unless a plugin does it.
        plugin: Settings by plugin.
        models: By tier, the chain of models that serve it, or a table.
        model_aliases: By alias, the spec, or the other alias, that it stands for.
        endpoints: By name, model servers of one's own; ``type|url`` may stand in place of a table.
        prices: By spec, what tokens cost, in place of what a model source says.
        failover: How hard a model call is tried, and how long a candidate that failed is left alone.
        defaults: Caps of runs whose agent leaves them open, named as in ``Defaults``.
    """

    kind: ClassVar[str] = "configuration"

    plugins: PluginsTable = PluginsTable()
    ports: dict[str, str | Names] = Field(default_factory=dict)
    tools: ToolsTable = ToolsTable()
    permissions: PermissionsTable = PermissionsTable()
    compaction: CompactionTable = CompactionTable()
    plugin: dict[str, Table] = Field(default_factory=dict)
    # what stands in these is read as one piece, by executus_core.model, so that all mistakes are said at once
    models: Table = Field(default_factory=dict)
    model_aliases: Table = Field(default_factory=dict)
    endpoints: Table = Field(default_factory=dict)
    prices: Table = Field(default_factory=dict)
    failover: Table = Field(default_factory=dict)
    defaults: Table = Field(default_factory=dict)

    @field_validator("ports", mode="before")
    @classmethod
    def _check_ports(cls, ports: object) -> object:
        """Say it in one sentence, where a union's own errors would be one for each kind."""
        for port, choice in (as_table(ports) or {}).items():
            names = list(cast("list[object]", choice)) if isinstance(choice, (list, tuple)) else [choice]
            if not all(isinstance(name, str) and name for name in names):
                raise ValueError(f"'{port}' must be a provider's name, or a list of names in order")
            if twice := [name for position, name in enumerate(names) if name in names[:position]]:
                raise ValueError(f"'{port}' names '{twice[0]}' twice")
        return ports
