"""A plugin's own settings: their base class, and how they are built from every source."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias, TypeVar  # noqa: TID251 - pydantic checks what it is given

from pydantic import ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict, SettingsError
from typing_extensions import override

from executus_core.config.load import DEFAULT, ENVIRONMENT
from executus_core.config.tables import as_table, laid_over
from executus_core.errors import ConfigError, did_you_mean
from executus_core.record.credentials import without_credentials
from executus_core.record.document import describe_problems, is_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic_settings import PydanticBaseSettingsSource

    from executus_core.config.load import Configuration

NESTED: Final = "__"
MASK: Final = "**********"
"""Stands where a secret is, and says only that there is one."""


class PluginSettings(BaseSettings):
    """The base of a plugin's settings: frozen, with no keys but its fields, and with units in their names.

    A host builds them from code, the environment (``EXECUTUS_<PLUGIN>__<FIELD>``), secrets files, the table
    ``[plugin.<name>]`` and the defaults, the strongest first. Made by hand, they take what they are given and look nowhere.
    Use ``SecretStr`` for what no message may show. A ``repr`` shows neither that nor a field named like a secret, nor
    the user and password of a URL.
    """

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        frozen=True, extra="forbid", env_nested_delimiter=NESTED, protected_namespaces=()
    )

    def __init__(self, /, **values: Any) -> None:  # noqa: ANN401 - as above
        """Validate the fields.

        Raises:
            ConfigError: Naming every field that is wrong.
        """
        try:
            super().__init__(**values)
        except ValidationError as error:
            problems = [
                f"{type(self).__qualname__}: {problem}" for _, problem in describe_problems(type(self), error)
            ]
            raise ConfigError("; ".join(problems), problems=problems) from None

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined] # pyright: ignore[reportFunctionMemberAccess] # see Document

    @override
    def __repr_args__(self) -> Iterable[tuple[str | None, object]]:
        for name, value in super().__repr_args__():
            yield name, _Shown(self._show(str(name), value))

    def _show(self, name: str, value: object) -> str:
        """Show a field's value, as far as it may be shown: settings stand in the messages of whoever has them."""
        is_hidden = bool(value) and is_secret(type(self), (name,))
        return MASK if is_hidden else without_credentials(repr(value))

    @override
    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # The host reads the sources: it knows the plugin's name. Without one, a field `path` would read $PATH.
        return (init_settings,)


class _Shown(str):
    """A text that is its own ``repr``."""

    __slots__ = ()

    __repr__ = str.__str__


SettingsT = TypeVar("SettingsT", bound=PluginSettings)


def build_settings(settings: type[SettingsT], plugin: str, configuration: Configuration) -> SettingsT:
    """Build a plugin's settings from every source of a configuration.

    Raises:
        ConfigError: Naming the plugin, and every key that is wrong with its source.
    """
    layers, problems = _read_layers(settings, plugin, configuration)
    merged: dict[str, object] = {}
    for _, table in reversed(layers):
        merged = laid_over(merged, table)
    built: SettingsT | None = None
    try:
        built = settings.model_validate(merged)
    except ValidationError as error:
        for location, problem in describe_problems(settings, error):
            source = _source_of(location, layers)
            problems.append(f"{source}: {problem}" if source else problem)
    if problems or built is None:
        head = f"plugin '{plugin}': "
        raise ConfigError(head + "; ".join(problems), problems=[head + problem for problem in problems])
    return built


_Layers: TypeAlias = "list[tuple[str, Mapping[str, object]]]"


