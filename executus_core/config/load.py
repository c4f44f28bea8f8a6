"""Where settings are found, and how their layers are laid over one another.

Strongest first: code, environment, the file, layers of plugins, defaults. Each layer is validated by itself, so that a
message can name where the mistake stands. Where nobody has set anything, nothing of what validates is imported.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar, cast

from attrs import evolve, field, frozen

from executus_core.config.placed import PlacedRule, place_rules
from executus_core.config.variables import (
    ENDPOINT_VARIABLE,
    TIER_VARIABLE,
    name_as_elsewhere,
    read_routes,
)
from executus_core.errors import ConfigError, did_you_mean
from executus_core.record.toolpattern import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from executus_core.config.defaults import Defaults
    from executus_core.config.tables import CompactionStrategy, ConfigurationTables
    from executus_core.record.permission import Verdict

FILE_NAME: Final = "executus.toml"
LOCK_NAME: Final = "executus.lock"
CODE: Final = "code"
ENVIRONMENT: Final = "environment"
DEFAULT: Final = "default"
"""The source of what nobody has set."""
ONLY_VARIABLE: Final = "EXECUTUS_PLUGINS"
DISABLE_VARIABLE: Final = "EXECUTUS_PLUGINS_DISABLE"
MODEL_VARIABLE: Final = "EXECUTUS_MODEL"

_SPEAKS: Final = re.compile(rb"""tool\s*\.\s*["']?executus|\[\s*["']?tool["']?\s*\]""")

ValueT = TypeVar("ValueT")


@frozen
class Layer:
    """The settings of one source.

    Attributes:
        source: Where they stand, for messages: a path, "environment", "code" or "plugin 'NAME'".
        tables: What stands there, validated.
    """

    source: str
    tables: ConfigurationTables

    def sets(self, table: str, key: str) -> bool:
        """Tell whether this layer says anything of a key."""
        held = getattr(self.tables, table)
        return key in (held if isinstance(held, Mapping) else held.model_fields_set)

    @classmethod
    def parse(cls, data: Mapping[str, object], *, source: str) -> Layer:
        """Validate the settings of a source.

        Raises:
            ConfigError: Naming the source and every key that is wrong.
        """
        from executus_core.config.tables import ConfigurationTables  # noqa: PLC0415 - only who sets something pays for pydantic

        return cls(source, ConfigurationTables.parse(data, source=source))


@frozen
class PluginChoice:
    """Which plugins take part, all layers taken together.

    Attributes:
        autoload: Whether every installed plugin takes part; else only those of ``enable`` do.
        enable: Plugins that take part.
        disable: Plugins that don't, whatever else is said; they are not imported.
        require: Plugins without which the start is refused.
        strict: Whether everything that would otherwise be left out loudly stops the start.
        locked: Whether a start is refused that is not as ``executus.lock`` says.
        secrets_dir: Folder of secrets files, each named as the environment variable whose value it holds.
    """

    autoload: bool = True
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    strict: bool = False
    locked: bool = False
    secrets_dir: str | None = None


@frozen
class CompactionChoice:
    """How the transcripts of long runs are shortened, all layers taken together.

    Attributes:
        strategy: Which of the built-in strategies; "none" for none.
        summary_tier: The tier or spec that writes summaries; "" for the model that serves the run.
        keep_steps: The newest steps that stay as they are.
        target_ratio: Share of the threshold to come down to.
    """

    strategy: CompactionStrategy = "tiered"
    summary_tier: str = ""
    keep_steps: int = 3
    target_ratio: float = 0.5


@frozen
class Configuration:
    """Every layer of one host's settings, strongest first.

    Attributes:
        layers: The layers.
        path: The file that was read, or None.
        environ: The environment in which plugins find their settings; empty when it is not to be looked at.
    """

    layers: tuple[Layer, ...] = ()
    path: Path | None = None
    environ: Mapping[str, str] = field(factory=dict[str, str], repr=False)

    @property
    def file(self) -> str:
        """The file in which a remedy is best written down."""
        return str(self.path) if self.path else FILE_NAME

    @property
    def lock_path(self) -> Path:
        """Where the lock stands: beside the file, or else in the working folder."""
        return (self.path.parent if self.path else Path.cwd()) / LOCK_NAME

    @property
    def plugins(self) -> PluginChoice:
        """Which plugins take part: the strongest layer decides; what ``disable`` and ``require`` name adds up."""
        defaults = PluginChoice()
        return PluginChoice(
            autoload=self._strongest("plugins", "autoload", defaults.autoload),
            enable=self._strongest("plugins", "enable", defaults.enable),
            disable=tuple(
                dict.fromkeys(name for layer in self.layers for name in layer.tables.plugins.disable)
            ),
            require=tuple(
                dict.fromkeys(name for layer in self.layers for name in layer.tables.plugins.require)
            ),
            strict=self._strongest("plugins", "strict", defaults.strict),
            locked=self._strongest("plugins", "locked", defaults.locked),
            secrets_dir=self._strongest("plugins", "secrets_dir", defaults.secrets_dir),
        )

    @property
    def prefixed(self) -> tuple[str, ...]:
        """The plugins whose tools are named ``<plugin>__<tool>``."""
        return self._strongest("tools", "prefix", ())

    @property
    def allowed_tools(self) -> tuple[str, ...]:
        """Patterns of the only tools that any agent may use: the strongest layer decides."""
        return self._strongest("tools", "allow", EVERYTHING)

    @property
    def denied_tools(self) -> tuple[str, ...]:
        """Patterns of tools that no agent may use: what the layers name adds up."""
        return tuple(dict.fromkeys(pattern for layer in self.layers for pattern in layer.tables.tools.deny))

    @property
    def ports(self) -> dict[str, str | tuple[str, ...]]:
        """By port, the provider that serves it, or the order of its providers."""
        return {
            port: choice for layer in reversed(self.layers) for port, choice in layer.tables.ports.items()
        }

    @property
    def models(self) -> dict[str, str]:
        """The chain of each tier as it is written; ``executus_core.model`` reads and checks it."""
        said = [one for layer in reversed(self.layers) for one in layer.tables.models.items()]
        chains: dict[str, str] = {}
        for tier, value in said:
            text = _chain_text(value)
            chains[tier] = text or chains.get(tier, "")  # a table of options alone says nothing of the chain
        return chains

    @property
    def compaction(self) -> CompactionChoice:
        """How the transcripts of long runs are shortened: the strongest layer decides."""
        defaults = CompactionChoice()
        return CompactionChoice(
            strategy=self._strongest("compaction", "strategy", defaults.strategy),
            summary_tier=self._strongest("compaction", "summary_tier", defaults.summary_tier),
            keep_steps=self._strongest("compaction", "keep_steps", defaults.keep_steps),
            target_ratio=self._strongest("compaction", "target_ratio", defaults.target_ratio),
        )

    @property
    def has_permissions(self) -> bool:
        """Whether any layer says what happens to tool calls."""
        return any("permissions" in layer.tables.model_fields_set for layer in self.layers)

    @property
    def permission_default(self) -> Verdict:
        """What happens to a call that no rule matches: the strongest layer decides."""
        return self._strongest("permissions", "default", "ask")

    @property
    def permission_rules(self) -> tuple[PlacedRule, ...]:
        """The rules about tool calls, in order: those of a stronger layer come first."""
        return tuple(place_rules((layer.source, layer.tables) for layer in self.layers))

    def source(self, table: str, key: str, value: str | None = None) -> str:
        """Name the strongest layer that sets a key, or that has the value in it; "default" when none does."""
        for layer in self._setting(table, key):
            if value is None or value in self._read(layer, table, key):
                return layer.source
        return DEFAULT

    def disabled_by(self, source: str) -> tuple[str, ...]:
        """List the plugins that one source disables."""
        return tuple(
            name for layer in self.layers if layer.source == source for name in layer.tables.plugins.disable
        )

    def plugin_tables(self, plugin: str) -> list[tuple[str, Mapping[str, object]]]:
        """List what each layer says of a plugin's own settings, strongest first, with its source."""
        found = [(layer.source, layer.tables.plugin.get(plugin)) for layer in self.layers]
        return [(source, table) for source, table in found if table is not None]

    def entries(self, table: str) -> dict[str, list[tuple[str, object]]]:
        """List by key what each layer says of it in a table, strongest first, with its source."""
        found: dict[str, list[tuple[str, object]]] = {}
        for layer in self.layers:
            for key, value in cast("Mapping[str, object]", getattr(layer.tables, table)).items():
                found.setdefault(key, []).append((layer.source, value))
        return found

    def find_secret(self, name: str) -> str:
        """Find what an environment variable holds, or else the secrets file of that name; "" when there is neither.

        Raises:
            ConfigError: The file can't be read.
        """
        folder = self.plugins.secrets_dir
        held = self.environ.get(name, "").strip()
        if held or not folder:
            return held
        try:
            return (Path(folder) / name).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            said = getattr(error, "strerror", None) or "not UTF-8 text"
            raise ConfigError(f"[plugins] secrets_dir '{folder}': {name}: {said}") from error

    def defaults(self) -> Defaults:
        """Build the caps of runs whose agent leaves them open.

        Raises:
            ConfigError: Naming the source and every key that is wrong.
        """
        from executus_core.config.default_caps import parse_defaults  # noqa: PLC0415 - only a host that starts runs needs it

        return parse_defaults([(layer.source, layer.tables.defaults) for layer in reversed(self.layers)])

    def under(self, layers: tuple[Layer, ...]) -> Configuration:
        """Lay this configuration over layers that plugins brought, strongest first."""
        return evolve(self, layers=_name_alike((*self.layers, *layers)))

    def _strongest(self, table: str, key: str, default: ValueT) -> ValueT:
        for layer in self._setting(table, key):
            return cast("ValueT", self._read(layer, table, key))
        return default

    def _setting(self, table: str, key: str) -> Iterator[Layer]:
        return (layer for layer in self.layers if layer.sets(table, key))

    @staticmethod
    def _read(layer: Layer, table: str, key: str) -> tuple[str, ...]:
        held: object = getattr(layer.tables, table)
        return cast("tuple[str, ...]", held[key] if isinstance(held, Mapping) else getattr(held, key))


