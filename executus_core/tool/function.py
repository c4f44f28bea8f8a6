"""``@tool``: tools from typed functions."""

from __future__ import annotations

import inspect
from functools import partial
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar, overload

from attrs import define, field

from executus_core.errors import ConfigError, did_you_mean
from executus_core.record.tool import TOOL_NAME, VISIBILITY_ORDER, Effect, Tool, ToolContext, Visibility
from executus_core.schema.docs import read_docstring
from executus_core.schema.strict_json import check_strict
from executus_core.tool.arguments import explain_arguments
from executus_core.tool.signature import Signature, find_function, read_signature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from executus_core.llm.json import JsonObject
    from executus_core.record.tool import ApprovalRule, Reconcile
    from executus_core.schema.arguments import ArgumentSchema

P = ParamSpec("P")
R = TypeVar("R")

_EFFECTS = ("pure", "idempotent", "at_most_once")


@define(eq=False)
class FunctionHandler:
    """Validates a model's arguments against a function's signature, and calls the function."""

    name: str
    function: Callable[..., object]
    signature: Signature
    descriptions: Mapping[str, str]
    is_async: bool
    takes_context: bool = field(init=False)
    _parameters: JsonObject | None = field(default=None, init=False)
    _validate_json: Callable[[str], dict[str, object]] = field(init=False)
    _is_flat: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        """Look once at what each call would ask."""
        self.takes_context = bool(self.signature.context)
        self._is_flat = self.signature.is_flat
        self._validate_json = self._build_and_validate

    @property
    def parameters(self) -> JsonObject:
        """JSON schema of the arguments, made at first use."""
        if self._parameters is None:
            self._parameters = self._build().build_json()
        return self._parameters

    def validate(self, arguments: str) -> Mapping[str, object]:
        """Parse and validate, strictly: no coercion between types, no unknown, duplicate or non-finite values."""
        try:
            values = self._validate_json(arguments)
            # A flat object without duplicates has as many colons as keys, unless a text holds one: then look closer.
            if arguments.count(":") != len(values) or not self._is_flat:
                check_strict(arguments)
        except (ValueError, RecursionError) as error:
            if isinstance(error, RecursionError):
                error = ValueError("nested too deeply")
            raise explain_arguments(error, [known.name for known in self.signature.parameters]) from error
        return values

    def call(self, arguments: Mapping[str, object], context: ToolContext | None) -> object:
        """Call the function; an awaitable when it is async."""
        if context is not None:
            return self.function(**arguments, **{self.signature.context: context})
        return self.function(**arguments)

    def _build(self) -> ArgumentSchema:
        from executus_core.schema.arguments import ArgumentSchema  # noqa: PLC0415 - only a tool that is used pays for pydantic

        return ArgumentSchema.build(self.name, self.signature.parameters, self.descriptions)

    def _build_and_validate(self, arguments: str) -> dict[str, object]:
        """Validate for the first time: from then on the validator itself is called, without a Python frame."""
        validator = self._build().build_validator()
        validate_json: Callable[[str], dict[str, object]] = validator.validate_json
        if not self._is_flat:
            # A model or dataclass inside has its own, lax ways unless it is told at each call.
            validate_json = partial(validator.validate_json, strict=True)
        self._validate_json = validate_json
        return validate_json(arguments)


@define(eq=False)
class FunctionTool(Tool, Generic[P, R]):
    """A tool that is still the function it was made from: calling it calls the function, unvalidated."""

    function: Callable[P, R] = field(kw_only=True, repr=False)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function itself."""
        return self.function(*args, **kwargs)


@overload
def tool(function: Callable[P, R], /) -> FunctionTool[P, R]: ...


@overload
def tool(
    *,
    name: str = "",
    description: str = "",
    visibility: Visibility = "private",
    scopes: Iterable[str] = (),
    effect: Effect = "at_most_once",
    timeout_s: float | None = None,
    sequential: bool = False,
    needs_approval: ApprovalRule = False,
    reconcile: Reconcile | None = None,
) -> Callable[[Callable[P, R]], FunctionTool[P, R]]: ...


def tool(
    function: Callable[P, R] | None = None,
    /,
    *,
    name: str = "",
    description: str = "",
    visibility: Visibility = "private",
    scopes: Iterable[str] = (),
    effect: Effect = "at_most_once",
    timeout_s: float | None = None,
    sequential: bool = False,
    needs_approval: ApprovalRule = False,
    reconcile: Reconcile | None = None,
) -> FunctionTool[P, R] | Callable[[Callable[P, R]], FunctionTool[P, R]]:
    """Make a tool of a typed function, sync or async.

    The schema comes from the annotations, the descriptions from the docstring. A parameter annotated ``ToolContext`` is
    filled by the executor and hidden from the model. A synchronous function runs on a worker thread.

    Args:
        function: The function, when used without parentheses.
        name: What models call it; the function's name by default.
        description: What it does; the docstring by default.
        visibility: The furthest surface that it is safe on.
        scopes: What a caller must hold to use it.
        effect: What may happen to it on a resume.
        timeout_s: Seconds that one call may take.
        sequential: Whether it must run alone within a step.
        needs_approval: Whether a person must allow each call, or a predicate over the validated arguments, which may give a
            text in place of true: the reason, for the person.
        reconcile: Finds out what became of a call whose outcome is unknown.

    Raises:
        ConfigError: At decoration, when the function can't be made a tool, saying why.
    """

    def decorate(function: Callable[P, R]) -> FunctionTool[P, R]:
        inner = find_function(function)
        tool_name = name or getattr(inner, "__name__", "")
        _check_options(tool_name, visibility, effect, timeout_s)
        docs = read_docstring(inspect.getdoc(inner) or "")
        signature = read_signature(function)
        is_async = inspect.iscoroutinefunction(inner)
        handler = FunctionHandler(tool_name, function, signature, docs.parameters, is_async)
        return FunctionTool(
            name=tool_name,
            description=description or docs.description,
            handler=handler,
            visibility=visibility,
            scopes=frozenset(scopes),
            effect=effect,
            timeout_s=timeout_s,
            sequential=sequential,
            needs_approval=needs_approval,
            reconcile=reconcile,
            function=function,
        )

    return decorate if function is None else decorate(function)


def _check_options(name: str, visibility: str, effect: str, timeout_s: float | None) -> None:
    problems: list[str] = []
    if not TOOL_NAME.fullmatch(name):
        problems.append(
            f"the name '{name}' is not 1 to 64 of letters, digits, '_' and '-'; give one with name="
        )
    if visibility not in VISIBILITY_ORDER:
        problems.append(f"visibility is '{visibility}'.{did_you_mean(visibility, VISIBILITY_ORDER)}")
    if effect not in _EFFECTS:
        problems.append(f"effect is '{effect}'.{did_you_mean(effect, _EFFECTS)}")
    if timeout_s is not None and not timeout_s > 0:
        problems.append(f"timeout_s is {timeout_s}; it must be greater than 0")
    if problems:
        raise ConfigError(f"tool '{name}': {'; '.join(problems)}", problems=problems)
