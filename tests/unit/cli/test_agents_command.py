"""``executus agents``: what is listed, one agent whole, and whether files are sound."""

import json
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executus_core import Agent, Defaults, Phase
from executus_core.cli import exit_codes, main
from executus_core.cli.agents.text import describe_agent

CREW = """
    from executus_core import Agent, Plugin, Provider, hookimpl, tool

    plugin = Plugin(summary="A crew")

    @tool
    def dig() -> str:
        "Dig."
        return ""

    class Crew:
        async def list_agents(self):
            return ["digger", "lost"]

        async def find_agent(self, name):
            if name == "lost":
                raise OSError("the archive is closed")
            if name == "digger":
                return Agent(name="digger", description="Digs.", tools=["dig"])

    @hookimpl
    def executus_provide_agents():
        yield Provider("crew", Crew)

    @hookimpl
    def executus_provide_tools():
        yield dig
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with no agent in it, and no plugin."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXECUTUS_PLUGINS", "")
    return tmp_path


@pytest.fixture
def crew(fake_dist, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin that knows two agents, one of which it can't give."""
    fake_dist("crew", CREW)
    monkeypatch.setenv("EXECUTUS_PLUGINS", "crew")


@pytest.fixture
def files(folder: Path) -> Path:
    """Three files, one of them broken."""
    agents = folder / "agents"
    agents.mkdir()
    (agents / "reader.toml").write_text(
        'name = "reader"\ndescription = "Reads.\\nSlowly."\nmodel_tier = "thinking"\ntools = ["dig"]\n'
    )
    (agents / "writer.yaml").write_text("name: writer\n")
    (agents / "broken.json").write_text('{"name": 1, "max_step": 2}')
    return agents


