"""What a function takes: its parameters as a model fills them, or why a model can't."""

from __future__ import annotations

import functools
import inspect
import types
import typing
from typing import TYPE_CHECKING, Annotated, Union, cast

from attrs import frozen

from executus_core.errors import ConfigError
from executus_core.record.tool import ToolContext
from executus_core.schema.fitness import find_unfitness
from executus_core.schema.parameter import SCALARS, Parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@frozen
class Signature:
    """What a tool function takes.

    Attributes:
        parameters: What the model fills, in order.
        context: Name of the parameter that takes the ``ToolContext``, or "".
    """

    parameters: tuple[Parameter, ...]
    context: str

    @property
    def is_flat(self) -> bool:
        """Whether every argument is a plain scalar."""
        kinds = [parameter.annotation for parameter in self.parameters]
        return all(isinstance(kind, type) and kind in SCALARS for kind in kinds)


def find_function(called: Callable[..., object]) -> Callable[..., object]:
    """Find the function, or method, that is run in the end: behind partials, and the ``__call__`` of an object.

    Raises:
        ConfigError: It is nothing that can be called as a tool, saying what to hand in instead.
    """
    function: object = called
    while isinstance(function, functools.partial):
        function = cast("object", function.func)
    if isinstance(function, staticmethod):
        function = cast("object", function.__func__)
    name = getattr(function, "__qualname__", repr(function))
    if isinstance(function, classmethod):
        raise ConfigError(
            f"{name} can't be a tool: it is a class method; make the tool of the bound one: tool(Class.method)"
        )
    if isinstance(function, type) or not callable(function):
        what = "a class" if isinstance(function, type) else "not callable"
        raise ConfigError(f"{name} can't be a tool: it is {what}; hand in a function or a method")
    if not _is_function(function):
        function = cast("object", getattr(function, "__call__"))  # noqa: B004, B009 - an object that is called as it is
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise ConfigError(f"{name} can't be a tool: it yields; return a list, or the whole text")
    return cast("Callable[..., object]", function)


def _is_function(thing: object) -> bool:
    """Tell a function or a method, also one that stands for another, from an object that is called."""
    return inspect.isroutine(thing) or hasattr(thing, "__wrapped__")


def read_signature(called: Callable[..., object]) -> Signature:
    """Read what a function takes; what a partial has bound by name is bound, and no model sees or changes it.

    Raises:
        ConfigError: When a model could not fill the parameters, saying which and why.
    """
    function = find_function(called)
    name = getattr(function, "__qualname__", repr(function))
    hints = _read_hints(function, name)
    problems: list[str] = []
    parameters: list[Parameter] = []
    context = ""
    for parameter in _unbound_parameters(called, name):
        annotation = hints.get(parameter.name, parameter.empty)
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            problems.append(f"parameter '{parameter.name}' can't be given by name; name each argument")
        elif _takes_context(annotation):
            if context:
                problems.append(
                    f"parameters '{context}' and '{parameter.name}' both take the ToolContext; keep one"
                )
            context = parameter.name
        elif annotation is parameter.empty:
            problems.append(_lacks_type(parameter, is_first=not parameters))
        elif reason := find_unfitness(annotation):
            problems.append(f"parameter '{parameter.name}': {reason}")
        else:
            required = parameter.default is parameter.empty
            default = None if required else parameter.default
            parameters.append(Parameter(parameter.name, annotation, required, default))
    if problems:
        raise ConfigError(f"{name} can't be a tool: {'; '.join(problems)}", problems=problems)
    return Signature(tuple(parameters), context)


def _read_hints(function: Callable[..., object], name: str) -> Mapping[str, object]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except (NameError, TypeError) as error:
        raise ConfigError(
            f"{name} can't be a tool: its annotations don't resolve ({error}); "
            "import the types at run time, not only for type checking"
        ) from error


def _unbound_parameters(called: Callable[..., object], name: str) -> list[inspect.Parameter]:
    """List what a call still takes."""
    bound: set[str] = set()
    layer: object = called
    while isinstance(layer, functools.partial):
        bound |= layer.keywords.keys()
        layer = cast("object", layer.func)
    try:
        parameters = inspect.signature(called).parameters.values()
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"{name} can't be a tool: its signature can't be read; wrap it in a typed function"
        ) from error
    return [parameter for parameter in parameters if parameter.name not in bound]


def _takes_context(annotation: object) -> bool:
    """Tell whether a parameter is for the executor to fill, also where it may be None."""
    if typing.get_origin(annotation) is Annotated:
        annotation = typing.get_args(annotation)[0]
    if typing.get_origin(annotation) in (Union, types.UnionType):
        return ToolContext in typing.get_args(annotation)
    return annotation is ToolContext


def _lacks_type(parameter: inspect.Parameter, *, is_first: bool) -> str:
    if is_first and parameter.name in ("self", "cls"):
        return (
            f"parameter '{parameter.name}' makes it a method that is not bound to anything; "
            "make the tool of the bound one: tool(thing.method)"
        )
    return f"parameter '{parameter.name}' has no type; annotate it"