def load_configuration(
    path: str | Path | None = None,
    *,
    settings: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    start: Path | None = None,
) -> Configuration:
    """Read the settings of a host.

    Args:
        path: A TOML file; else ``executus.toml``, or a ``pyproject.toml`` with ``[tool.executus]``, of the nearest folder
            from ``start`` upwards.
        settings: A mapping laid over all else.
        environ: The environment; the process's when None.
        start: Where the search begins; the working folder when None.

    Raises:
        ConfigError: With source, and line where there is one, when anything is malformed or unknown.
    """
    environ = os.environ if environ is None else environ
    found = Path(path) if path is not None else find_file(start or _working_folder())
    layers: list[Layer] = []
    if settings:
        layers.append(Layer.parse(settings, source=CODE))
    if from_environment := read_environment(environ):
        layers.append(Layer.parse(from_environment, source=ENVIRONMENT))
    if found is not None:
        layers.append(read_file(found))
    return Configuration(_name_alike(layers), found, environ)


def _name_alike(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Have the environment call tiers and endpoints as the other layers do."""
    others = [layer.tables for layer in layers if layer.source != ENVIRONMENT]
    return tuple(layer if layer.source != ENVIRONMENT else _renamed(layer, others) for layer in layers)


def _renamed(layer: Layer, others: Sequence[ConfigurationTables]) -> Layer:
    tables = layer.tables
    changes = {
        "models": name_as_elsewhere(tables.models, [name for other in others for name in other.models]),
        "endpoints": name_as_elsewhere(
            tables.endpoints, [name for other in others for name in other.endpoints]
        ),
    }
    said = {table: held for table, held in changes.items() if held}
    return evolve(layer, tables=tables.model_copy(update=said)) if said else layer


def _working_folder() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise ConfigError(
            f"the working folder can't be read ({error.strerror}), it may have been removed; change to one that is there"
        ) from error


def find_file(start: Path) -> Path | None:
    """Find the settings file of the nearest folder, upwards from ``start``."""
    for folder in (start, *start.parents):
        if (own := folder / FILE_NAME).is_file():
            return own
        shared = folder / "pyproject.toml"
        if shared.is_file() and _speaks_of_executus(shared):
            return shared
    return None


def read_file(path: Path) -> Layer:
    """Read ``executus.toml``, or ``[tool.executus]`` of a ``pyproject.toml``.

    Raises:
        ConfigError: With the file, and the line where the format allows.
    """
    from executus_core.config.tables import as_table  # noqa: PLC0415 - only who sets something pays for pydantic
    from executus_core.record.document import read_document  # noqa: PLC0415

    data = read_document(path)
    if path.name != "pyproject.toml":
        return Layer.parse(data, source=str(path))
    source = f"{path} [tool.executus]"
    table = (as_table(data.get("tool")) or {}).get("executus", {})
    if (table := as_table(table)) is None:
        raise ConfigError(f"{source}: is not a table")
    return Layer.parse(table, source=source)


def read_environment(environ: Mapping[str, str]) -> dict[str, object]:
    """Read the variables that choose plugins and models; a plugin's own settings are read when it asks for them."""
    plugins: dict[str, object] = {}
    if ONLY_VARIABLE in environ:
        plugins |= {"autoload": False, "enable": _names(environ[ONLY_VARIABLE])}
    if DISABLE_VARIABLE in environ:
        plugins["disable"] = _names(environ[DISABLE_VARIABLE])
    _refuse_misspelt(environ)
    tables: dict[str, object] = {"plugins": plugins} if plugins else {}
    tables |= read_routes(environ)
    # an empty variable is one that somebody meant to unset
    if model := environ.get(MODEL_VARIABLE, "").strip():
        tables["defaults"] = {"model_tier": model}
    return tables


def _refuse_misspelt(environ: Mapping[str, str]) -> None:
    """Refuse variables that nobody would read, though somebody meant them to be."""
    known = (ONLY_VARIABLE, DISABLE_VARIABLE, MODEL_VARIABLE)
    for variable in environ:
        if not variable.startswith("EXECUTUS_") or variable in known or "__" in variable:
            continue
        if variable.startswith((TIER_VARIABLE, ENDPOINT_VARIABLE)):
            continue
        kind, name = _kind_of(variable)
        if near := get_close_matches(kind, (TIER_VARIABLE, ENDPOINT_VARIABLE), n=1, cutoff=0.9):
            raise ConfigError(
                f"{ENVIRONMENT}: unknown variable '{variable}'. Did you mean '{near[0]}{name or 'NAME'}'?"
            )
        if variable.startswith(f"{ONLY_VARIABLE}_") or get_close_matches(variable, known, cutoff=0.9):
            raise ConfigError(f"{ENVIRONMENT}: unknown variable '{variable}'.{did_you_mean(variable, known)}")


def _kind_of(variable: str) -> tuple[str, str]:
    """Split a variable behind its second word: ``EXECUTUS_TIER_``, ``FAST``."""
    head, word, name = [*variable.split("_", 2), ""][:3]
    return f"{head}_{word}_", name


def _chain_text(value: object) -> str:
    """Write a chain with commas, however it was given."""
    if isinstance(value, Mapping):
        return _chain_text(cast("Mapping[str, object]", value).get("chain", ""))
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, cast("Sequence[object]", value)))
    return str(value)


def _names(value: str) -> list[str]:
    return [name for part in value.split(",") if (name := part.strip())]


def _speaks_of_executus(path: Path) -> bool:
    """Tell whether a ``pyproject.toml`` is ours to read, without parsing, or judging, those that are not."""
    try:
        data = path.read_bytes()
    except OSError:
        return False
    if not _SPEAKS.search(data):
        return False
    import tomllib  # noqa: PLC0415 - most folders have no such file

    try:
        tool: object = tomllib.loads(data.decode()).get("tool")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return b"[tool.executus" in data  # so that reading it says what is wrong
    return isinstance(tool, dict) and "executus" in tool
