"""Toolsets: choosing, renaming, asking a person, putting together; and never loosening anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args  # noqa: TID251 - options of any kind

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core import Agent, ConfigError, Executor, Invocation, SessionTools, ToolRegistry, tool
from executus_core.testing import ScriptedModel, call
from executus_core.tool import (
    ApprovalRequiredToolset,
    CombinedToolset,
    Effect,
    FilteredToolset,
    PrefixedToolset,
    RenamedToolset,
    Source,
    Tool,
    Toolset,
    Visibility,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def make(name: str, origin: str = "code", **options: Any) -> Tool:
    """Make a tool that answers its own first name."""

    async def work() -> str:
        return name

    made = tool(name=name, **options)(work)
    made.origin = origin
    return made


def names(tools: Iterable[Tool]) -> list[str]:
    return [one.name for one in tools]


READ, WRITE, FETCH = (
    make("read_file", "files"),
    make("write_file", "files"),
    make("fetch", "web", effect="pure"),
)


@pytest.mark.parametrize(
    ("toolset", "expected"),
    [
        (Toolset([READ, FETCH]), ["read_file", "fetch"]),
        (FilteredToolset([READ, WRITE, FETCH], ["read_*", "fetch"]), ["read_file", "fetch"]),
        (FilteredToolset([READ, WRITE, FETCH], lambda one: one.effect == "pure"), ["fetch"]),
        (FilteredToolset([READ], []), []),
        (PrefixedToolset([READ, FETCH], "docs"), ["docs__read_file", "docs__fetch"]),
        (RenamedToolset([READ, WRITE], {"read_file": "look"}), ["look", "write_file"]),
        (
            RenamedToolset([READ, WRITE], {"read_file": "write_file", "write_file": "read_file"}),
            ["write_file", "read_file"],
        ),
        (ApprovalRequiredToolset([READ]), ["read_file"]),
        (
            CombinedToolset([READ], Toolset([WRITE]), ToolRegistry([FETCH])),
            ["read_file", "write_file", "fetch"],
        ),
        (
            CombinedToolset(PrefixedToolset([READ], "a"), PrefixedToolset([READ], "b")),
            ["a__read_file", "b__read_file"],
        ),
        (CombinedToolset(), []),
    ],
    ids=repr,
)
def test_each_gives_the_tools_that_its_name_says(toolset: Toolset, expected: list[str]) -> None:
    """In their order, as often as somebody looks, and without a change to what was given."""
    assert names(toolset) == names(toolset) == expected
    assert len(toolset) == len(expected)
    assert names([READ, WRITE, FETCH]) == ["read_file", "write_file", "fetch"]


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (
            lambda: CombinedToolset([READ], [make("read_file", "other-files")]),
            "two tools are named 'read_file': one from files, one from other-files; rename one",
        ),
        (
            lambda: RenamedToolset([READ, FETCH], {"fetch": "read_file"}),
            "two tools are named 'read_file': one from files, one from web",
        ),
        (
            lambda: RenamedToolset([READ], {"raed_file": "x"}),
            "no tool named 'raed_file' to rename. Did you mean 'read_file'?",
        ),
        (
            lambda: RenamedToolset([READ], {"read_file": "read file"}),
            "tool 'read_file' from files can't be named 'read file'",
        ),
        (lambda: PrefixedToolset([READ], "x" * 60), "can't be named"),
        (lambda: PrefixedToolset([READ], "a.b"), "can't be named 'a.b__read_file': a name is 1 to 64"),
        (lambda: FilteredToolset([READ], ["plug:x"]), "begins with 'plug:'"),
        (lambda: FilteredToolset([READ], "read_*"), "given as a list"),
        (lambda: Toolset([len]), "<built-in function len> is not a Tool; decorate"),  # type: ignore[list-item]
    ],
)
def test_what_is_wrong_is_said_where_the_toolset_is_made(build: Callable[[], Toolset], said: str) -> None:
    """Not in some run later."""
    with pytest.raises(ConfigError) as caught:
        build()

    assert said in str(caught.value)


@pytest.mark.parametrize(
    "own", [False, True, lambda arguments: arguments["x"] > 1], ids=["never", "always", "rule"]
)
@pytest.mark.parametrize(
    "more", [False, True, lambda arguments: arguments["x"] < 0], ids=["never", "always", "rule"]
)
@pytest.mark.parametrize("x", [-1, 0, 2])
def test_a_person_is_asked_when_the_tools_own_rule_or_the_new_one_says_so(
    own: Any, more: Any, x: int
) -> None:
    """Neither switches the other off."""

    def asks(rule: Any) -> bool:
        return bool(rule({"x": x}) if callable(rule) else rule)

    (made,) = ApprovalRequiredToolset([make("a", needs_approval=own)], rule=more)

    assert asks(made.needs_approval) == (asks(own) or asks(more))


tools = st.builds(
    make,
    st.text("abc", min_size=1, max_size=3),
    origin=st.sampled_from(["code", "files"]),
    visibility=st.sampled_from(get_args(Visibility)),
    scopes=st.sets(st.sampled_from(["net", "files"])),
    effect=st.sampled_from(get_args(Effect)),
    timeout_s=st.none() | st.just(1.5),
    sequential=st.booleans(),
    needs_approval=st.booleans(),
)
wrappers: st.SearchStrategy[Callable[[Iterable[Tool]], Toolset]] = st.sampled_from(
    [
        Toolset,
        lambda held: FilteredToolset(held, ["a*", "*b*"]),
        lambda held: PrefixedToolset(held, "p"),
        lambda held: RenamedToolset(held, {name: f"{name}_x" for name in names(held)}),
        ApprovalRequiredToolset,
        lambda held: ApprovalRequiredToolset(held, rule=False),
        lambda held: CombinedToolset(held, []),
    ]
)


@given(st.lists(tools, unique_by=lambda one: one.name), st.lists(wrappers, max_size=5))
def test_no_wrapper_and_no_tower_of_them_loosens_anything(
    given_tools: list[Tool], tower: list[Callable[[Iterable[Tool]], Toolset]]
) -> None:
    """Whatever a tool asks of its callers it still asks, and what brought it is still known."""
    for one in given_tools:
        one.source = Source("a-plugin", one.name, "a-distribution")
    wrapped: Iterable[Tool] = given_tools
    for wrap in tower:
        wrapped = wrap(wrapped)

    originals = {one.source.pack: one for one in given_tools}
    for after in wrapped:
        before = originals[after.source.pack]
        for kept in (
            "description",
            "handler",
            "visibility",
            "scopes",
            "effect",
            "timeout_s",
            "sequential",
            "origin",
        ):
            assert getattr(after, kept) == getattr(before, kept), kept
        assert (after.source, after.reconcile, after.is_plain) == (
            before.source,
            before.reconcile,
            before.is_plain,
        )
        assert after.needs_approval or not before.needs_approval


async def test_a_toolset_is_taken_wherever_tools_are() -> None:
    """By a registry, an executor, an invocation and a session tool factory."""
    packs = [PrefixedToolset([READ], word) for word in ("registry", "extra", "session")]
    model = ScriptedModel(
        [[call("registry__read_file"), call("extra__read_file"), call("session__read_file")], "done"]
    )
    executor = Executor(models=model, registry=packs[0])
    invocation = Invocation(
        extra_tools=packs[1], session_tool_factory=lambda _session: SessionTools(packs[2])
    )

    result = await executor.run(Agent(name="x", tools=("*",)), "go", invocation)

    assert [step.result.text for step in result.steps] == ["read_file"] * 3
    assert names(ToolRegistry(packs[0])) == names(packs[0])


async def test_a_renamed_tool_is_still_denied_by_what_brought_it() -> None:
    """A host that denies a plugin denies it under every name."""
    moved = make("read_file")
    moved.source = Source("files", "files", "executus-files")
    registry = ToolRegistry(RenamedToolset([moved], {"read_file": "look"}), deny=["plugin:files"])
    model = ScriptedModel(["done"])

    result = await Executor(models=model, registry=registry).run(Agent(name="x", tools=("look",)), "go")

    assert [str(note) for note in result.notes] == [
        "permission (look): left out: the host denies 'plugin:files'"
    ]
