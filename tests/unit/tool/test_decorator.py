"""Making tools of functions."""

import sys
import typing

import pytest

from executus_core import ConfigError, Tool, ToolContext, ToolError, tool


@tool
def add(a: int, b: int = 1) -> int:
    """Add two numbers.

    Only whole ones.

    Args:
        a: The first addend.
        b: The second addend.
    """
    return a + b


def test_a_tool_is_named_and_described_by_its_function() -> None:
    """What the author wrote once is what models read."""
    assert isinstance(add, Tool)
    assert add.name == "add"
    assert add.description == "Add two numbers.\n\nOnly whole ones."


def test_a_tool_is_still_its_function() -> None:
    """Other code calls it as before."""
    assert add(2, b=3) == 5


def test_a_tool_is_cautious_by_default() -> None:
    """Whoever says nothing gets the safe end of each choice."""
    assert (add.visibility, add.effect, add.scopes) == ("private", "at_most_once", frozenset())
    assert (add.needs_approval, add.sequential, add.timeout_s) == (False, False, None)


def test_every_option_is_kept() -> None:
    """Options of the decorator are properties of the tool."""

    @tool(
        name="fetch",
        description="Fetch.",
        visibility="public",
        scopes={"net"},
        effect="pure",
        timeout_s=20,
        sequential=True,
        needs_approval=True,
    )
    async def fetch_page(url: str) -> str:
        return url

    assert (fetch_page.name, fetch_page.description, fetch_page.visibility) == ("fetch", "Fetch.", "public")
    assert (fetch_page.scopes, fetch_page.effect, fetch_page.timeout_s) == (frozenset({"net"}), "pure", 20)
    assert (fetch_page.sequential, fetch_page.needs_approval) == (True, True)


def test_the_context_is_hidden_from_the_model() -> None:
    """The executor fills it, wherever it stands."""

    @tool
    def where(name: str, ctx: ToolContext) -> str:
        return name

    assert where.parameters["properties"] == {"name": {"type": "string"}}


def test_a_parameter_without_a_type_is_refused_at_decoration() -> None:
    """A model could not know what to write."""
    with pytest.raises(ConfigError) as caught:

        @tool
        def broken(a, b: int) -> int:  # type: ignore[no-untyped-def]
            return b

    assert "broken can't be a tool: parameter 'a' has no type; annotate it" in str(caught.value)


def test_parameters_that_have_no_name_are_refused_all_at_once() -> None:
    """JSON arguments go by name."""
    with pytest.raises(ConfigError) as caught:

        @tool
        def broken(a: int, /, *rest: int, **more: int) -> int:
            return a

    assert len(caught.value.problems) == 3
    assert "parameter 'rest' can't be given by name; name each argument" in str(caught.value)


def test_a_type_that_has_no_json_is_refused_at_decoration() -> None:
    """A model can't write an open socket."""

    class Socket:
        pass

    with pytest.raises(ConfigError, match=r"parameter 'socket': a model can't write a .*Socket.* as JSON"):

        @tool
        def broken(socket: Socket) -> None:
            pass


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="later Pythons tell pydantic enough")
def test_a_type_that_pydantic_refuses_is_a_config_error_too() -> None:
    """Whatever is wrong with a function, its author catches one kind of error."""

    class Options(typing.TypedDict):
        deep: bool

    with pytest.raises(ConfigError, match=r"parameter 'options': .*typing_extensions\.TypedDict"):

        @tool
        def broken(options: Options) -> None:
            pass


def test_an_annotation_that_does_not_resolve_says_what_to_do() -> None:
    """A type imported for checkers only is a common slip."""
    with pytest.raises(ConfigError, match=r"annotations don't resolve .*; import the types at run time"):

        @tool
        def broken(a: "NoSuchType") -> None:  # type: ignore[name-defined] # noqa: F821
            pass


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "two words"}, "the name 'two words' is not 1 to 64 of letters"),
        ({"name": "x" * 65}, "is not 1 to 64 of letters"),
        ({"visibility": "pubic"}, "Did you mean 'public'?"),
        ({"effect": "pur"}, "Did you mean 'pure'?"),
        ({"timeout_s": 0}, "timeout_s is 0; it must be greater than 0"),
        ({"timeout_s": float("nan")}, "timeout_s is nan"),
    ],
)
def test_a_wrong_option_is_refused_at_decoration(options: dict[str, object], message: str) -> None:
    """A typo in an option must not weaken a tool in silence."""
    with pytest.raises(ConfigError) as caught:
        tool(**options)(lambda: None)  # type: ignore[call-overload]

    assert message in str(caught.value)


def test_a_lambda_needs_a_name() -> None:
    """Models call tools by name."""
    with pytest.raises(ConfigError, match="give one with name="):
        tool(lambda: None)


def test_the_room_and_the_decorator_are_one_name() -> None:
    """Importing the room must not hide the decorator of the same name."""
    import executus_core
    import executus_core.tool

    @executus_core.tool
    def ping() -> str:
        return "pong"

    assert ping.name == "ping"
    assert issubclass(ToolError, Exception)
