"""What is wrong with a plugin: every problem at once, before anything of it is registered."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Final

from attrs import frozen

from executus_core import hookspecs
from executus_core.errors import did_you_mean
from executus_core.plugin.deprecation import find_deprecations
from executus_core.plugin.portspec import OBSERVATION_HOOKS
from executus_core.record.plugin import Plugin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from executus_core.plugin.info import Deprecation

_IMPL: Final = f"{hookspecs.PROJECT}_impl"
_SPEC: Final = f"{hookspecs.PROJECT}_spec"
_PREFIX: Final = f"{hookspecs.PROJECT}_"

HOOKS: Final = {
    name: tuple(inspect.signature(spec).parameters)
    for name, spec in vars(hookspecs).items()
    if hasattr(spec, _SPEC)
}
"""The arguments of every hook by its name."""


@frozen
class Hook:
    """One implementation of a hook.

    Attributes:
        name: The hook.
        function: The plugin's function.
        arguments: Those of the hook's arguments that it wants.
    """

    name: str
    function: Callable[..., object]
    arguments: tuple[str, ...]

    def call(self, **offered: object) -> object:
        """Call it with those of the arguments that it wants."""
        return self.function(**{name: offered[name] for name in self.arguments})


@frozen
class Examined:
    """What a look at a plugin's namespace found.

    Attributes:
        plugin: What it says of itself.
        hooks: What it implements.
        problems: Everything that is wrong, one sentence each.
        incompatible: Why it can't work with this API version, or None.
        deprecations: What it implements although it will go.
    """

    plugin: Plugin
    hooks: tuple[Hook, ...]
    problems: tuple[str, ...]
    incompatible: str | None = None
    deprecations: tuple[Deprecation, ...] = ()


def examine(namespace: object) -> Examined:
    """Look at the module or object that holds a plugin's hooks."""
    plugin, problems = _read_plugin(namespace)
    major, minor = plugin.needs_api
    known_major, known_minor = hookspecs.API_VERSION
    incompatible = None
    if major != known_major or minor > known_minor:
        incompatible = f"needs plugin API {major}.{minor}, and this executus has {known_major}.{known_minor}"
    hooks: list[Hook] = []
    deprecations: list[Deprecation] = []
    # where more than one attribute is the same function, it is one hook
    seen: set[int] = set()
    claims = False
    for name, function in _functions(namespace):
        options: Mapping[str, object] | None = getattr(function, _IMPL, None)
        if options is not None:
            claims = True
            hook_name = str(options.get("specname") or name)
            found = _find_problems(hook_name, function, options)
            problems += found
            if not found and id(function) not in seen:
                seen.add(id(function))
                wanted, _ = _arguments(function)
                hooks.append(Hook(hook_name, function, wanted))
                deprecations += find_deprecations(hook_name, function, wanted)
        elif name.startswith(_PREFIX) and not hasattr(function, _SPEC) and callable(function):
            claims = True
            problems.append(f"'{name}' is not decorated: put @hookimpl above it, or give it another name")
    if not claims:
        problems.append("has no hooks: decorate a function that is named as a hook with @hookimpl")
    return Examined(plugin, tuple(hooks), tuple(problems), incompatible, tuple(deprecations))


def _read_plugin(namespace: object) -> tuple[Plugin, list[str]]:
    plugin = getattr(namespace, "plugin", None)
    if plugin is None:
        return Plugin(summary=""), []
    if not isinstance(plugin, Plugin):
        kind = type(plugin).__name__
        return Plugin(summary=""), [
            f"its attribute 'plugin' is a {kind}; write: plugin = Plugin(summary=...)"
        ]
    return plugin, []


def _functions(namespace: object) -> Iterator[tuple[str, Callable[..., object]]]:
    for name in sorted(set(dir(namespace))):
        # static: a property must not run, and a module's __getattr__ must not be asked
        static = inspect.getattr_static(namespace, name, None)
        if inspect.isroutine(static):
            function = getattr(namespace, name)
            if callable(function):
                yield name, function


def _find_problems(name: str, function: Callable[..., object], options: Mapping[str, object]) -> list[str]:
    if name not in HOOKS:
        return [f"there is no hook '{name}'.{did_you_mean(name, HOOKS)}"]
    problems: list[str] = []
    wanted, unreadable = _arguments(function)
    if unreadable:
        problems.append(unreadable)
    known = HOOKS[name]
    unknown = [argument for argument in wanted if argument not in known]
    if unknown:
        signature = f"{name}({', '.join(known)})"
        problems.append(f"'{name}' wants {_quoted(unknown)}, which is not an argument of {signature}")
    is_async = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
    if is_async and name not in OBSERVATION_HOOKS:
        problems.append(
            f"'{name}' is async: a registration hook is plain; open connections in the provider's __aenter__"
        )
    if inspect.isasyncgenfunction(function) and name in OBSERVATION_HOOKS:
        problems.append(f"'{name}' is an async generator: an observation hook returns nothing")
    used = [option for option in ("wrapper", "hookwrapper") if options.get(option)]
    if used:
        problems.append(f"'{name}' is a {used[0]}: hooks don't wrap one another")
    ordered = [option for option in ("tryfirst", "trylast") if options.get(option)]
    if ordered:
        problems.append(f"'{name}' asks for {ordered[0]}: the order is the host's, in [ports]")
    return problems


def _arguments(function: Callable[..., object]) -> tuple[tuple[str, ...], str]:
    """Give the names of the arguments that a function needs, and what is wrong when they can't be given by name."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return (), "its signature can't be read"
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    wanted = tuple(one.name for one in parameters if one.kind in named and one.default is one.empty)
    if any(one.kind is one.POSITIONAL_ONLY and one.default is one.empty for one in parameters):
        return wanted, "takes positional-only arguments; hooks are called by name"
    return wanted, ""


def _quoted(names: list[str]) -> str:
    return " and ".join(f"'{name}'" for name in names)
