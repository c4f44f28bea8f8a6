"""Calls what plugins name or hand over: references to import, and factories."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING

from executus_core.errors import PluginError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from executus_core.record.plugin import PluginContext

_FORM = "module:attribute"


def resolve_reference(reference: str) -> object:
    """Import what ``"module:attribute"`` names.

    Raises:
        PluginError: It is not of that form, or the module has no such attribute.
    """
    module_name, _, attributes = reference.partition(":")
    if not module_name or not attributes:
        raise PluginError(f"'{reference}' names nothing to import; write '{_FORM}'")
    found: object = import_module(module_name)
    for attribute in attributes.split("."):
        if not hasattr(found, attribute):
            near = did_you_mean(attribute, [name for name in dir(found) if not name.startswith("_")])
            raise PluginError(f"'{reference}': there is no '{attribute}' in it.{near}")
        found = getattr(found, attribute)
    return found


def call_factory(factory: Callable[..., object] | str, context: PluginContext) -> object:
    """Call a factory with those of ``context`` and ``settings`` that it declares by name.

    Raises:
        PluginError: It names nothing, can't be called, or needs other arguments.
    """
    made_by = resolve_reference(factory) if isinstance(factory, str) else factory
    if not callable(made_by):
        raise PluginError(f"its factory is a {type(made_by).__name__} and can't be called")
    try:
        parameters = inspect.signature(made_by).parameters
    except (TypeError, ValueError):  # a built-in type without a signature
        return made_by()
    arguments: dict[str, object] = {}
    for name, parameter in parameters.items():
        if name == "context":
            arguments[name] = context
        elif name == "settings" and (context.has_settings or parameter.default is parameter.empty):
            arguments[name] = context.settings
        elif parameter.default is parameter.empty and parameter.kind not in (
            parameter.VAR_POSITIONAL,
            parameter.VAR_KEYWORD,
        ):
            raise PluginError(
                f"its factory needs '{name}'; a factory is given 'context' and 'settings', and no more"
            )
    return made_by(**arguments)
