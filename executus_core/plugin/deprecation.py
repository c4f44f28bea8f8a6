"""Tells authors which of the hooks and arguments that they implement will go, where they do, and what to use instead.

A hook is deprecated where it is specified, in ``executus_core.hookspecs``, by pluggy's own marks ``warn_on_impl`` and
``warn_on_impl_args``. pluggy would warn without saying which plugin it was, and keep nothing for listings.
"""

from __future__ import annotations

import inspect
import warnings
from typing import TYPE_CHECKING, Final

from pluggy import PluginManager
from typing_extensions import override

from executus_core import hookspecs
from executus_core.errors import ExecutusDeprecationWarning
from executus_core.plugin.info import Deprecation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import ModuleType

    from pluggy import HookspecOpts

_SPEC: Final = f"{hookspecs.PROJECT}_spec"


class SilentManager(PluginManager):
    """A plugin manager that leaves the warnings about deprecated hooks to us."""

    @override
    def parse_hookspec_opts(self, module_or_class: ModuleType | type, name: str) -> HookspecOpts | None:
        """Read the marks of a specification, but for those that warn."""
        options = super().parse_hookspec_opts(module_or_class, name)
        if options is not None:
            options = options.copy()
            options["warn_on_impl"] = options["warn_on_impl_args"] = None
        return options


def find_deprecations(
    hook: str, function: Callable[..., object], arguments: Iterable[str]
) -> list[Deprecation]:
    """Find what is deprecated of one implementation of a hook.

    Args:
        hook: The hook's name; there is such a hook.
        function: The plugin's function.
        arguments: The hook's arguments that it wants.
    """
    options: HookspecOpts = getattr(getattr(hookspecs, hook), _SPEC)
    of_arguments: Mapping[str, Warning] = options.get("warn_on_impl_args") or {}
    marks = [("", options.get("warn_on_impl")), *((name, of_arguments.get(name)) for name in arguments)]
    file, line = _place(function)
    return [Deprecation(hook, name, str(mark), file, line) for name, mark in marks if mark is not None]


def warn(plugin: str, deprecation: Deprecation) -> None:
    """Warn a plugin's author, at the line of his implementation."""
    warnings.warn_explicit(
        f"plugin '{plugin}': {deprecation}", ExecutusDeprecationWarning, deprecation.file, deprecation.line
    )


def _place(function: Callable[..., object]) -> tuple[str, int]:
    """Say in which file and line a function begins; its decorators belong to it."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return (code.co_filename, code.co_firstlineno) if code else (str(function.__module__), 1)
