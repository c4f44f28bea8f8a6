"""What can be made a tool beside a plain function, and what an author is told when it can't."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any, Generic, Literal, TypeVar  # noqa: TID251 - a callable of any kind

import attrs
import pytest
from typing_extensions import Doc

from executus_core import Agent, ConfigError, Executor, ToolContext, tool
from executus_core.testing import ScriptedModel, call
from executus_core.tool import Tool


class Shop:
    """Has methods of every kind."""

    def __init__(self, stock: str) -> None:
        self.stock = stock

    def sell(self, count: int) -> str:
        """Sell some."""
        return f"{count} {self.stock}"

    async def order(self, ctx: ToolContext, count: int) -> str:
        """Order some."""
        await asyncio.sleep(0)
        return f"{ctx.run.name}: {count} {self.stock}"

    @classmethod
    def found(cls, count: int) -> str:
        """Found some."""
        return f"{count} {cls.__name__}s"

    @staticmethod
    def count(count: int) -> str:
        """Count."""
        return str(count)

    def __call__(self, count: int) -> str:
        """Ring the bell."""
        return "ding " * count


class Asynchronous:
    """Is called like an async function."""

    async def __call__(self, count: int) -> str:
        """Wait for it."""
        return f"waited {count}"


def send(text: str, *, token: str, count: int = 1) -> str:
    """Send a text.

    Args:
        text: What to send.
        token: The secret.
        count: How often.
    """
    return f"{text} {token} {count}"


@functools.wraps(send)
def wrapped(*args: Any, **kwargs: Any) -> str:
    """Stand for another function."""
    return f"<{send(*args, **kwargs)}>"


shop = Shop("apples")


@pytest.mark.parametrize(
    ("made", "arguments", "answer"),
    [
        (tool(shop.sell), {"count": 2}, "2 apples"),
        (tool(shop.order), {"count": 2}, "x: 2 apples"),
        (tool(Shop.found), {"count": 2}, "2 Shops"),
        (tool(Shop.count), {"count": 2}, "2"),
        (tool(staticmethod(Shop.count)), {"count": 2}, "2"),
        (tool(name="bell")(shop), {"count": 2}, "ding ding "),
        (tool(name="wait")(Asynchronous()), {"count": 2}, "waited 2"),
        (tool(functools.partial(send, token="t")), {"text": "a"}, "a t 1"),
        (tool(functools.partial(functools.partial(send, "b"), token="t")), {"count": 3}, "b t 3"),
        (tool(functools.partial(shop.order, count=4)), {}, "x: 4 apples"),
        (tool(wrapped), {"text": "a", "token": "t"}, "<a t 1>"),
    ],
    ids=lambda value: value.name if isinstance(value, Tool) else "",
)
async def test_methods_partials_and_objects_that_are_called_are_tools(
    made: Tool, arguments: dict[str, object], answer: str
) -> None:
    """Each is described by its own docstring, awaited when it is async, and called with what it is bound to."""
    model = ScriptedModel([call(made.name, **arguments), "done"])

    result = await Executor(models=model, registry=[made]).run(Agent(name="x", tools=("*",)), "go")

    assert [(step.result.text, step.is_error) for step in result.steps] == [(answer, False)]
    assert made.description
    assert set(arguments) <= set(made.parameters["properties"])  # type: ignore[arg-type]


def test_what_a_partial_has_bound_is_not_shown_and_can_not_be_changed() -> None:
    """It may be a secret."""
    made = tool(functools.partial(send, token="secret"))

    assert "secret" not in f"{made.parameters} {made.description}"
    with pytest.raises(Exception, match="unknown argument 'token'"):
        made.handler.validate('{"text": "a", "token": "mine"}')


def _yields(count: int) -> Iterator[int]:
    yield count


class Unresolved:
    def __init__(self, count: int) -> None: ...


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (Shop.sell, "makes it a method that is not bound to anything; make the tool of the bound one"),
        (
            inspect.getattr_static(Shop, "found"),
            "it is a class method; make the tool of the bound one: tool(Class.method)",
        ),
        (_yields, "it yields; return a list, or the whole text"),
        (Unresolved, "it is a class; hand in a function or a method"),
        (3, "it is not callable; hand in a function or a method"),
        (min, "its signature can't be read|has no type|annotations don't resolve"),
    ],
)
def test_what_can_not_be_a_tool_says_why_and_what_to_do(function: Any, said: str) -> None:
    """The author learns it when the module is imported, not when a model calls."""
    with pytest.raises(ConfigError, match=said.replace("(", r"\(").replace(")", r"\)")):
        tool(name="made")(function)


@attrs.define
class Held:
    """Holds what no model can write."""

    callback: Callable[[], int]


Held_ = TypeVar("Held_")


@attrs.define
class Box(Generic[Held_]):
    """Holds anything, or one thing that its annotation names."""

    held: Held_


class Crate(Box[int]):
    """Holds numbers."""


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        (Box, "its field 'held' has a type variable; use a class whose fields have their types"),
        (Box[int], "its field 'held' has a type variable"),
        (list[Crate], "its field 'held' has a type variable"),
        (Callable[[], int], "a model can't write a 'callable' as JSON"),
        (type[int], "a model can't write a <class 'int'> as JSON"),
        (list[Callable[[], int]], "can't write a 'callable'"),
        (Held, "can't write a 'callable'"),
        (dict[str, Held | None], "can't write a 'callable'"),
        (asyncio.Lock, "can't write a <class 'asyncio.locks.Lock'> as JSON"),
        (list[asyncio.Lock], "can't write a <class 'asyncio.locks.Lock'> as JSON"),
    ],
)
def test_a_type_that_no_model_can_write_is_refused_however_deep_it_lies(
    annotation: object, said: str
) -> None:
    """Also where a class of the author's holds it."""

    def take(value: object) -> None: ...

    take.__annotations__ = {"value": annotation}
    with pytest.raises(ConfigError, match=f"parameter 'value': .*{said}"):
        tool(take)


