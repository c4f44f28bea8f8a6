"""The executor that finds its parts: installed plugins, ``executus.toml`` and the environment."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Final, Self

from attrs import evolve
from typing_extensions import override

from executus_core.compact.choose import build_compactor
from executus_core.config.load import CODE, Configuration, Layer, load_configuration
from executus_core.errors import ConfigError, ExecutusError, PluginError
from executus_core.model.checks import know_sources
from executus_core.model.resolve import quick_find, resolve_model
from executus_core.model.router import ModelRouter
from executus_core.model.settings import read_routing
from executus_core.plugin.asking import find_models
from executus_core.plugin.compose import compose, leave_out, must_serve, without
from executus_core.plugin.host import PluginHost
from executus_core.plugin.info import PluginState
from executus_core.plugin.loading import describe
from executus_core.plugin.watching import Watch
from executus_core.run.executor import Executor as ExplicitExecutor
from executus_core.tool.registry import ToolRegistry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    from executus_core.llm.exchange import Model
    from executus_core.model.router import CandidateInfo
    from executus_core.model.routing import Routing
    from executus_core.plugin.compose import Built, Composition
    from executus_core.plugin.info import PluginInfo
    from executus_core.ports.model_source import ModelSource
    from executus_core.ports.ports import Ports
    from executus_core.record.finding import ModelFinding
    from executus_core.record.run import Note

CLOSE_TIMEOUT_S: Final = 60.0
"""Seconds that one provider may take to close: long enough to write down what it holds, and not for ever."""
UNOPENED: Final = (
    "the providers are not open yet; run inside of 'async with Executor.discover() as executor:'"
)
logger: Final = logging.getLogger("executus.plugin")


class Executor(ExplicitExecutor):
    """Runs agents. Made from explicit parts, or by ``discover``."""

    _plugin_host: PluginHost | None = None
    _composition: Composition | None = None
    _left_out: tuple[Note, ...] = ()
    _opened: tuple[Built, ...] = ()
    _read_own: Callable[[], Configuration] | None = None
    _watch: Watch | None = None

    @classmethod
    def discover(
        cls,
        *,
        enable: Iterable[str] | None = None,
        disable: Iterable[str] = (),
        settings: Mapping[str, object] | None = None,
        config: str | Path | None = None,
        plugins: Mapping[str, object] | Iterable[object] = (),
        strict: bool = True,
    ) -> Self:
        """Compose an executor of installed plugins, ``executus.toml`` and the environment.

        Use it in an ``async with`` block, which opens and closes the providers.

        Args:
            enable: The only installed plugins to use, by name; what the configuration says when None.
            disable: Plugins to leave out; they are not imported.
            settings: Tables as in ``executus.toml``, laid over everything else.
            config: A TOML file; else ``executus.toml``, or ``[tool.executus]`` of a ``pyproject.toml``, of the nearest
                folder from here upwards.
            plugins: Unpackaged plugin objects, by name or to be named by themselves.
            strict: Whether to refuse the start while a selected plugin is not active: nobody knows what it would have
                provided, and it could be the budget. What is required is required either way.

        Raises:
            PluginError: A plugin, or a provider, that must take part does not; with the line that helps.
            ConfigError: A setting is wrong, with its source; or ``[ports]`` leaves a choice open.
        """
        chosen: dict[str, object] = {"disable": _as_names(disable, "disable")}
        if enable is not None:
            chosen |= {"autoload": False, "enable": _as_names(enable, "enable")}
        code = Layer.parse({"plugins": chosen}, source=CODE)

        def read_own(path: str | Path | None = config) -> Configuration:
            configuration = load_configuration(path, settings=settings)
            return evolve(configuration, layers=(code, *configuration.layers))

        host = PluginHost(read_own(), plugins=plugins)
        host.check_start(strict=strict)
        executor = cls.from_host(host, strict=strict)
        executor._read_own = partial(read_own, host.configuration.path or config)  # noqa: SLF001 - it is one of its own kind
        return executor

    @classmethod
    def from_host(cls, host: PluginHost, *, strict: bool = True) -> Self:
        """Compose an executor of a host's plugins, without asking whether it may start.

        Raises:
            PluginError: A provider that must take part can't be built.
            ConfigError: A setting is wrong, with its source.
        """
        composition = compose(host, strict=strict)
        configuration = host.configuration
        executor = cls(
            models=ModelRouter(
                composition.models,
                read_routing(configuration, know_sources(composition.models)),
                clock=composition.ports.clock,
                failed=[info.name for info in host.infos if info.state is PluginState.FAILED],
            ),
            registry=ToolRegistry(
                composition.tools, allow=configuration.allowed_tools, deny=configuration.denied_tools
            ),
            ports=composition.ports,
            defaults=configuration.defaults(),
            compactor=composition.ports.compactor or build_compactor(configuration.compaction),
        )
        executor._plugin_host = host
        executor._composition = composition
        executor._left_out = composition.left_out
        if any(hasattr(type(one.provider), "__aenter__") for one in composition.built):
            executor._host.refusal = UNOPENED
        for warning in executor.warnings:
            logger.warning("%s", warning)
        return executor

    @property
    def plugins(self) -> tuple[PluginInfo, ...]:
        """Every plugin that is known here, in order of name; none for an executor of explicit parts."""
        return self._plugin_host.infos if self._plugin_host else ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What looks like a mistake in the settings and stops no run; it is in the log, too."""
        found = self._composition.warnings if self._composition else ()
        return (*self._plugin_host.warnings, *found) if self._plugin_host else ()

    @property
    def configuration(self) -> Configuration:
        """What the host says, with the layers that plugins brought; empty for an executor of explicit parts."""
        return self._plugin_host.configuration if self._plugin_host else Configuration()

    @property
    def model_sources(self) -> tuple[ModelSource, ...]:
        """Who knows models, in order."""
        models = self._host.models
        return models.sources if isinstance(models, ModelRouter) else (models,)

    @property
    def routing(self) -> Routing:
        """What is said of models: tiers, aliases, endpoints and prices."""
        return self._router.routing

    @property
    def left_out(self) -> tuple[Note, ...]:
        """Providers that were left out since they could not be built or opened."""
        return self._left_out

    async def find_models(self, base_url: str = "") -> tuple[ModelFinding, ...]:
        """Ask the model sources what could be used here and now; for people and their tools, no run asks.

        Args:
            base_url: Look at this server, wherever it is, and nowhere else.

        Returns:
            What each source found, in the order of the sources; of one that fails, that it did.
        """
        return await find_models(self.ports, self.model_sources, base_url)

    async def resolve_model(self, spec: str) -> Model:
        """Find the model of a tier or spec, as a run would.

        Raises:
            ModelResolutionError: Naming the tier, what it stands for, and what was tried.
        """
        return await resolve_model(self._host.models, spec)

    async def describe_models(self, spec: str) -> tuple[CandidateInfo, ...]:
        """Say what a tier or spec comes to, candidate by candidate, also where one of them can't serve.

        Raises:
            ModelResolutionError: Its chain goes round in a circle, or is empty.
        """
        return await self._router.describe(spec)

    def add_models(self, source: ModelSource) -> None:
        """Have one more model source asked, after those of the plugins, by the runs that begin from now on."""
        self._use_router(self._router.including(source))

    async def reload_models(self) -> None:
        """Read all settings anew, and serve the runs that begin from now on by what they say of models.

        Those are the tables ``[models]``, ``[model_aliases]``, ``[endpoints]``, ``[prices]`` and ``[failover]``, with their
        variables and tokens; all else holds as it was read at the start. Runs that go on keep their models.

        Raises:
            ConfigError: Something is wrong with the settings; with every problem, and what held goes on to hold.
        """
        if self._plugin_host is None:
            raise ConfigError(
                "an executor of explicit parts read no settings; hand a ModelRouter to a new one"
            )
        configuration = self._plugin_host.read_anew(self._read_own)
        routing = read_routing(configuration, know_sources(self._router.sources))
        self._use_router(self._router.rerouted(routing))

    def use_ports(self, ports: Ports) -> None:
        """Use other ports in the runs that begin from now on; a host lays its own over those of the plugins in this way.

        What it puts there is for it to open and to close.
        """
        self._host.use_ports(ports)

    @override
    async def __aenter__(self) -> Self:
        """Open the providers, in the order of their ports.

        Raises:
            PluginError: A provider that must take part can't be opened; those that were open are closed again.
        """
        await super().__aenter__()
        try:
            for one in self._composition.built if self._composition else ():
                await self._open_provider(one)
        except BaseException:
            await self._close_providers()
            raise
        if self._host.refusal == UNOPENED:
            self._host.refusal = ""
        if self._plugin_host and self._watch is None:
            self._watch = Watch(
                self._plugin_host.config_sources, self.reload_models, self._record_config_fault
            )
        return self

    @override
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop and settle the runs that still go on, and then close the providers, the last opened first."""
        watch, self._watch = self._watch, None
        try:
            if watch is not None:
                await watch.end(self.defaults.cancel_grace_s)
            await super().__aexit__(kind, error, traceback)
        finally:
            await self._close_providers()

    @property
    def _router(self) -> ModelRouter:
        models = self._host.models
        return models if isinstance(models, ModelRouter) else ModelRouter(models)

    def _use_router(self, router: ModelRouter) -> None:
        """Serve the runs that begin from now on by another router, all at once."""
        self._host.models = router
        self._host.find_model = quick_find(router)

    def _record_config_fault(self, plugin: str) -> None:
        self._host.faults["config", plugin] += 1

    async def _open_provider(self, one: Built) -> None:
        if any(one.provider is other.provider for other in self._opened):
            return
        enter = getattr(type(one.provider), "__aenter__", None)
        try:
            if enter is not None:
                await enter(one.provider)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) or _is_our_cancellation(error):
                raise
            self._give_up(one, error)
            return
        self._opened = (*self._opened, one)

    def _give_up(self, one: Built, error: BaseException) -> None:
        host, offer = self._plugin_host, one.offer
        if host is None or must_serve(host, offer):
            raise PluginError(
                f"plugin '{offer.plugin}': provider '{offer.provider.name}' of port '{offer.port}' can't be opened: "
                f"{str(error) if isinstance(error, ExecutusError) else describe(error)}",
                plugin=offer.plugin,
            ) from error
        self._left_out = (*self._left_out, leave_out(offer, error))
        self._host.ports = without(self._host.ports, one)
        if offer.port == "model":
            self._use_router(self._router.without(one.provider))

    async def _close_providers(self) -> None:
        opened, self._opened = self._opened, ()
        for one in reversed(opened):
            try:
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await _close(one.provider)
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt) or _is_our_cancellation(error):
                    raise
                logger.error(  # noqa: TRY400 - one line of a foreign error is enough
                    "plugin %s: '%s' did not close: %s",
                    one.offer.plugin,
                    one.offer.provider.name,
                    describe(error),
                )


async def _close(provider: object) -> None:
    leave: Callable[..., Awaitable[object]] | None = getattr(type(provider), "__aexit__", None)
    close: Callable[[], Awaitable[object]] | None = getattr(provider, "aclose", None)
    if leave is not None:
        await leave(provider, None, None, None)
    elif close is not None:
        await close()


def _is_our_cancellation(error: BaseException) -> bool:
    """Tell a cancellation of this task from a ``CancelledError`` that a provider raised by itself."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


def _as_names(names: Iterable[str], argument: str) -> list[str]:
    if isinstance(names, str):
        raise TypeError(f"{argument} is the text '{names}'; give a list of names: {argument}=['{names}']")
    return list(names)