def _read_layers(
    settings: type[PluginSettings], plugin: str, configuration: Configuration
) -> tuple[_Layers, list[str]]:
    """Read every source of a plugin's settings, strongest first, and what is wrong with a source as a whole."""
    prefix = variable_prefix(plugin)
    layers: _Layers = []
    secrets = configuration.plugins.secrets_dir
    problems: list[str] = []
    variables = (
        (f"{ENVIRONMENT} {prefix}", configuration.environ),
        (f"{secrets}/{prefix}" if secrets else "", _read_secrets(secrets, prefix) if secrets else {}),
    )
    for place, values in variables:
        try:
            layers.append((place, _from_variables(settings, prefix, values)))
        except SettingsError as error:
            field = re.search(r'field "(\w+)"', str(error))
            problems.append(
                f"{place}{field[1].upper() if field else ''}: is not the JSON that this field needs"
            )
        problems += _unknown_variables(settings, prefix, values, place)
    # what a host says in code is stronger than the environment, and what stands in a file is weaker than both
    tables = configuration.plugin_tables(plugin)
    in_code = [(f"code [plugin.{plugin}]", table) for source, table in tables if source == "code"]
    in_files = [(f"{source} [plugin.{plugin}]", table) for source, table in tables if source != "code"]
    return [*in_code, *layers, *in_files], problems


def find_sources(settings: type[PluginSettings], plugin: str, configuration: Configuration) -> dict[str, str]:
    """Name the strongest source of each field of a plugin's settings; "default" where none sets it."""
    layers, _ = _read_layers(settings, plugin, configuration)
    return {name: _source_of((name,), layers) or DEFAULT for name in settings.model_fields}


def variable_prefix(plugin: str) -> str:
    """Give what the environment variables of a plugin's settings begin with: ``EXECUTUS_AUDIT_SQLITE__``."""
    return f"EXECUTUS_{re.sub(r'[^A-Za-z0-9]', '_', plugin).upper()}{NESTED}"


class _Variables(EnvSettingsSource):
    """Reads fields from given names and values in place of the process's environment."""

    def __init__(self, settings: type[BaseSettings], prefix: str, variables: Mapping[str, str]) -> None:
        self._variables = {name.lower(): value for name, value in variables.items()}
        super().__init__(
            settings, case_sensitive=False, env_prefix=prefix.lower(), env_nested_delimiter=NESTED
        )

    @override
    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._variables


def _from_variables(
    settings: type[BaseSettings], prefix: str, variables: Mapping[str, str]
) -> dict[str, object]:
    ours = {name: value for name, value in variables.items() if name.upper().startswith(prefix)}
    return dict(_Variables(settings, prefix, ours)()) if ours else {}


def _unknown_variables(
    settings: type[BaseSettings], prefix: str, variables: Iterable[str], place: str
) -> list[str]:
    known = [name.upper() for name in settings.model_fields]
    problems: list[str] = []
    for variable in variables:
        field = variable.upper().removeprefix(prefix).split(NESTED)[0]
        if variable.upper().startswith(prefix) and field not in known:
            near = did_you_mean(field, known)
            problems.append(f"{place.removesuffix(prefix)}{variable}: unknown field '{field.lower()}'.{near}")
    return problems


def _read_secrets(folder: str, prefix: str) -> dict[str, str]:
    path = Path(folder)
    try:
        files = [file for file in sorted(path.iterdir()) if file.name.upper().startswith(prefix)]
        return {file.name: file.read_text(encoding="utf-8").strip() for file in files if file.is_file()}
    except OSError as error:
        raise ConfigError(f"[plugins] secrets_dir '{folder}': {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"[plugins] secrets_dir '{folder}': a file of {prefix}* is not UTF-8 text"
        ) from error


def _source_of(place: tuple[str, ...], layers: Iterable[tuple[str, Mapping[str, object]]]) -> str:
    """Name the strongest source that sets the value at a place."""
    best, depth = "", 0
    for source, table in layers:
        reached, held = 0, as_table(table)
        for part in place:
            if held is None or part not in held:
                break
            reached, held = reached + 1, as_table(held[part])
        if reached > depth:
            best, depth = source, reached
    if best.startswith(ENVIRONMENT) or "__" in best:
        return best + NESTED.join(place[:depth]).upper()
    return best
