"""Agents load from TOML, YAML and JSON, and go back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from executus_core import Agent, ConfigError, Phase

if TYPE_CHECKING:
    from pathlib import Path

FULL = Agent(
    id="g-1",
    name="greeter",
    description="Says hello.\nTwice.",
    system_prompt='Be "brief": äöü ✓',
    model_tier="fast",
    max_steps=3,
    max_runtime_s=1.5,
    tools=("time_*", "add"),
    required_tools=("add",),
    skills=("summary",),
    sub_agents=("helper",),
    phases=(Phase(name="plan", prompt="{{ input }}", tools=(), max_steps=2),),
    critic=True,
    durable=True,
    model_options={"temperature": 0.5, "stop": ["a", "b"], "nested": {"deep": True}},
)
FORMATS = ["toml", "yaml", "json"]
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
agents = st.builds(
    Agent,
    name=texts,
    system_prompt=texts,
    max_steps=st.none() | st.integers(1, 10**6),
    max_runtime_s=st.none() | st.floats(0.001, 1e6),
    tools=st.lists(texts.filter(str.strip), max_size=3).map(tuple),
    critic=st.booleans(),
)


@pytest.mark.parametrize("suffix", FORMATS)
def test_an_agent_that_is_written_and_read_is_the_same_agent(suffix: str, tmp_path: Path) -> None:
    """Every field survives every format."""
    path = tmp_path / f"agent.{suffix}"
    path.write_text(FULL.dumps(suffix), encoding="utf-8")

    assert Agent.load(path) == FULL


@pytest.mark.parametrize("suffix", FORMATS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(agent=agents)
def test_any_agent_survives_any_format(suffix: str, tmp_path: Path, agent: Agent) -> None:
    """Whatever stands in a prompt or a name comes back as it was."""
    path = tmp_path / f"agent.{suffix}"
    path.write_text(agent.dumps(suffix), encoding="utf-8")

    assert Agent.load(path) == agent


def test_what_was_never_set_is_not_written() -> None:
    """A short agent makes a short file."""
    assert Agent(name="greeter").dumps() == 'name = "greeter"\n'


def test_a_toml_error_shows_file_and_line(tmp_path: Path) -> None:
    """A person must find the place."""
    path = tmp_path / "agent.toml"
    path.write_text('name = "x"\nmax_steps = = 3\n')

    with pytest.raises(ConfigError) as caught:
        Agent.load(path)

    assert str(path) in str(caught.value)
    assert "line 2" in str(caught.value)


@pytest.mark.parametrize(("suffix", "text"), [("json", '{"name": \n,}'), ("yaml", "name: x\nb: [")])
def test_a_json_or_yaml_error_shows_file_and_line(suffix: str, text: str, tmp_path: Path) -> None:
    """The other formats say as much."""
    path = tmp_path / f"agent.{suffix}"
    path.write_text(text)

    with pytest.raises(ConfigError) as caught:
        Agent.load(path)

    assert str(path) in str(caught.value)
    assert "line 2" in str(caught.value)


def test_a_wrong_field_in_a_file_names_the_file(tmp_path: Path) -> None:
    """An error that comes from a file says from which."""
    path = tmp_path / "agent.yaml"
    path.write_text("name: x\nmax_stepz: 3\n")

    with pytest.raises(ConfigError) as caught:
        Agent.load(path)

    assert str(caught.value) == f"{path}: agent: unknown field 'max_stepz'. Did you mean 'max_steps'?"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("agent.ini", "", "cannot read '.ini' files; use .toml, .yaml or .json"),
        ("agent.json", "[1]", "the top level is a list"),
        ("missing.toml", None, "No such file"),
    ],
)
def test_a_file_that_can_hold_no_agent_says_why(
    name: str, text: str | None, message: str, tmp_path: Path
) -> None:
    """Wrong kind of file, wrong content, no file."""
    path = tmp_path / name
    if text is not None:
        path.write_text(text)

    with pytest.raises(ConfigError) as caught:
        Agent.load(path)

    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_a_file_that_is_not_text_says_where(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 have a position."""
    path = tmp_path / "agent.toml"
    path.write_bytes(b'name = "\xff"')

    with pytest.raises(ConfigError, match=r"not UTF-8 text \(byte 8\)"):
        Agent.load(path)


def test_an_unknown_format_to_write_names_the_known_ones() -> None:
    """A typo in a format is answered."""
    with pytest.raises(ConfigError, match="Did you mean 'toml'"):
        FULL.dumps("tml")
