"""How every dialect checks a request's shape, so that each only has to word what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from attrs import frozen
from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from executus_core.llm.json import JsonObject
    from executus_core.testing.wire.dialect import RefusedError

__all__ = ["Asked", "Problem", "parse"]

AskedT = TypeVar("AskedT", bound=BaseModel)


class Asked(BaseModel):
    """A part of a request; a number is no string, and a field that nobody knows is nobody's business."""

    model_config: ClassVar[ConfigDict] = ConfigDict(strict=True, extra="ignore")


@frozen
class Problem:
    """What is wrong with the shape of a request.

    Attributes:
        path: Where: names and positions.
        says: What, in pydantic's words, which are also Anthropic's.
        is_missing: Whether it is just not there.
    """

    path: tuple[int | str, ...]
    says: str
    is_missing: bool


def parse(
    kind: type[AskedT],
    body: JsonObject,
    word: Callable[[Problem], RefusedError],
    branches: Collection[str] = (),
) -> AskedT:
    """Read a body as what it must be.

    Args:
        kind: What it must be.
        body: The body.
        word: How the dialect says what is wrong.
        branches: Tags of unions, which pydantic names in a path and no provider does.

    Raises:
        RefusedError: It is not.
    """
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        # of a union's branches, the one that got furthest is the one that was meant
        found = max(error.errors(), key=lambda problem: len(problem["loc"]))
        path = tuple(_steps(found["loc"], branches))
        raise word(Problem(path, found["msg"], found["type"] == "missing")) from None


def _steps(location: Sequence[int | str], branches: Collection[str]) -> Iterator[int | str]:
    before: int | str = ""
    for step in location:
        is_branch = "[" in str(step) or step == "str" or (isinstance(before, int) and step in branches)
        if not is_branch:
            yield step
        before = step
