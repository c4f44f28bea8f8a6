"""What a plugin says of itself, what it offers, and what its factories are handed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic  # noqa: TID251 - a factory takes and gives what its port says

from attrs import define, field, frozen
from typing_extensions import TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from attrs import Attribute

SettingsT = TypeVar("SettingsT", default=Any)


def _check_summary(_: object, __: Attribute[str], summary: object) -> None:
    if not isinstance(summary, str):
        raise TypeError(f"Plugin: the summary is a {type(summary).__name__}; write one line of text")


def _check_api(_: object, __: Attribute[tuple[int, int]], version: object) -> None:
    match version:
        case (int(), int()):
            return
        case _:
            raise TypeError(f"Plugin: needs_api is {version!r}; write major and minor: needs_api=(1, 0)")


def _as_names(names: Iterable[str]) -> tuple[str, ...]:
    if isinstance(names, str):
        raise TypeError(
            f"Plugin: requires is the text '{names}'; write a tuple of names: requires=('{names}',)"
        )
    return tuple(names)


def _check_factory(_: object, __: object, factory: Callable[..., object] | str) -> None:
    if not callable(factory) and ":" not in str(factory):
        raise TypeError(f"Provider: the factory is {factory!r}; give a callable, or 'module:attribute'")


@frozen
class Plugin:
    """What a plugin says of itself: the attribute ``plugin`` of what its entry point names.

    Attributes:
        summary: One line for people.
        needs_api: Major and minor of the plugin API that it was written for.
        settings: Its settings, a subclass of ``PluginSettings`` or ``"module:attribute"``; None when it has none.
        requires: Names of plugins without which it can't work.
    """

    summary: str = field(validator=_check_summary)
    needs_api: tuple[int, int] = field(default=(1, 0), validator=_check_api)
    settings: type[object] | str | None = None
    requires: tuple[str, ...] = field(default=(), converter=_as_names)


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
    factory: Callable[..., object] | str = field(validator=_check_factory)
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
