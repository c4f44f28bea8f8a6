"""The run's own list of tasks."""

from __future__ import annotations

import gc
import weakref

from executus_core import Agent, Executor, Ports
from executus_core.llm import Message, ModelRequest, Response, ToolCall, Usage
from executus_core.testing import ScriptedModel, call
from executus_tools_common import todo
from executus_tools_common.todo import build_session_tools

AGENT = Agent(name="x", tools=["todo"])


def _executor(*script) -> Executor:
    ports = Ports(session_tools={"todo": build_session_tools()})
    return Executor(models=ScriptedModel(script), ports=ports)


async def _told(*calls) -> list[str]:
    result = await _executor(*([each] for each in calls), "done").run(AGENT, "go")
    assert result.status == "ok", result.error
    return [step.result.text for step in result.steps]


async def test_tasks_are_added_updated_and_shown() -> None:
    """Each answer shows the whole list."""
    told = await _told(
        call("todo_list"),
        call("todo_add", tasks=["look", "  write\n it "]),
        call("todo_update", task=1, state="done"),
        call("todo_add", tasks=["check"]),
        call("todo_update", task=2, state="doing"),
        call("todo_update", task=3, state="dropped"),
        call("todo_list"),
    )

    assert told[0] == "the list is empty"
    assert told[1] == "1. [ ] look\n2. [ ] write it\n0 of 2 are over"
    assert told[5] == told[6] == "1. [x] look\n2. [>] write it\n3. [-] check\n2 of 3 are over"


async def test_what_is_wrong_is_said() -> None:
    """The list stays as it is."""
    told = await _told(
        call("todo_update", task=1, state="done"),
        call("todo_add", tasks=["a"] * 100),
        call("todo_add", tasks=["b"]),
        call("todo_update", task=101, state="done"),
        call("todo_list"),
    )

    assert told[0] == "error: there is no task 1; the list is empty"
    assert told[2].startswith("error: the list would have more than 100 tasks, so nothing was added")
    assert told[3] == "error: there is no task 101; the tasks are numbered 1 to 100"
    assert told[4].endswith("0 of 100 are over")


async def test_each_run_has_its_own_list() -> None:
    """Also of two runs of one executor."""
    executor = _executor([call("todo_add", tasks=["a"])], "done", [call("todo_list")], "done")

    await executor.run(AGENT, "go")
    result = await executor.run(AGENT, "go")

    assert result.steps[0].result.text == "the list is empty"


class Forgetful:
    """A model that adds a task to the list and ends, and remembers nothing of its runs."""

    name = "forgetful"
    context_tokens = 1_000

    async def generate(self, request: ModelRequest) -> Response:
        asked = request.messages[-1].role == "user"
        calls = [ToolCall("1", "todo_add", '{"tasks": ["a"]}')] if asked else []
        return Response(Message.assistant("", calls), Usage(1, 1))


async def test_a_list_goes_with_its_run(monkeypatch) -> None:
    """Nothing is kept, so a host that has run for months is no larger for it."""
    lists: list[weakref.ref[todo.TodoList]] = []

    class Watched(todo.TodoList):
        def __init__(self) -> None:
            super().__init__()
            lists.append(weakref.ref(self))

    monkeypatch.setattr(todo, "TodoList", Watched)
    executor = Executor(models=Forgetful(), ports=Ports(session_tools={"todo": build_session_tools()}))
    results = [await executor.run(AGENT, "go") for _ in range(20)]
    gc.collect()

    assert [result.steps[0].is_error for result in results] == [False] * 20
    assert [ref() for ref in lists] == [None] * 20
