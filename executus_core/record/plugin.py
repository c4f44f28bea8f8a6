"""What a plugin says of itself, what it offers, and what its factories are handed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

from attrs import define, field, frozen
from typing_extensions import TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

SettingsT = TypeVar("SettingsT", default=Any)


@frozen
class Plugin:
    """What a plugin says of itself: the attribute ``plugin`` of what its entry point names.

    Attributes:
        summary: One line for people.
        needs_api: Major and minor of the plugin API that it was written for.
        settings: Its settings, a subclass of ``PluginSettings`` or ``"module:attribute"``; None when it has none.
        requires: Names of plugins without which it can't work.
    """

    summary: str
    needs_api: tuple[int, int] = (1, 0)
    settings: type[object] | str | None = None
    requires: tuple[str, ...] = field(default=(), converter=tuple)


@frozen
class Provider:
    """What a registration hook yields: how to build one provider of its port.

    Attributes:
        name: Names it within its plugin, for listings and for ``[ports]``.
        factory: Called when the port is built, with those of the arguments ``context`` and ``settings`` that it declares
            by name. As ``"module:attribute"`` it is not imported before that.
        summary: One line for people.
    """

    name: str
    factory: Callable[..., object] | str
    summary: str = ""


@define(eq=False)
class PluginContext(Generic[SettingsT]):
    """What a host tells a plugin's hooks and factories. Annotate it as ``PluginContext[Settings]`` to have settings typed.

    Attributes:
        plugin: The name under which the plugin is installed.
        distribution: The distribution that ships it; "" for an unpackaged plugin.
        version: That distribution's version, or "".
    """

    plugin: str
    distribution: str = ""
    version: str = ""
    _build_settings: Callable[[], SettingsT] | None = field(default=None, repr=False)
    _settings: SettingsT | None = field(default=None, init=False, repr=False)

    @property
    def has_settings(self) -> bool:
        """Whether the plugin declares settings."""
        return self._build_settings is not None

    @property
    def settings(self) -> SettingsT:
        """The plugin's own settings, validated when first asked for.

        Raises:
            ConfigError: Naming the plugin, and every key that is wrong with its source.
            LookupError: The plugin declares no settings.
        """
        if self._settings is None:
            if self._build_settings is None:
                raise LookupError(
                    f"plugin '{self.plugin}' has no settings; declare them: Plugin(..., settings=...)"
                )
            self._settings = self._build_settings()
        return self._settings