def execute(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(["agents", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def rows(out: str) -> dict[str, str]:
    """The rows of a table by their first word, with single blanks."""
    return {line.split()[0]: " ".join(line.split()) for line in out.splitlines() if line.strip()}


def test_agents_of_files_and_of_plugins_are_listed(crew, files, capsys) -> None:
    """With where they stand, what they may use, and the first line of what they are for."""
    code, out, _ = execute(capsys, "list")
    shown = rows(out)

    assert code == exit_codes.OK
    assert shown["reader"] == f"reader {Path('agents/reader.toml')} thinking dig Reads."
    assert shown["writer"] == f"writer {Path('agents/writer.yaml')} fast"
    assert shown["digger"] == "digger plugin 'crew' fast dig Digs."


def test_what_is_broken_is_listed_with_its_problem(crew, files, capsys) -> None:
    """It hides nobody else."""
    shown = rows(execute(capsys)[1])

    assert (
        "field 'name': Input should be a valid string (got 1); unknown field 'max_step'." in shown["broken"]
    )
    assert "the archive is closed" in shown["lost"]


def test_a_source_that_can_not_list_is_told_of(capsys, fake_dist, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some agents may be missing."""
    fake_dist("crew", CREW.replace('return ["digger", "lost"]', "raise OSError('closed')"))
    monkeypatch.setenv("EXECUTUS_PLUGINS", "crew")

    code, out, _ = execute(capsys)

    assert code == exit_codes.OK
    assert "No agents are known here. Begin one: executus agents new NAME" in out
    assert "plugin 'crew' can't list its agents: OSError: closed" in out


def test_the_list_as_json_has_every_field(crew, files, capsys) -> None:
    """With what each leaves to the defaults, and why one can't be read."""
    listed = {one["name"]: one for one in json.loads(execute(capsys, "list", "--json")[1])["agents"]}

    assert listed["broken"]["agent"] is None
    assert "max_step" in listed["broken"]["problem"]
    assert listed["digger"]["from"] == "plugin 'crew'"
    writer = listed["writer"]["agent"]
    assert (writer["model_tier"], writer["max_steps"], writer["id"]) == ("fast", 12, "writer")
    assert {"model_tier", "max_steps", "tools"} <= set(writer["defaults"])
    assert "name" not in writer["defaults"]


def test_one_agent_is_shown_whole_with_its_defaults_marked(crew, files, capsys) -> None:
    """The text is an agent file."""
    code, out, _ = execute(capsys, "show", "reader")

    assert code == exit_codes.OK
    assert 'model_tier = "thinking"\n' in out
    assert 'tools = ["dig"]\n' in out
    assert "max_steps = 12  # default\n" in out
    assert Agent.parse(tomllib.loads(out), source="shown").description == "Reads.\nSlowly."


def test_the_defaults_are_those_of_the_host(files, folder: Path, capsys) -> None:
    """And not ours, where it says so."""
    (folder / "executus.toml").write_text('[defaults]\nmax_steps = 7\nmodel_tier = "small"\n')

    out = execute(capsys, "show", "writer")[1]

    assert "max_steps = 7  # default" in out
    assert 'model_tier = "small"  # default' in out


def test_another_configuration_may_be_named(files, folder: Path, capsys) -> None:
    """Its agents stand beside it, behind those of the working folder."""
    elsewhere = folder / "elsewhere"
    (elsewhere / "agents").mkdir(parents=True)
    (elsewhere / "prod.toml").write_text("[defaults]\nmax_steps = 3\n")
    (elsewhere / "agents" / "far.toml").write_text('name = "far"\n')
    config = str(elsewhere / "prod.toml")

    assert {"far", "reader"} <= rows(execute(capsys, "list", "--config", config)[1]).keys()
    assert "max_steps = 3  # default" in execute(capsys, "show", "far", "--config", config)[1]
    assert "far.toml" in execute(capsys, "check", "--config", config)[1]


def test_an_agent_of_a_plugin_and_one_of_a_file_elsewhere_are_shown(crew, folder: Path, capsys) -> None:
    """NAME is a name or a file."""
    (folder / "elsewhere.toml").write_text('name = "far"\n')

    assert 'description = "Digs."' in execute(capsys, "show", "digger")[1]
    assert json.loads(execute(capsys, "show", "elsewhere.toml", "--json")[1])["name"] == "far"


def test_a_name_that_is_not_known_is_told_its_neighbour(crew, files, capsys) -> None:
    """A typo costs one look."""
    code, out, err = execute(capsys, "show", "readr")

    assert (code, out) == (exit_codes.USAGE, "")
    assert "there is no agent 'readr'. Did you mean 'reader'?" in err


def test_files_are_checked_with_every_problem(crew, files, capsys) -> None:
    """Fields, and tools that nobody has installed; also those of phases."""
    (files / "pipe.toml").write_text(
        'name = "pipe"\ntools = ["dgi", "d*"]\nrequired_tools = ["zz*"]\n'
        '[[phases]]\nname = "one"\nprompt = "{{ input }}"\ntools = ["dug"]\n'
    )

    code, out, _ = execute(capsys, "check")

    assert code == exit_codes.USAGE
    assert f"✓ {Path('agents/reader.toml')}\n" in out
    assert f"✗ {Path('agents/broken.json')}\n  field 'name'" in out
    assert "  unknown field 'max_step'. Did you mean 'max_steps'?\n" in out
    assert "  tools: no installed tool is named 'dgi'. Did you mean 'dig'?\n" in out
    assert "  required_tools: no installed tool is named 'zz*'. Known: 'dig'.\n" in out
    assert "  phase 'one': no installed tool is named 'dug'. Did you mean 'dig'?\n" in out


def test_a_sound_file_is_said_to_be_one(crew, files, capsys) -> None:
    """By the exit code too, and as JSON for programs."""
    name = str(Path("agents/reader.toml"))

    assert execute(capsys, "check", name) == (exit_codes.OK, f"✓ {name}\n", "")
    assert json.loads(execute(capsys, "check", name, "--json")[1]) == {name: []}


def test_a_missing_file_is_a_problem_and_nothing_to_check_is_an_error(folder: Path, capsys) -> None:
    """Nobody takes silence for soundness."""
    code, out, _ = execute(capsys, "check", "no.toml")
    assert (code, out) == (exit_codes.USAGE, "✗ no.toml\n  No such file or directory\n")

    code, out, err = execute(capsys, "check")
    assert (code, out) == (exit_codes.USAGE, "")
    assert "there is no file to check; name one" in err


def test_a_new_agent_is_a_sound_file_that_runs(folder: Path, capsys) -> None:
    """The first thing a person does with it works."""
    code, out, _ = execute(capsys, "new", "code-reviewer")

    assert code == exit_codes.OK
    assert "executus run --agent code-reviewer" in out
    assert execute(capsys, "check")[0] == exit_codes.OK
    assert main(["run", "--agent", "code-reviewer", "--model", "scripted", "hello"]) == exit_codes.OK


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "a b", "-x", "x" * 65, 'a"b'])
def test_a_name_that_can_not_be_a_file_is_refused(folder: Path, capsys, name: str) -> None:
    """Nothing is written outside of the folder."""
    code, _, err = execute(capsys, "new", "--", name)

    assert code == exit_codes.USAGE
    assert "can't be the name of an agent" in err
    assert not (folder / "agents").exists()


def test_an_agent_that_is_there_is_not_overwritten(files, capsys) -> None:
    """Whatever its author wrote stays."""
    before = (files / "reader.toml").read_text()

    code, _, err = execute(capsys, "new", "reader")

    assert code == exit_codes.USAGE
    assert "is there already" in err
    assert (files / "reader.toml").read_text() == before


def test_a_folder_that_can_not_be_written_is_named(folder: Path, capsys) -> None:
    """With the system's reason."""
    (folder / "agents").write_text("a file")

    code, _, err = execute(capsys, "new", "reader")

    assert code == exit_codes.USAGE
    assert "agents" in err


def test_a_terminal_is_not_steered_by_an_agent(crew, files, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control characters are shown as what they are: not text."""
    (files / "evil.json").write_text(
        json.dumps({"name": "evil", "description": "a\x1b[2J", "tools": ["\x9b"]})
    )
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    assert "\x1b[2J" not in execute(capsys)[1]
    assert "\x9b" not in execute(capsys, "show", "evil")[1]


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(str.strip)
agents = st.builds(
    Agent,
    name=names,
    id=names,
    description=st.text(st.characters(exclude_categories=["Cs"])),
    system_prompt=st.text(st.characters(exclude_categories=["Cs"])),
    tools=st.lists(names),
    max_steps=st.none() | st.integers(1, 1000),
    max_runtime_s=st.none() | st.floats(0.001, 1e6),
    critic=st.booleans(),
    phases=st.lists(
        st.builds(Phase, name=st.sampled_from("abcdef"), prompt=st.just("{{ input }}"), max_steps=st.just(3)),
        unique_by=lambda phase: phase.name,
    ),
    model_options=st.dictionaries(names, st.integers() | st.booleans() | names, max_size=3),
)


@given(agents)
def test_what_is_shown_is_the_agent_itself(agent: Agent) -> None:
    """Whatever stands in its fields: reading the text gives an agent with the same fields and the defaults filled in."""
    shown = Agent.parse(tomllib.loads(describe_agent(agent, Defaults())), source="shown")
    filled = {
        "max_steps": agent.max_steps or 12,
        "max_runtime_s": agent.max_runtime_s or 60.0,
        "model_tier": "fast",
    }

    assert shown == agent.model_copy(update=filled)


def test_an_output_type_is_shown_as_what_it_is() -> None:
    """A schema as itself, a Python type by its name."""
    schema = describe_agent(Agent(name="a", output_type={"type": "integer"}), Defaults())

    assert tomllib.loads(schema)["output_type"] == {"type": "integer"}
    assert "# output_type is the Python type int" in describe_agent(
        Agent[int](name="a", output_type=int), Defaults()
    )
