"""The run's own list of what is to be done: made with the run, and gone with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from attrs import define, field
from pydantic import Field

from executus_core import SessionTools, ToolError, tool

if TYPE_CHECKING:
    from executus_core.tool import SessionToolFactory

MAX_TASKS: Final = 100
MAX_TASK_CHARS: Final = 500

State: TypeAlias = Literal["open", "doing", "done", "dropped"]
Text = Annotated[str, Field(min_length=1, max_length=MAX_TASK_CHARS)]

_MARKS: Final[dict[State, str]] = {"open": "[ ]", "doing": "[>]", "done": "[x]", "dropped": "[-]"}


def build_session_tools() -> SessionToolFactory:
    """Build what makes each run its own list."""
    return lambda _session: TodoList().tools()


@define
class _Task:
    text: str
    state: State = "open"


@define(eq=False)
class TodoList:
    """The tasks of one run, numbered from 1."""

    _tasks: list[_Task] = field(factory=list[_Task], init=False)

    def tools(self) -> SessionTools:
        """Give the tools over this list. They change nothing outside of the run, whose end is the list's end too."""
        options = tool(visibility="public", effect="pure")
        return SessionTools([options(self.todo_add), options(self.todo_update), options(self.todo_list)])

    async def todo_add(self, tasks: Annotated[list[Text], Field(min_length=1, max_length=MAX_TASKS)]) -> str:
        """Add tasks to your list for this run: use it for work of several steps, before you begin. Shows the whole list.

        Args:
            tasks: What is to be done, in order, each in a few words.
        """
        if len(self._tasks) + len(tasks) > MAX_TASKS:
            raise ToolError(
                f"the list would have more than {MAX_TASKS} tasks, so nothing was added; put several into one"
            )
        self._tasks += [_Task(" ".join(task.split())) for task in tasks]
        return self._show()

    async def todo_update(self, task: int, state: State) -> str:
        """Say how far a task of your list is: set it to "doing" when you begin it, and to "done" when it is done.

        Args:
            task: Its number in the list.
            state: How far it is now; "dropped" when it is not needed after all.
        """
        if not 1 <= task <= len(self._tasks):
            known = f"the tasks are numbered 1 to {len(self._tasks)}" if self._tasks else "the list is empty"
            raise ToolError(f"there is no task {task}; {known}")
        self._tasks[task - 1].state = state
        return self._show()

    async def todo_list(self) -> str:
        """Show your list of tasks for this run."""
        return self._show()

    def _show(self) -> str:
        if not self._tasks:
            return "the list is empty"
        over = sum(task.state in {"done", "dropped"} for task in self._tasks)
        lines = [f"{number}. {_MARKS[task.state]} {task.text}" for number, task in enumerate(self._tasks, 1)]
        return "\n".join([*lines, f"{over} of {len(self._tasks)} are over"])
