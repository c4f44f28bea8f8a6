"""The registry: names, globs, and the first two stages of permission."""

import pytest

from executus_core import Caller, ConfigError, Invocation, ToolRegistry, tool
from executus_core.tool import Tool, Visibility


def make(name: str, visibility: Visibility = "private", *scopes: str) -> Tool:
    """Make a tool that does nothing."""

    def work() -> None:
        pass

    return tool(name=name, visibility=visibility, scopes=scopes)(work)


def test_names_are_sorted_and_tools_are_found_by_them() -> None:
    """Listings don't depend on the order of installation."""
    b, a = make("b"), make("a")
    registry = ToolRegistry([b, a])

    assert registry.names() == ["a", "b"]
    assert list(registry) == [a, b]
    assert (registry.get("a"), registry.find("c"), len(registry)) == (a, None, 2)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    """get raises, find gives None."""
    with pytest.raises(ConfigError, match=r"no tool named 'serch'\. Did you mean 'search'\?"):
        ToolRegistry([make("search")]).get("serch")


def test_two_tools_of_one_name_are_refused_with_both_origins() -> None:
    """The host must know which plugins clash."""
    one, other = make("search"), make("search")
    one.origin, other.origin = "web-tools", "file-tools"

    with pytest.raises(ConfigError) as caught:
        ToolRegistry([one, other])

    assert "two tools are named 'search': one from web-tools, one from file-tools" in str(caught.value)


def test_a_plain_function_is_no_tool() -> None:
    """The error says what was forgotten."""
    with pytest.raises(ConfigError, match="decorate the function with @tool"):
        ToolRegistry([make])  # type: ignore[list-item]


async def test_names_and_globs_select_tools_once_each() -> None:
    """A tool that two patterns name is offered once."""
    registry = ToolRegistry([make("file_read"), make("file_write"), make("net_get")])

    toolbox = await registry.build(["file_read", "file_*"], Invocation(), Caller())

    assert list(toolbox.tools) == ["file_read", "file_write"]


async def test_nothing_named_is_nothing_offered() -> None:
    """Installing a tool gives it to nobody by itself."""
    toolbox = await ToolRegistry([make("a")]).build([], Invocation(), Caller())

    assert not toolbox.tools


async def test_a_glob_that_matches_nothing_is_no_error_but_an_unknown_name_is() -> None:
    """A pattern may be written for packs that are not installed."""
    registry = ToolRegistry([make("search")])

    assert not (await registry.build(["web_*"], Invocation(), Caller())).tools
    with pytest.raises(ConfigError, match="Did you mean 'search'"):
        await registry.build(["serch"], Invocation(), Caller())


@pytest.mark.parametrize(
    ("surface", "offered"),
    [
        ("private", ["private_tool", "public_tool", "shared_tool"]),
        ("shared", ["public_tool", "shared_tool"]),
        ("public", ["public_tool"]),
    ],
)
async def test_a_tool_is_offered_only_on_surfaces_that_reach_no_further_than_it(
    surface: Visibility, offered: list[str]
) -> None:
    """Stage 1: what is only safe in private is not offered in public."""
    registry = ToolRegistry(
        [make("private_tool"), make("shared_tool", "shared"), make("public_tool", "public")]
    )

    toolbox = await registry.build(["*"], Invocation(visibility=surface), Caller())

    assert sorted(toolbox.tools) == offered
    assert len(toolbox.left_out) == 3 - len(offered)
    assert all("surface" in left_out.reason for left_out in toolbox.left_out)


async def test_the_surface_can_be_given_beside_the_invocation() -> None:
    """A host may know better how far its surface reaches."""
    toolbox = await ToolRegistry([make("a")]).build(["a"], Invocation(), Caller(), "public")

    assert not toolbox.tools


async def test_the_hosts_lists_allow_and_deny_and_deny_wins() -> None:
    """Stage 1: the host has the last word about what is offered."""
    registry = ToolRegistry(
        [make("file_read"), make("file_write"), make("net")], allow=["file_*"], deny=["*_write"]
    )

    toolbox = await registry.build(["*"], Invocation(), Caller(is_admin=True))

    assert list(toolbox.tools) == ["file_read"]
    assert {left_out.reason for left_out in toolbox.left_out} == {"the host does not allow it"}


async def test_a_tool_is_granted_to_whoever_holds_all_of_its_scopes() -> None:
    """Stage 2: one scope of two is not enough, and the reason names what is missing."""
    registry = ToolRegistry([make("fetch", "private", "net", "files")])
    some, every = Caller("al", scopes=frozenset({"net"})), Caller("bo", scopes=frozenset({"net", "files"}))

    refused = await registry.build(["fetch"], Invocation(), some)
    granted = await registry.build(["fetch"], Invocation(), every)

    assert not refused.tools
    assert refused.left_out[0].reason == "the caller 'al' lacks the scopes files"
    assert list(granted.tools) == ["fetch"]
