"""One host's plugins: picked, imported one by one, checked, and asked what they offer."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, cast

from attrs import define, evolve, field

from executus_core import hookspecs
from executus_core.config.load import CODE, DISABLE_VARIABLE, ENVIRONMENT, Configuration, Layer
from executus_core.errors import ConfigError, ExecutusError, PluginError
from executus_core.plugin.arrange import arrange, find_unknown_ports
from executus_core.plugin.deprecation import SilentManager, warn
from executus_core.plugin.factory import resolve_reference
from executus_core.plugin.info import PluginInfo, PluginState
from executus_core.plugin.layers import PluginLayer
from executus_core.plugin.loading import describe, import_plugin
from executus_core.plugin.offers import Offered, collect
from executus_core.plugin.scan import as_candidate, scan
from executus_core.plugin.selection import select
from executus_core.plugin.validation import examine
from executus_core.record.plugin import PluginContext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from importlib.metadata import EntryPoint

    from executus_core.plugin.arrange import Arrangement
    from executus_core.plugin.drift import Drift
    from executus_core.plugin.info import PortInfo
    from executus_core.plugin.offers import Command
    from executus_core.plugin.scan import Candidate
    from executus_core.plugin.validation import Examined
    from executus_core.record.plugin import Plugin

logger: Final = logging.getLogger("executus.plugin")


@define(eq=False)
class _Admitted:
    """A plugin that was imported and found sound."""

    info: PluginInfo
    namespace: object
    examined: Examined
    context: PluginContext
    offered: Offered = field(factory=lambda: Offered((), (), ()))


class PluginHost:
    """The plugins of one host. Two hosts of one process share nothing but the modules that Python imported.

    Making one never fails for a plugin's sake: what is wrong with a plugin is on its ``PluginInfo``. ``check_start`` says
    whether a run may start.

    Attributes:
        configuration: What the host says, with the layers that plugins brought.
        config_sources: Who brought those, a later one laid over the earlier ones.
        infos: Every plugin, in order of name.
        warnings: What looks like a mistake in the configuration and stops nothing.
        arrangements: Who serves each port, in order.
        drift: What is not as the lock says, where the configuration wants that; else None.
    """

    def __init__(
        self,
        config: Configuration | Mapping[str, object] | None = None,
        *,
        plugins: Mapping[str, object] | Iterable[object] = (),
        entry_points: Iterable[EntryPoint | Candidate] | None = None,
    ) -> None:
        """Find, pick, import and check plugins.

        Args:
            config: What the host says; a mapping is read as ``executus.toml`` would be. Nothing else is looked at.
            plugins: Unpackaged plugin objects, by name or to be named by themselves.
            entry_points: In place of those that are installed; ``()`` for none.

        Raises:
            ConfigError: The configuration is wrong, or two plugin objects have one name.
        """
        self.configuration: Configuration = as_configuration(config)
        self.config_sources: tuple[PluginLayer, ...] = ()
        self._own: Configuration = self.configuration
        candidates = scan() if entry_points is None else [as_candidate(one) for one in entry_points]
        selection = select(candidates, name_objects(plugins), self.configuration)
        self.drift: Drift | None = None
        if self.configuration.plugins.locked:
            from executus_core.plugin.drift import hold_to_lock  # noqa: PLC0415 - only a locked host pays for it

            selection, self.drift = hold_to_lock(selection, self.configuration)
        self._manager = SilentManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._infos = dict(selection.others)
        self._admitted: dict[str, _Admitted] = {}
        self._requires: dict[str, tuple[str, ...]] = {}
        for name in sorted({*selection.picked, *selection.objects}):
            if name in selection.picked:
                candidate = selection.picked[name]
                imported = import_plugin(candidate)
                shipped = candidate.distribution
                info = PluginInfo(
                    name,
                    PluginState.ACTIVE,
                    distribution=shipped.name if shipped else "",
                    version=shipped.version if shipped else "",
                    target=candidate.target,
                    path=shipped.path if shipped else "",
                    import_s=imported.import_s,
                    modules=imported.modules,
                )
                if imported.error:
                    self._fail(info, f"importing it raised {imported.error}", detail=imported.detail)
                    continue
                self._admit(info, imported.namespace)
            else:
                self._admit(PluginInfo(name, PluginState.ACTIVE, target=CODE), selection.objects[name])
        self._drop_dependants()
        self._collect()
        self._drop_dependants()
        self._lay_under()
        self._mark_required()
        self.infos: tuple[PluginInfo, ...] = tuple(self._infos[name] for name in sorted(self._infos))
        offers = [offer for one in self._admitted.values() for offer in one.offered.offers]
        self.arrangements: Mapping[str, Arrangement] = arrange(offers, self._infos, self.configuration)
        self.warnings: tuple[str, ...] = (*selection.warnings, *self._find_command_clashes())

    @property
    def ports(self) -> tuple[PortInfo, ...]:
        """Who serves each port, and why."""
        return tuple(arrangement.info for arrangement in self.arrangements.values())

    @property
    def commands(self) -> tuple[Command, ...]:
        """Commands of active plugins, in order of name; of two with one name, the one whose plugin comes first."""
        found: dict[str, Command] = {}
        for name in sorted(self._admitted):
            for command in self._admitted[name].offered.commands:
                found.setdefault(command.name, command)
        return tuple(found[name] for name in sorted(found))

    @property
    def problems(self) -> tuple[str, ...]:
        """Why a run may not start; empty when it may."""
        drifted = self.drift.problems if self.drift else ()
        return (*drifted, *map(_say, self._broken()), *self._missing_requirements(), *self._port_problems())

    @property
    def remedies(self) -> tuple[str, ...]:
        """How to lock what is installed, or start without what is broken; what is required has no such line."""
        drifted = (self.drift.remedy,) if self.drift else ()
        return (*drifted, *self._remedies(self._broken()))

    def info(self, name: str) -> PluginInfo:
        """Get what is known of a plugin.

        Raises:
            LookupError: Nothing is known of it.
        """
        return self._infos[name]

    def active(self) -> tuple[PluginInfo, ...]:
        """List the plugins that take part, in order of name."""
        return tuple(info for info in self.infos if info.is_active)

    def offered(self, name: str) -> Offered:
        """Get all that an active plugin offers."""
        return self._admitted[name].offered

    def requirements_of(self, name: str) -> tuple[str, ...]:
        """List the plugins that a plugin requires; none for one that was not imported."""
        return self._requires.get(name, ())

    def build_settings(self, name: str) -> object:
        """Build the settings of an active plugin, or give None when it has none.

        Raises:
            ConfigError: Naming the plugin, and every key that is wrong with its source.
        """
        context = self._admitted[name].context
        return context.settings if context.has_settings else None

    def read_anew(self, read_own: Callable[[], Configuration] | None = None) -> Configuration:
        """Read all settings again, and change nothing here.

        Args:
            read_own: Reads what the host says; what it said before when None.

        Raises:
            ConfigError: What stands there now is wrong, or a plugin can't say its settings.
        """
        layers: list[Layer] = []
        for source in self.config_sources:
            try:
                layers.append(source.read())
            except ConfigError:
                raise
            except Exception as error:
                raise ConfigError(
                    f"plugin '{source.plugin}': reading its settings raised {describe(error)}"
                ) from error
        own = read_own() if read_own else self._own
        return own.under(tuple(reversed(layers)))

    def check_start(self, *, strict: bool = True) -> None:
        """Refuse a start in which something that was meant to take part does not.

        Args:
            strict: Whether any selected plugin that is not active counts, or only what is required.

        Raises:
            PluginError: With every problem, and the line that helps; what is not as the lock says comes first, and alone.
            ConfigError: ``[ports]`` is wrong, or leaves a choice open.
        """
        if self.drift is not None:
            raise self.drift.refuse()
        broken = self._broken() if strict else []
        missing = self._missing_requirements()
        if broken or missing:
            culprit = broken[0].name if len(broken) == 1 else ""
            raise PluginError(
                "; ".join([*map(_say, broken), *missing, *self._remedies(broken)]), plugin=culprit
            )
        if ports := self._port_problems():
            raise ConfigError("; ".join(ports), problems=ports)

    def _broken(self) -> list[PluginInfo]:
        """List what was meant to take part and does not; what is required, or drifted, has its own sentence."""
        broken = [info for info in self.infos if info.is_broken and not info.is_required]
        return [info for info in broken if info.state is not PluginState.DRIFTED]

    def _port_problems(self) -> list[str]:
        problems = find_unknown_ports(self.configuration)
        problems += [one.problem for one in self.arrangements.values() if one.problem]
        return [*problems, *self.warnings] if self.configuration.plugins.strict else problems

    def _remedies(self, broken: Sequence[PluginInfo]) -> list[str]:
        names = [info.name for info in broken if info.state is not PluginState.MISSING]
        absent = [info.name for info in broken if info.state is PluginState.MISSING]
        remedies: list[str] = []
        if names:
            file = self.configuration.file
            in_file = ", ".join(f'"{name}"' for name in [*self.configuration.disabled_by(file), *names])
            in_environment = ",".join([*self.configuration.disabled_by(ENVIRONMENT), *names])
            remedies.append(
                f"to start without {'it' if len(names) == 1 else 'them'}: [plugins] disable = [{in_file}] in {file}, "
                f"or {DISABLE_VARIABLE}={in_environment}"
            )
        if absent:
            remedies.append(f"install {' and '.join(absent)}, or take the name out")
        return remedies

    def _missing_requirements(self) -> list[str]:
        return [
            f"plugin '{name}' is required by {self.configuration.source('plugins', 'require', name)}, and is not active"
            f" ({info.state}): {info.reason}"
            for name in self.configuration.plugins.require
            if not (info := self._infos[name]).is_active
        ]

    def _find_command_clashes(self) -> list[str]:
        owners: dict[str, str] = {}
        clashes: list[str] = []
        for name in sorted(self._admitted):
            for command in self._admitted[name].offered.commands:
                owner = owners.setdefault(command.name, name)
                if owner != name:
                    clashes.append(
                        f"plugins '{owner}' and '{name}' both offer the command '{command.name}'; '{owner}' serves it"
                    )
        return clashes

    def _admit(self, info: PluginInfo, namespace: object) -> None:
        """Check a plugin whole, and register it only when nothing is wrong with it."""
        try:
            examined = examine(namespace)
            info = evolve(info, summary=str(examined.plugin.summary), deprecations=examined.deprecations)
            self._requires[info.name] = examined.plugin.requires
            if examined.incompatible:
                self._infos[info.name] = evolve(
                    info,
                    state=PluginState.INCOMPATIBLE,
                    reason=examined.incompatible,
                    problems=(examined.incompatible,),
                )
                return
            if examined.problems:
                self._fail(info, "; ".join(examined.problems), problems=examined.problems)
                return
            self._manager.register(namespace, info.name)
            for deprecation in info.deprecations:
                warn(info.name, deprecation)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - dir(), a descriptor and == are the plugin's code
            self._withdraw(info.name)
            self._fail(info, f"reading it raised {describe(error)}")
            return
        build = self._settings_builder(info.name, examined.plugin)
        context: PluginContext = PluginContext(info.name, info.distribution, info.version, build)
        self._admitted[info.name] = _Admitted(info, namespace, examined, context)
        self._infos[info.name] = info

    def _collect(self) -> None:
        for name, admitted in list(self._admitted.items()):
            try:
                admitted.offered = collect(admitted.examined.hooks, admitted.context)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - a hook is a plugin's code
                said = str(error) if isinstance(error, PluginError) else f"a hook raised {describe(error)}"
                self._drop(name, said)
                continue
            self._infos[name] = admitted.info = evolve(admitted.info, provides=admitted.offered.provides)

    def _drop_dependants(self) -> None:
        """Drop plugins whose requirements are not active, and then those that require these."""
        while True:
            lacking = {
                name: [need for need in one.examined.plugin.requires if need not in self._admitted]
                for name, one in self._admitted.items()
            }
            lacking = {name: needs for name, needs in lacking.items() if needs}
            if not lacking:
                return
            for name, needs in lacking.items():
                states = [f"'{need}', which is {self._state_of(need)}" for need in needs]
                self._drop(name, f"requires plugin {' and '.join(states)}")

    def _state_of(self, name: str) -> str:
        return str(self._infos[name].state) if name in self._infos else "not installed"

    def _lay_under(self) -> None:
        """Lay the settings that plugins bring under the host's own; a plugin that can't say its settings fails."""
        offers = [
            offer for one in self._admitted.values() for offer in one.offered.offers if offer.port == "config"
        ]
        if not offers:
            return
        arrangement = arrange(offers, self._infos, self.configuration)["config"]
        layers: list[Layer] = []
        for offer in arrangement.offers:
            try:
                source = PluginLayer.build(offer)
                layers.append(source.read())
                self.config_sources = (*self.config_sources, source)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - a provider is a plugin's code
                is_clear = isinstance(error, ExecutusError)
                self._drop(
                    offer.plugin, str(error) if is_clear else f"reading its settings raised {describe(error)}"
                )
        # a later provider is laid over an earlier one, so it is the stronger
        self.configuration = self.configuration.under(tuple(reversed(layers)))
        self._drop_dependants()

    def _settings_builder(self, name: str, plugin: Plugin) -> Callable[[], object] | None:
        declared = plugin.settings
        if declared is None:
            return None

        def build() -> object:
            from executus_core.config.settings import PluginSettings, build_settings  # noqa: PLC0415 - only plugins with settings pay for it

            settings = resolve_reference(declared) if isinstance(declared, str) else declared
            if not (isinstance(settings, type) and issubclass(settings, PluginSettings)):
                raise PluginError(
                    f"plugin '{name}': its settings are no subclass of PluginSettings", plugin=name
                )
            # asked for late, when the layers of config plugins are in
            return build_settings(settings, name, self.configuration)

        return build

    def _mark_required(self) -> None:
        for name in self.configuration.plugins.require:
            self._infos[name] = evolve(self._infos[name], is_required=True)

    def _drop(self, name: str, reason: str) -> None:
        admitted = self._admitted.pop(name)
        self._withdraw(name)
        self._fail(evolve(admitted.info, provides=()), reason)

    def _withdraw(self, name: str) -> None:
        """Leave nothing of a plugin half registered, which pluggy before 1.7 does."""
        namespace = self._manager.get_plugin(name)
        if namespace is not None:
            self._manager.unregister(namespace, name)

    def _fail(
        self, info: PluginInfo, reason: str, *, problems: tuple[str, ...] = (), detail: str = ""
    ) -> None:
        self._infos[info.name] = evolve(
            info, state=PluginState.FAILED, reason=reason, problems=problems or (reason,), detail=detail
        )
        logger.debug("plugin %s failed: %s", info.name, reason)


def _say(info: PluginInfo) -> str:
    return f"plugin '{info.name}' is not usable ({info.state}): {info.reason}"


def as_configuration(config: Configuration | Mapping[str, object] | None) -> Configuration:
    """Take a configuration as it is, or a mapping as the only layer of one."""
    if isinstance(config, Configuration):
        return config
    return Configuration((Layer.parse(config, source=CODE),)) if config else Configuration()


def name_objects(plugins: Mapping[str, object] | Iterable[object]) -> dict[str, object]:
    """Name unpackaged plugin objects: a module by its last part, anything else by its ``__name__`` or its class.

    Raises:
        ConfigError: Two have one name.
    """
    if isinstance(plugins, Mapping):
        return dict(cast("Mapping[str, object]", plugins))
    named: dict[str, object] = {}
    for plugin in plugins:
        name = str(getattr(plugin, "__name__", type(plugin).__name__)).rpartition(".")[2]
        if name in named:
            raise ConfigError(
                f"two plugin objects are named '{name}'; hand them in by name: {{'{name}': ...}}"
            )
        named[name] = plugin
    return named
