"""What an answer must be, where it is more than text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, cast, overload  # noqa: TID251 - a value of any type

from attrs import frozen
from typing_extensions import TypeVar

from executus_core.errors import ConfigError, did_you_mean
from executus_core.schema.build import build_value_schema

if TYPE_CHECKING:
    import builtins
    from collections.abc import Awaitable, Callable, Iterable

T = TypeVar("T", default=Any)

AskFor: TypeAlias = Literal["auto", "native", "tool", "prompted"]
"""How to bring a model to answer with a value; "auto" is the way that suits it best."""

_MODES = ("auto", "native", "tool", "prompted")


Validator: TypeAlias = "Callable[[T], T | Awaitable[T | None] | None]"
"""Gives the value to go on with, or None to leave it; raises ``ValueError`` or ``ToolError`` to reject it."""


@frozen(eq=False, init=False)
class Output(Generic[T]):
    """What an agent's answer must be, and what is done until it is.

    Attributes:
        type: A type, a type form such as ``int | str`` or ``list[Invoice]``, or a JSON schema.
        mode: How to ask: in the provider's own mode ("native"), by a tool that the model calls ("tool"), in words
            ("prompted"), or the way that suits the model best ("auto").
        retries: How many wrong answers are sent back to the model, each with what is wrong.
        validators: Called in order with the value, each giving the value to go on with, or None to leave it. One that raises
            ``ValueError`` or ``ToolError`` rejects the answer, and its message goes to the model.
    """

    type: object
    mode: AskFor
    retries: int
    validators: tuple[Validator[T], ...]

    @overload
    def __init__(
        self,
        type: builtins.type[T],
        mode: AskFor = "auto",
        retries: int = 2,
        validators: Iterable[Validator[T]] = (),
    ) -> None: ...

    @overload
    def __init__(
        self,
        type: object,
        mode: AskFor = "auto",
        retries: int = 2,
        validators: Iterable[Validator[T]] = (),
    ) -> None: ...

    def __init__(
        self,
        type: object,  # noqa: A002 - the word for it
        mode: AskFor = "auto",
        retries: int = 2,
        validators: Iterable[Validator[T]] = (),
    ) -> None:
        """Check it all.

        Raises:
            ConfigError: No model can write such a value as JSON, or an option is none.
        """
        build_value_schema(type)
        if mode not in _MODES:
            raise ConfigError(f"the output's mode is '{mode}'.{did_you_mean(mode, _MODES)}")
        given: object = retries
        if not isinstance(given, int) or isinstance(given, bool) or given < 0:
            raise ConfigError(f"the output's retries are {given!r:.100}; give a number from 0")
        checks = tuple(validators)
        for check in checks:
            if not callable(check):
                raise ConfigError(f"{check!r:.100} can't validate an output; give a function of the value")
        self.__attrs_init__(type, mode, retries, checks)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # attrs makes it


def as_output(given: object) -> Output[object]:
    """Give what an agent's ``output_type`` says as an ``Output``.

    Raises:
        ConfigError: No model can write such a value as JSON, saying why.
    """
    return cast("Output[object]", given) if isinstance(given, Output) else Output(given)


def name_of_type(given: object) -> str:
    """Name what an agent's ``output_type`` says, for messages."""
    return build_value_schema(as_output(given).type).name
