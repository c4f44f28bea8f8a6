"""``[permissions]`` of ``executus.toml``: rules that a host writes down decide about the calls of its runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from executus_core import Agent, Executor, Plugin, Provider, hookimpl, tool
from executus_core.config.load import load_configuration
from executus_core.errors import ConfigError, RunTerminatedError
from executus_core.plugin import PluginHost
from executus_core.record.permission import Decision
from executus_core.testing import MemoryAudit, MemoryModels, ScriptedApprover, ScriptedModel, call

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from executus_core import Result
    from executus_core.testing.script import Entry

FILE = """\
[permissions]
default = "ask"

[[permissions.rules]]
tool = "write_*"
arguments = { path = "drafts/**" }
verdict = "allow"

[[permissions.rules]]
tool = "plugin:clerk"
arguments = { path = "final/**" }
verdict = "deny"
reason = "what is final stays"

[[permissions.rules]]
tool = "*"
arguments = { path = "/etc/**" }
verdict = "terminate"
reason = "hands off"
"""


@tool
async def write_file(path: str) -> str:
    """Write."""
    return f"wrote {path}"


class Clerk:
    """A plugin with a tool, a model and an audit trail."""

    plugin = Plugin(summary="Writes")

    def __init__(self, *script: Entry, policy: object = None) -> None:
        self.audit = MemoryAudit()
        self.approver = ScriptedApprover(["allow"], strict=False)
        self._model = ScriptedModel(script, strict=False)
        self._policy = policy

    @hookimpl
    def executus_provide_tools(self, context):
        yield write_file

    @hookimpl
    def executus_provide_model(self, context):
        yield Provider("scripted", lambda: MemoryModels({"fast": self._model}))

    @hookimpl
    def executus_provide_audit(self, context):
        yield Provider("memory", lambda: self.audit)

    @hookimpl
    def executus_provide_approver(self, context):
        yield Provider("scripted", lambda: self.approver)

    @hookimpl
    def executus_provide_policies(self, context):
        if self._policy is not None:
            yield Provider("scripted", lambda: self._policy)

    @property
    def decisions(self) -> Sequence[tuple[object, ...]]:
        """What the audit says was decided, by whom, and by which rule."""
        events = [event for record in self.audit.records.values() for event in record.events]
        payloads = [event.payload for event in events if event.type == "permission"]
        return [(one["verdict"], one["decided_by"], one.get("rule", "")) for one in payloads]


async def _run(clerk: Clerk, config: Path | None, settings: dict[str, object] | None = None) -> Result[None]:
    executor = Executor.discover(enable=[], plugins={"clerk": clerk}, config=config, settings=settings)
    async with executor:
        return await executor.run(Agent(name="x", tools=("write_file",)), "go")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "executus.toml"
    file.write_text(FILE, encoding="utf-8")
    return file


async def test_rules_of_the_file_decide_and_the_audit_says_which(config: Path) -> None:
    """Allowed, denied, and asked about where no rule speaks."""
    paths = ("drafts/a", "final/a", "other")
    clerk = Clerk([call("write_file", path=path) for path in paths], "done")

    result = await _run(clerk, config)

    assert [step.result.text for step in result.steps] == [
        "wrote drafts/a",
        "error: the call of 'write_file' was denied: what is final stays",
        "wrote other",
    ]
    assert sorted(clerk.decisions) == [
        ("allow", "person", ""),
        ("allow", "policy", f"rule 1 of {config}"),
        ("deny", "policy", f"rule 2 of {config}"),
    ]
    (request,) = clerk.approver.requests
    assert request.reason == "no rule of the host's speaks of this call of 'write_file'"


async def test_a_rule_can_end_the_run(config: Path) -> None:
    """The model is not asked again."""
    clerk = Clerk(["I look.", call("write_file", path="/etc/passwd")], "never")

    result = await _run(clerk, config)

    assert (result.status, result.output) == ("error", "I look.")
    assert isinstance(result.error, RunTerminatedError)
    assert str(result.error) == "the call of 'write_file' was refused, which ends the run: hands off"
    assert clerk.decisions == [("terminate", "policy", f"rule 3 of {config}")]


async def test_rules_in_code_come_before_those_of_the_file(config: Path) -> None:
    """And so does its default; what code does not speak of is as the file says."""
    rule = {"tool": "write_file", "arguments": {"path": "drafts/**"}, "verdict": "deny"}
    clerk = Clerk([call("write_file", path=path) for path in ("drafts/a", "other")], "done")

    await _run(clerk, config, {"permissions": {"default": "deny", "rules": [rule]}})

    assert sorted(clerk.decisions) == [("deny", "policy", "default"), ("deny", "policy", "rule 1 of code")]


async def test_rules_see_the_arguments_as_the_policies_of_plugins_left_them(config: Path) -> None:
    """They come last, so what they allow is what runs."""

    class Redirect:
        async def decide(self, tool, arguments, caller):
            return Decision("allow", arguments={"path": f"final/{arguments['path']}"})

    clerk = Clerk(call("write_file", path="drafts/a"), "done", policy=Redirect())

    result = await _run(clerk, config)

    assert result.steps[0].result.text == "error: the call of 'write_file' was denied: what is final stays"


async def test_without_the_table_nobody_is_asked(tmp_path: Path) -> None:
    """And an empty one asks about everything."""
    file = tmp_path / "executus.toml"
    for text, expected in (("", ("allow", "default", "")), ("[permissions]", ("allow", "person", ""))):
        file.write_text(text, encoding="utf-8")
        clerk = Clerk(call("write_file", path="a"), "done")
        await _run(clerk, file)
        assert clerk.decisions == [expected]


def test_what_is_wrong_is_said_with_its_source_and_its_place(tmp_path: Path) -> None:
    """All at once."""
    file = tmp_path / "executus.toml"
    file.write_text(
        '[permissions]\ndefault = "yes"\n[[permissions.rules]]\ntool = "plugns:x"\nverdct = "allow"\n',
        encoding="utf-8",
    )

    with pytest.raises(ConfigError) as caught:
        load_configuration(file)

    problems = "\n".join(caught.value.problems)
    assert all(problem.startswith(f"{file}: configuration: ") for problem in caught.value.problems)
    assert "field 'permissions.default': Input should be 'allow', 'ask' or 'deny' (got 'yes')" in problems
    assert (
        "'permissions.rules.0.tool': the pattern 'plugns:x' begins with 'plugns:'. Did you mean 'plugin'?"
        in problems
    )
    assert "unknown field 'permissions.rules.0.verdct'. Did you mean 'verdict'?" in problems
    assert "field 'permissions.rules.0.verdict' is missing" in problems


def test_a_rule_about_no_tool_that_is_installed_is_a_slip(config: Path) -> None:
    """A host that starts says so."""
    config.write_text('[permissions]\n[[permissions.rules]]\ntool = "write_fil"\nverdict = "deny"\n')
    host = PluginHost(load_configuration(config), plugins={"clerk": Clerk()}, entry_points=())

    executor = Executor.from_host(host)

    assert (
        f"{config}: rule 1 of [permissions] is about 'write_fil', which means no installed tool. "
        "Did you mean 'write_file'?" in executor.warnings
    )
