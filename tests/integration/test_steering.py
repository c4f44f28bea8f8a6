"""Messages from outside the conversation: attached images, and what the critic says."""

from __future__ import annotations

from executus_core import Agent, AgentSession, Executor, Invocation, Ports, SessionTools, ToolContext, tool
from executus_core.llm import ImagePart, Message, TextPart
from executus_core.record.events import Steered
from executus_core.testing import MemoryObserver, ScriptedCritic, ScriptedModel, call

ONE, TWO = ImagePart(b"1"), ImagePart(b"2")


@tool
async def draw(ctx: ToolContext, text: str = "", count: int = 1) -> str:
    """Draw."""
    ctx.attach_images(text, *[ONE, TWO][:count])
    return "drawn"


AGENT = Agent(name="x", tools=("draw",), critic=True)


async def test_attached_images_come_after_the_results_of_the_step() -> None:
    """One user message before the model's next step: the text, then the images."""
    model = ScriptedModel([[call("draw", text="See:", count=2), call("draw", text="And:", count=1)], "done"])

    result = await Executor(models=model, registry=[draw]).run(AGENT, "go")

    assert [message.role for message in result.messages] == [
        "user", "assistant", "tool", "tool", "user", "user", "assistant",
    ]  # fmt: skip
    assert result.messages[4] == Message("user", (TextPart("See:"), ONE, TWO))
    assert result.messages[5] == Message("user", (TextPart("And:"), ONE))
    assert model.requests[1].messages == result.messages[:6]


async def test_a_blank_text_makes_no_part() -> None:
    """The images stand alone."""
    model = ScriptedModel([call("draw", text="  \n", count=1), "done"])

    result = await Executor(models=model, registry=[draw]).run(AGENT, "go")

    assert result.messages[3] == Message("user", (ONE,))


async def test_text_without_images_is_a_message_too() -> None:
    """A tool may just say something."""
    model = ScriptedModel([call("draw", text="Note.", count=0), "done"])

    result = await Executor(models=model, registry=[draw]).run(AGENT, "go")

    assert result.messages[3] == Message("user", (TextPart("Note."),))


async def test_nothing_at_all_queues_nothing() -> None:
    """No empty message reaches a provider."""
    model = ScriptedModel([call("draw", text=" ", count=0), "done"])

    result = await Executor(models=model, registry=[draw]).run(AGENT, "go")

    assert [message.role for message in result.messages] == ["user", "assistant", "tool", "assistant"]


async def test_a_session_tool_can_hold_the_mailbox_from_its_factory_on() -> None:
    """The mailbox is there before the toolbox, and what it holds is seen before the first step."""
    held: list[AgentSession] = []

    @tool
    async def show() -> str:
        """Show."""
        held[0].attach_images("Later:", TWO)
        return "shown"

    def factory(session: AgentSession) -> SessionTools:
        held.append(session)
        session.attach_images("At once:", ONE)
        return SessionTools([show])

    model = ScriptedModel([call("show"), "done"])
    result = await Executor(models=model).run(Agent(name="x"), "go", Invocation(session_tool_factory=factory))

    assert model.requests[0].messages == [Message.user("go"), Message.user("At once:", ONE)]
    assert result.messages[4] == Message.user("Later:", TWO)


async def test_what_a_factory_without_tools_attaches_is_seen_on_the_direct_path_too() -> None:
    """A message that was queued before the only step belongs to it."""

    def factory(session: AgentSession) -> SessionTools:
        session.attach_images("See:", ONE)
        return SessionTools()

    model = ScriptedModel(["done"])
    result = await Executor(models=model).run(Agent(name="x"), "go", Invocation(session_tool_factory=factory))

    assert model.requests[0].messages == [Message.user("go"), Message.user("See:", ONE)]
    assert result.status == "ok"


async def test_what_comes_after_the_end_is_dropped() -> None:
    """The mailbox is closed with the run."""
    held: list[AgentSession] = []

    def factory(session: AgentSession) -> SessionTools:
        held.append(session)
        return SessionTools([draw])

    result = await Executor(models=ScriptedModel(["done"])).run(
        Agent(name="x"), "go", Invocation(session_tool_factory=factory)
    )
    held[0].attach_images("Too late:", ONE)

    assert len(result.messages) == 2


async def test_the_critic_speaks_after_the_mailbox() -> None:
    """Both before the model's next step."""
    critic = ScriptedCritic(on_step=lambda handle, index, _: handle.send("Hurry.") if index == 1 else None)
    observer = MemoryObserver()
    model = ScriptedModel([call("draw", text="See:"), "done"])
    ports = Ports(critic=critic, observers=(observer,))

    result = await Executor(models=model, registry=[draw], ports=ports).run(AGENT, "go")

    assert result.messages[3:5] == [Message.user("See:", ONE), Message.user("Hurry.")]
    steered = [event for event in observer.events[result.run_id] if isinstance(event, Steered)]
    assert [event.messages for event in steered] == [tuple(result.messages[3:5])]


async def test_the_critic_can_speak_before_the_first_step_also_on_the_direct_path() -> None:
    """It is asked at each step, and the direct path has one."""
    critic = ScriptedCritic(on_start=lambda handle: handle.send("Be careful."))
    model = ScriptedModel(["done"])

    await Executor(models=model, ports=Ports(critic=critic)).run(Agent(name="x", critic=True), "go")

    assert [message.text for message in model.requests[0].messages] == ["go", "Be careful."]


async def test_a_critic_that_kills_at_once_lets_no_model_be_asked() -> None:
    """Also when there is only one step to come."""
    critic = ScriptedCritic(on_start=lambda handle: handle.kill("not today"))

    for agent in (Agent(name="x", critic=True), AGENT):
        executor = Executor(models=ScriptedModel(), registry=[draw], ports=Ports(critic=critic))
        assert (await executor.run(agent, "go")).status == "killed"


async def test_a_critic_sees_each_step_and_each_tool_start_as_they_happen() -> None:
    """And is stopped once, with the soft time-out of the defaults."""
    critic = ScriptedCritic()
    model = ScriptedModel([[call("draw"), call("nope")], "done"])
    executor = Executor(models=model, registry=[draw], ports=Ports(critic=critic))

    result = await executor.run(AGENT, "go")

    handle = critic.handles[result.run_id]
    assert [response.message.text for response in handle.steps] == ["", "done"]
    assert [started.name for started in handle.tool_starts] == ["draw", "nope"]
    assert (handle.times_stopped, handle.soft_timeout) == (1, 90)


async def test_a_critic_is_only_asked_for_runs_whose_agent_wants_it() -> None:
    """Supervision is the agent's choice."""
    critic = ScriptedCritic()

    await Executor(models=ScriptedModel(["ok"]), ports=Ports(critic=critic)).run(Agent(name="x"), "go")

    assert critic.handles == {}