def test_two_parameters_for_the_context_are_one_too_many() -> None:
    """The executor fills one."""
    with pytest.raises(ConfigError, match="parameters 'a' and 'b' both take the ToolContext"):

        @tool
        def broken(a: ToolContext, b: ToolContext) -> None: ...


async def test_a_context_that_may_be_none_is_filled_all_the_same() -> None:
    """Other code may call the function without one."""

    @tool
    def here(ctx: ToolContext | None = None) -> str:
        """Say where."""
        return ctx.run.name if ctx else "nowhere"

    model = ScriptedModel([call("here"), "done"])
    result = await Executor(models=model, registry=[here]).run(Agent(name="x", tools=("here",)), "go")

    assert result.steps[0].result.text == "x"
    assert here.parameters["properties"] == {}
    assert here() == "nowhere"


def test_an_annotation_may_describe_its_parameter_in_words() -> None:
    """A plain text, or a ``Doc``, goes before the docstring."""

    @tool
    def find(
        text: Annotated[str, "What to look for."],
        where: Annotated[str, Doc("Where to look.")] = ".",
        limit: Annotated[int, "At most so many."] = 3,
        other: Annotated[list[str] | None, "More."] = None,
    ) -> None:
        """Find.

        Args:
            limit: Not this.
        """

    properties: Any = find.parameters["properties"]
    assert {name: held["description"] for name, held in properties.items()} == {
        "text": "What to look for.",
        "where": "Where to look.",
        "limit": "At most so many.",
        "other": "More.",
    }


def test_items_of_an_iterable_are_checked_before_the_call() -> None:
    """Not when the function gets to them."""

    @tool
    def add(numbers: Iterable[int]) -> int:
        return sum(numbers)

    assert add.handler.validate('{"numbers": [1, 2]}') == {"numbers": [1, 2]}
    with pytest.raises(Exception, match=r"argument 'numbers.1': Input should be a valid integer"):
        add.handler.validate('{"numbers": [1, "2"]}')


@attrs.define
class Node:
    """Holds others of its kind, and other kinds that hold it."""

    name: str
    children: list[Node] = attrs.field(factory=list)
    leaf: Leaf | None = None


@dataclasses.dataclass
class Leaf:
    """Holds nodes again."""

    nodes: list[Node] = dataclasses.field(default_factory=list)


def test_a_class_may_hold_itself_directly_or_through_another() -> None:
    """A tree is a tree."""

    @tool
    def grow(root: Node) -> None: ...

    held = '{"root": {"name": "a", "children": [{"name": "b", "leaf": {"nodes": [{"name": "c"}]}}]}}'

    assert grow.handler.validate(held) == {
        "root": Node("a", [Node("b", [], Leaf([Node("c")]))]),
    }
    with pytest.raises(Exception, match=r"argument 'root.children.0.leaf.nodes.0.name': .* \(got True\)"):
        grow.handler.validate(held.replace('"c"', "true"))


@attrs.define
class Order:
    """Checks and converts by itself, and has fields of every kind."""

    count: int = attrs.field(validator=attrs.validators.ge(1))
    tags: tuple[str, ...] = attrs.field(converter=tuple, default=())
    _note: str = ""
    express: bool = attrs.field(default=False, kw_only=True)
    number: int = attrs.field(init=False, default=7)


def test_an_attrs_class_is_made_by_its_own_rules() -> None:
    """Validators and converters run, private fields go by their public name, and what is no argument is none here."""

    @tool
    def send(order: Order) -> None: ...

    made = send.handler.validate('{"order": {"count": 2, "tags": ["a"], "note": "n", "express": true}}')

    assert made == {"order": Order(2, ("a",), "n", express=True)}
    for wrong, said in [
        ('{"count": 0}', r"argument 'order': 'count' must be >= 1: 0"),
        ('{"count": 1, "number": 2}', "unknown argument 'order.number'"),
        ('{"count": 1, "_note": "n"}', "unknown argument 'order._note'"),
    ]:
        with pytest.raises(Exception, match=said):
            send.handler.validate(f'{{"order": {wrong}}}')


@pytest.mark.parametrize("written", ["false", "1", "1.0", "0.0", "2", '"true"'])
def test_of_choices_that_are_equal_and_not_the_same_only_the_same_is_taken(written: str) -> None:
    """In Python ``True`` equals 1, and ``False`` equals 0."""

    @tool
    def pick(one: Literal[True, 0]) -> None: ...

    assert pick.handler.validate('{"one": true}')["one"] is True
    assert pick.handler.validate('{"one": 0}') == {"one": 0}
    with pytest.raises(Exception, match="argument 'one': Input should be"):
        pick.handler.validate(f'{{"one": {written}}}')


def test_what_an_annotation_adds_may_be_anything() -> None:
    """Other libraries put their own things there, also such as can't be hashed."""

    @tool
    def add(number: Annotated[int, {"mine": []}]) -> None: ...

    assert add.handler.validate('{"number": 1}') == {"number": 1}
