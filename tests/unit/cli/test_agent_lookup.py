"""An agent by its name: files here, files beside the configuration, installed sources."""

from pathlib import Path

import pytest

from executus_core import Agent, Executor
from executus_core.cli.start.agent_lookup import get_agent, list_agents
from executus_core.errors import ConfigError
from executus_core.ports import Ports
from executus_core.testing import ScriptedModel


class Saved:
    """An agent source that opens: before that it knows nobody."""

    def __init__(self, agents: object, *, fails: BaseException | None = None) -> None:
        self.agents, self.fails = agents, fails

    async def list_agents(self) -> object:
        if self.fails:
            raise self.fails
        return sorted(self.agents) if isinstance(self.agents, dict) else self.agents

    async def find_agent(self, name: str) -> object:
        if self.fails:
            raise self.fails
        return self.agents.get(name) if isinstance(self.agents, dict) else self.agents


def executor_of(*sources: Saved) -> Executor:
    return Executor(models=ScriptedModel([]), ports=Ports(agents=sources))


def write(path: Path, name: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'name = "{name}"\n')


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch) -> Path:
    """A working folder below one with settings; each has agents of its own."""
    here = tmp_path / "here"
    (tmp_path / "executus.toml").write_text("")
    write(tmp_path / "agents" / "both.toml", "above")
    write(tmp_path / "agents" / "above.toml", "above")
    write(here / "agents" / "both.toml", "here")
    (here / "agents" / "notes.txt").write_text("no agent")
    monkeypatch.chdir(here)
    monkeypatch.setenv("EXECUTUS_PLUGINS", "")
    return here


@pytest.mark.parametrize(
    ("name", "found"), [("both", "here"), ("above", "above"), ("agents/both.toml", "here")]
)
async def test_the_nearest_file_of_the_name_is_the_agent(name: str, found: str) -> None:
    """Here goes over beside the configuration; and a path is a path."""
    assert (await get_agent(name, Executor.discover())).name == found


async def test_a_file_goes_over_an_installed_agent_and_the_first_source_over_the_next() -> None:
    """What stands here is what its author sees."""
    first, second = Saved({"saved": Agent(name="first")}), Saved({"saved": Agent(name="second")})
    executor = executor_of(first, second)

    assert (await get_agent("saved", executor)).name == "first"
    first.agents = {"both": Agent(name="installed")}
    assert (await get_agent("both", executor)).name == "here"
    assert (await get_agent("saved", executor)).name == "second"
    known = await list_agents(executor)
    assert list(known.places) == ["both", "saved"]
    assert known.places["saved"] == "plugin 'Saved'"
    assert known.places["both"].endswith("both.toml")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (Saved({}, fails=ValueError("locked")), "can't say whether it knows it: ValueError: locked"),
        (Saved("text"), "gave a str in place of an agent"),
    ],
)
async def test_a_source_that_fails_hides_no_other_and_is_named_when_nobody_knows(
    broken: Saved, said: str
) -> None:
    """The next source may know; and where none does, the failed one might have."""
    sound = Saved({"saved": Agent(name="saved")})

    assert (await get_agent("saved", executor_of(broken, sound))).name == "saved"
    with pytest.raises(ConfigError) as raised:
        await get_agent("sved", executor_of(broken, sound))
    assert str(raised.value).startswith("there is no agent 'sved'. Did you mean 'saved'?")
    assert said in str(raised.value)
    known = await list_agents(executor_of(broken, sound))
    assert "saved" in known.places
    assert "can't list its agents" in known.problems[0]


async def test_where_there_are_no_agents_it_says_how_there_would_be_one(tmp_path: Path, monkeypatch) -> None:
    """With the path to write."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    with pytest.raises(ConfigError, match=r"put one into agents/: agents/NAME\.toml$"):
        await get_agent("reviewer", executor_of())
