"""The policy of ordered rules."""

from __future__ import annotations

import pytest
from attrs import evolve

from executus_core import Caller, tool
from executus_core.errors import ConfigError
from executus_core.permission import PermissionRule, RulePolicy
from executus_core.record.tool import Source

CALLER = Caller("alice")


@tool
async def write_file(path: str, text: str = "") -> str:
    """Write."""
    return path


WRITE = evolve(write_file, source=Source("files", "workspace", "Executus_Files"))


async def _decide(policy: RulePolicy, **arguments: object) -> tuple[str, str, str]:
    decision = await policy.decide(WRITE, arguments, CALLER)
    assert decision.arguments is None
    return decision.verdict, decision.reason, decision.rule


async def test_the_first_rule_that_matches_decides() -> None:
    """Those behind it are not looked at, and the decision says which one it was."""
    policy = RulePolicy(
        [
            PermissionRule("read_*", "terminate"),
            PermissionRule("write_*", "deny", {"path": "drafts/final*"}, "it is final"),
            PermissionRule("*", "allow", {"path": "drafts/**"}, source="rule 1 of executus.toml"),
            PermissionRule("*", "deny"),
        ]
    )

    assert await _decide(policy, path="drafts/final.txt") == ("deny", "it is final", "rule 2")
    assert await _decide(policy, path="drafts/a.txt") == ("allow", "", "rule 1 of executus.toml")
    assert await _decide(policy, path="a.txt") == (
        "deny",
        "a rule of the host's for 'write_file' denies it",
        "rule 4",
    )


@pytest.mark.parametrize("default", ["allow", "ask", "deny"])
async def test_what_no_rule_speaks_of_is_as_the_default_says(default: str) -> None:
    """A question unless the host says otherwise."""
    policy = RulePolicy([PermissionRule("other", "terminate")], default=default)  # type: ignore[arg-type]
    reason = "" if default == "allow" else "no rule of the host's speaks of this call of 'write_file'"

    assert await _decide(policy, path="a") == (default, reason, "default")
    assert (await _decide(RulePolicy(), path="a"))[0] == "ask"


async def test_every_glob_of_a_rule_must_match_and_an_argument_that_is_not_there_matches_none() -> None:
    """Neither for a rule that allows nor for one that refuses."""
    for verdict in ("allow", "deny"):
        rule = PermissionRule("*", verdict, {"path": "a", "text": "**"})  # type: ignore[arg-type]
        policy = RulePolicy([rule], default="ask")

        assert (await _decide(policy, path="a", text="b"))[0] == verdict
        assert (await _decide(policy, path="b", text="b"))[0] == "ask"
        assert (await _decide(policy, path="a"))[0] == "ask"


@pytest.mark.parametrize(
    "pattern", ["write_file", "w*", "plugin:files", "pack:work*", "distribution:executus.files"]
)
async def test_tools_are_meant_by_name_or_by_what_brings_them(pattern: str) -> None:
    """As in the host's allow and deny lists."""
    assert (await _decide(RulePolicy([PermissionRule(pattern, "deny")]), path="a"))[0] == "deny"


def test_a_rule_that_means_nothing_is_refused_when_it_is_made() -> None:
    """With the nearest word."""
    with pytest.raises(ConfigError, match=r"'alow'.* Did you mean 'allow'"):
        PermissionRule("*", "alow")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"'dny'.* Did you mean 'deny'"):
        RulePolicy(default="dny")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="Did you mean 'plugin'"):
        PermissionRule("plugins:files", "allow")
