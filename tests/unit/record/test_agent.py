"""Agents are validated when they are made."""

from __future__ import annotations

import pytest

from executus_core import Agent, ConfigError, Phase


def test_an_agent_needs_no_more_than_a_name() -> None:
    """Everything else is the host's to default."""
    agent = Agent(name="greeter")

    assert (agent.model_tier, agent.max_steps, agent.max_runtime_s) == (None, None, None)
    assert (agent.tools, agent.critic, agent.durable) == ((), False, False)


def test_the_subject_is_the_id_or_else_the_name() -> None:
    """Audit and budgets know an agent by its stable id."""
    assert Agent(name="greeter").subject_id == "greeter"
    assert Agent(id="a-1", name="greeter").subject_id == "a-1"


def test_an_agent_is_immutable() -> None:
    """Many runs share one agent."""
    agent = Agent(name="greeter")

    with pytest.raises(ValueError, match="frozen"):
        agent.name = "other"  # type: ignore[misc]


def test_an_unknown_field_names_itself_and_the_nearest_one() -> None:
    """A misspelt field is an error that says what was meant."""
    with pytest.raises(ConfigError) as caught:
        Agent(name="greeter", system_promt="Be brief.")  # type: ignore[call-arg]

    assert str(caught.value) == "agent: unknown field 'system_promt'. Did you mean 'system_prompt'?"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_steps", -1),
        ("max_steps", 0),
        ("max_runtime_s", -0.5),
        ("max_runtime_s", 0),
        ("max_runtime_s", float("inf")),
        ("max_runtime_s", float("nan")),
    ],
)
def test_a_cap_that_would_stop_every_run_is_refused(field: str, value: float) -> None:
    """A negative, empty or boundless cap is an error that names the field and the value."""
    with pytest.raises(ConfigError) as caught:
        Agent.parse({"name": "greeter", field: value}, source="test")

    assert f"field '{field}'" in str(caught.value)
    assert f"got {value!r}" in str(caught.value)


def test_every_problem_is_told_at_once() -> None:
    """Nobody should have to mend a file one error at a time."""
    with pytest.raises(ConfigError) as caught:
        Agent.parse({"max_steps": -1, "colour": "red"}, source="agents/x.toml")

    assert len(caught.value.problems) == 3
    assert all(problem.startswith("agents/x.toml: agent: ") for problem in caught.value.problems)
    assert "field 'name' is missing" in str(caught.value)


@pytest.mark.parametrize("field", ["tools", "required_tools", "skills", "sub_agents"])
def test_a_blank_name_in_a_list_is_refused_with_its_position(field: str) -> None:
    """A blank name would name nothing, in silence."""
    with pytest.raises(ConfigError) as caught:
        Agent.parse({"name": "greeter", field: ["ok", " "]}, source="test")

    assert f"field '{field}': entry 1 is blank" in str(caught.value)


def test_a_phase_that_names_an_unknown_phase_is_refused_where_it_stands() -> None:
    """Templates are checked when the agent is made, not in the middle of a run."""
    phases = [Phase(name="plan", prompt="{{ input }}"), Phase(name="act", prompt="Do {{ phases.pln }}")]

    with pytest.raises(ConfigError) as caught:
        Agent(name="pipeline", phases=tuple(phases))

    assert "phase 'act' speaks of '{{ phases.pln }}'" in str(caught.value)
    assert "Did you mean 'phases.plan'?" in str(caught.value)


def test_a_phase_may_not_speak_of_a_later_one_or_of_itself() -> None:
    """What has not run yet has no output."""
    with pytest.raises(ConfigError, match="neither the input nor an earlier phase"):
        Agent(name="pipeline", phases=(Phase(name="act", prompt="{{ phases.act }}"),))


def test_two_phases_of_one_name_are_refused() -> None:
    """A name must lead to one output."""
    phase = Phase(name="act", prompt="{{ input }}")

    with pytest.raises(ConfigError, match="two phases are named 'act'; rename one"):
        Agent(name="pipeline", phases=(phase, phase))


def test_phases_may_speak_of_the_input_and_of_earlier_phases() -> None:
    """What is right passes."""
    agent = Agent(
        name="pipeline",
        phases=(
            Phase(name="plan", prompt="Plan: {{input}}"),
            Phase(name="act", prompt="{{ phases.plan }} for {{ input }}"),
        ),
    )

    assert [phase.name for phase in agent.phases] == ["plan", "act"]


def test_an_unknown_field_of_a_phase_says_which_phase() -> None:
    """The place leads into the list."""
    with pytest.raises(ConfigError) as caught:
        Agent.parse({"name": "x", "phases": [{"name": "a", "prompt": "p", "toolz": []}]}, source="x.toml")

    assert "x.toml: agent: unknown field 'phases.0.toolz'. Did you mean 'tools'?" in str(caught.value)
