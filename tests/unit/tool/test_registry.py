"""The registry: names, globs, and the first two stages of permission."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core import Caller, ConfigError, Invocation, ToolRegistry, tool
from executus_core.tool import Source, Tool, Visibility

surfaces = st.sampled_from(get_args(Visibility))
some_tools = st.lists(
    st.tuples(st.text("abc", min_size=1, max_size=2), surfaces, st.lists(st.sampled_from(["net", "files"]))),
    unique_by=lambda made: made[0],
)


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
    assert {left_out.name: left_out.reason for left_out in toolbox.left_out} == {
        "file_write": "the host denies '*_write'",
        "net": "the host's allow list does not name it",
    }


SCAD = Source("scad-session-tools", "scad", "scad-session-tools")
WEB = Source("tools-common", "web", "Executus_Tools.Common")


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("*", ["fetch", "render", "mine"]),
        ("re*", ["render"]),
        ("plugin:tools-common", ["fetch"]),
        ("plugin:*", ["fetch", "render"]),
        ("pack:scad", ["render"]),
        ("distribution:executus-*", ["fetch"]),
        ("distribution:executus_tools_common", ["fetch"]),
        ("distribution:SCAD-session-tools", ["render"]),
        ("plugin:common", []),
        ("fetc", []),
    ],
)
async def test_a_pattern_means_tools_by_name_plugin_pack_or_distribution(
    pattern: str, meant: list[str]
) -> None:
    """What the allow list names is what is left without the deny list, and the other way round."""
    tools = [make("fetch"), make("render"), make("mine")]
    tools[0].source, tools[1].source = WEB, SCAD

    allowed = await ToolRegistry(tools, allow=[pattern]).build(["*"], Invocation(), Caller())
    denied = await ToolRegistry(tools, deny=[pattern]).build(["*"], Invocation(), Caller())

    assert sorted(allowed.tools) == sorted(meant)
    assert sorted(denied.tools) == sorted({"fetch", "render", "mine"} - {*meant})


@pytest.mark.parametrize(
    ("patterns", "said"),
    [
        (["plug:x"], "the pattern 'plug:x' begins with 'plug:'. Did you mean 'plugin'?"),
        ([""], "the pattern '' names nothing"),
        (["pack: "], "names nothing"),
        ("read_*", r"patterns are given as a list: \['read_\*'\]"),
    ],
)
def test_a_pattern_that_means_nothing_is_refused_wherever_it_is_given(patterns: list[str], said: str) -> None:
    """A slip in a list must not open a door."""
    for use in (
        lambda: ToolRegistry(allow=patterns),
        lambda: ToolRegistry(deny=patterns),
        lambda: Invocation(allowed_tools=patterns),  # type: ignore[arg-type]
    ):
        with pytest.raises(ConfigError, match=said):
            use()


async def test_the_palette_of_a_run_narrows_and_gives_nothing() -> None:
    """Stage 2: what allowed_tools names must still be named by the agent, and be allowed to the caller."""
    registry = ToolRegistry([make("read"), make("write"), make("fetch", "private", "net")], deny=["write"])
    invocation = Invocation(allowed_tools=["read", "write", "fetch"])

    toolbox = await registry.build(["read", "write", "fetch"], invocation, Caller("al"))
    fewer = await registry.build(["read"], Invocation(allowed_tools=["wr*"]), Caller(is_admin=True))
    none = await registry.build(["read"], Invocation(allowed_tools=[]), Caller(is_admin=True))

    assert list(toolbox.tools) == ["read"]
    assert [left_out.reason for left_out in fewer.left_out] == ["the run's allowed_tools do not name it"]
    assert not none.tools


@given(data=st.data())
async def test_no_list_and_no_palette_ever_gives_a_tool_that_is_refused_without_it(
    data: st.DataObject,
) -> None:
    """More patterns to deny and any narrowing leave a part of what there was; a tool is there or left out, never both."""
    tools = [make(name, visibility, *scopes) for name, visibility, scopes in data.draw(some_tools)]
    patterns = st.lists(st.sampled_from(["*", "a*", "?b", "ab", "plugin:x", "pack:y", "distribution:z"]))
    deny, more, allowed = data.draw(patterns), data.draw(patterns), data.draw(patterns)
    caller, surface = Caller("al", scopes=frozenset({"net"})), data.draw(surfaces)

    before = await ToolRegistry(tools, deny=deny).build(["*"], Invocation(), caller, surface)
    after = await ToolRegistry(tools, deny=[*deny, *more]).build(
        ["*"], Invocation(allowed_tools=allowed), caller, surface
    )

    assert after.tools.items() <= before.tools.items()
    assert {*after.tools}.isdisjoint(left_out.name for left_out in after.left_out)
    assert len(after.tools) + len(after.left_out) == len(tools)


def test_other_tools_may_stand_under_the_same_lists() -> None:
    """Whoever tries a single tool by hand tries it as a run would get it."""
    registry = ToolRegistry([make("a")], deny=["b"])

    assert registry.with_tools([make("b")]).lists is registry.lists


async def test_a_tool_is_granted_to_whoever_holds_all_of_its_scopes() -> None:
    """Stage 2: one scope of two is not enough, and the reason names what is missing."""
    registry = ToolRegistry([make("fetch", "private", "net", "files")])
    some, every = Caller("al", scopes=frozenset({"net"})), Caller("bo", scopes=frozenset({"net", "files"}))

    refused = await registry.build(["fetch"], Invocation(), some)
    granted = await registry.build(["fetch"], Invocation(), every)

    assert not refused.tools
    assert refused.left_out[0].reason == "the caller 'al' lacks the scopes files"
    assert list(granted.tools) == ["fetch"]
