"""One hook per port, and the hooks that watch runs: all that a plugin can implement.

A registration hook (``executus_provide_<port>``) is plain, not async, and cheap. It is called once while a host is built,
and yields a ``Provider`` for each provider that the plugin has; nothing in a run calls it. Connections open in the
provider's ``__aenter__``, which an executor awaits, and close in its ``__aexit__`` or ``aclose``. A provider may be any
object that satisfies the port's Protocol in ``executus_core.ports``. Hooks and factories declare only the arguments that
they want.

Each docstring holds a whole plugin.

A hook, or an argument, that will go is marked ``@hookspec(warn_on_impl=ExecutusDeprecationWarning("since plugin API 1.2;
implement 'executus_...' instead"))``, or ``warn_on_impl_args={"argument": ...}``, and stays for the rest of its major.
Plugins that implement it go on working; ``executus plugins`` and a warning at their own line tell their authors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pluggy import HookimplMarker, HookspecMarker

from executus_core.record.plugin import Plugin, PluginContext, Provider

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable
    from typing import Protocol

    from executus_core.record.events import RunEvent
    from executus_core.record.result import Result
    from executus_core.record.run import RunInfo
    from executus_core.record.tool import Tool

    class CommandRegistry(Protocol):
        """Where plugins put commands."""

        def add(self, name: str, target: str, *, help: str) -> None:  # noqa: A002 - the command line's word
            """Add a command.

            Args:
                name: What people type.
                target: The click command as ``"module:attribute"``; imported when the command is called.
                help: One line for the list of commands.
            """


__all__ = ["API_VERSION", "GROUP", "PROJECT", "Plugin", "PluginContext", "Provider", "hookimpl", "hookspec"]

PROJECT: Final = "executus"
API_VERSION: Final = (1, 0)
"""Major and minor of the plugin API that this file is. The entry point group carries the major."""
GROUP: Final = f"executus.v{API_VERSION[0]}"
"""The group of entry points under which plugins are found."""

hookspec: Final = HookspecMarker(PROJECT)
hookimpl: Final = HookimplMarker(PROJECT)
"""Marks a plugin's function as the implementation of the hook of the same name."""


@hookspec
def executus_provide_model(context: PluginContext) -> Iterable[Provider] | None:
    """Offer models by tier or spec.

    Many: the first source that knows the tier or spec serves it.

    Example::

        from executus_core import Plugin, Provider, hookimpl
        from executus_core.testing import ScriptedModel

        plugin = Plugin(summary="A model that always says yes")

        class YesModels:
            async def resolve(self, spec):
                return ScriptedModel(["yes"]) if spec == "yes" else None

        @hookimpl
        def executus_provide_model(context):
            yield Provider("yes", YesModels)
    """


@hookspec
def executus_provide_audit(context: PluginContext) -> Iterable[Provider] | None:
    """Offer a record of every run.

    Many: each records.

    Example::

        from executus_core import Plugin, Provider, hookimpl

        plugin = Plugin(summary="Counts runs and keeps no record")

        class RunCounter:
            def __init__(self):
                self.runs = 0

            def start_run(self, info):
                self.runs += 1

        @hookimpl
        def executus_provide_audit(context):
            yield Provider("counter", RunCounter)
    """


@hookspec
def executus_provide_budget(context: PluginContext) -> Iterable[Provider] | None:
    """Offer a budget, which may refuse runs.

    A chain: all budgets must agree. One that can't be built stops the start.

    Example::

        from uuid import uuid4

        from executus_core import Plugin, Provider, hookimpl
        from executus_core.errors import BudgetExceededError
        from executus_core.ports import Reservation

        plugin = Plugin(summary="So many runs and no more")

        class RunQuota:
            def __init__(self):
                self.left = 100

            async def check(self, caller_id, estimate):
                if self.left == 0:
                    raise BudgetExceededError("no runs are left today", budget="quota")
                self.left -= 1
                return Reservation(str(uuid4()), caller_id, estimate)

            async def commit(self, reservation, spend):
                pass

        @hookimpl
        def executus_provide_budget(context):
            yield Provider("quota", RunQuota)
    """


@hookspec
def executus_provide_critic(context: PluginContext) -> Iterable[Provider] | None:
    """Offer supervision of runs.

    At most one. It is asked for runs whose agent wants a critic.

    Example::

        from executus_core import Plugin, Provider, hookimpl

        plugin = Plugin(summary="A critic that never minds")

        class CalmCritic:
            def monitor(self, info, soft_timeout):
                return None

        @hookimpl
        def executus_provide_critic(context):
            yield Provider("calm", CalmCritic)
    """


@hookspec
def executus_provide_checkpointer(context: PluginContext) -> Iterable[Provider] | None:
    """Offer a journal that makes runs durable.

    At most one.

    Example::

        from executus_core import Plugin, Provider, hookimpl

        plugin = Plugin(summary="Makes no run durable")

        class NoJournal:
            async def begin(self, info):
                return None

            async def interrupted(self):
                return []

        @hookimpl
        def executus_provide_checkpointer(context):
            yield Provider("none", NoJournal)
    """


@hookspec
def executus_provide_palette(context: PluginContext) -> Iterable[Provider] | None:
    """Offer skills and agents that agents may delegate to.

    Many: the first that knows a name serves it.

    Example::

        from executus_core import Plugin, Provider, hookimpl
        from executus_core.ports import Delegate

        plugin = Plugin(summary="A skill that shouts")

        class Shouting:
            async def resolve_skill(self, name):
                return Delegate("shout", "Says it louder.") if name == "shout" else None

            async def invoke_skill(self, name, inputs, run):
                return str(inputs["prompt"]).upper()

            async def resolve_agent(self, name):
                return None

            async def invoke_agent(self, name, inputs, run):
                raise LookupError(name)

        @hookimpl
        def executus_provide_palette(context):
            yield Provider("shouting", Shouting)
    """


@hookspec
def executus_provide_delivery(context: PluginContext) -> Iterable[Provider] | None:
    """Offer a way for output to reach people.

    Many: the first that serves the target's kind delivers.

    Example::

        from executus_core import Plugin, Provider, hookimpl

        plugin = Plugin(summary="Prints output on the terminal")

        class Terminal:
            kinds = ("terminal",)

            async def deliver(self, target, output, artifacts):
                print(output)

            async def deliver_error(self, target, error):
                print(f"the run failed: {error}")

        @hookimpl
        def executus_provide_delivery(context):
            yield Provider("terminal", Terminal)
    """


@hookspec
def executus_provide_input_files(context: PluginContext) -> Iterable[Provider] | None:
    """Offer a place for attachments.

    At most one. Without one, attachments are ignored.

    Example::

        from executus_core import Plugin, Provider, hookimpl

        plugin = Plugin(summary="Keeps attachments in memory")

        class Shelf:
            def __init__(self):
                self.files = {}

            async def stage(self, run_id, agent_id, name, media_type, content):
                file_id = f"file-{len(self.files) + 1}"
                self.files[file_id] = content
                return file_id

        @hookimpl
        def executus_provide_input_files(context):
            yield Provider("shelf", Shelf)
    """


@hookspec
def executus_provide_compactor(context: PluginContext) -> Iterable[Provider] | None:
    """Offer a way to shorten long transcripts.

    One: in place of the built-in compactor.

    Example::

        from executus_core import Plugin, Provider, hookimpl

        plugin = Plugin(summary="Never shortens anything")

        class NeverCompacts:
            async def compact(self, messages, tokens):
                return None

        class NeverCompactsFactory:
            def __call__(self, threshold_tokens, on_fire):
                return NeverCompacts()

        @hookimpl
        def executus_provide_compactor(context):
            yield Provider("never", NeverCompactsFactory)
    """


@hookspec
def executus_provide_identity(context: PluginContext) -> Iterable[Provider] | None:
    """Offer knowledge of who callers are.

    One. Fails closed: what it raises ends the run.

    Example::

        from executus_core import Plugin, Provider, hookimpl
        from executus_core.ports import Caller

        plugin = Plugin(summary="Everybody may read")

        class Readers:
            async def resolve(self, invocation):
                return Caller(invocation.caller_id, scopes={"read"})

        @hookimpl
        def executus_provide_identity(context):
            yield Provider("readers", Readers)
    """


@hookspec
def executus_provide_agents(context: PluginContext) -> Iterable[Provider] | None:
    """Offer saved agents.

    Many: the first that knows a name serves it.

    Example::

        from executus_core import Agent, Plugin, Provider, hookimpl

        plugin = Plugin(summary="Knows one agent")

        class OneAgent:
            async def list_agents(self):
                return ["greeter"]

            async def find_agent(self, name):
                return Agent(name="greeter", system_prompt="Be kind.") if name == "greeter" else None

        @hookimpl
        def executus_provide_agents(context):
            yield Provider("one", OneAgent)
    """


@hookspec
def executus_provide_skills(context: PluginContext) -> Iterable[Provider] | None:
    """Offer saved skills.

    Many: the first that knows a name serves it.

    Example::

        from executus_core import Plugin, Provider, hookimpl

        plugin = Plugin(summary="Knows one skill")

        class OneSkill:
            async def list_skills(self):
                return ["haiku"]

            async def find_skill(self, name):
                return "Write three lines of 5, 7 and 5 syllables." if name == "haiku" else None

        @hookimpl
        def executus_provide_skills(context):
            yield Provider("one", OneSkill)
    """


@hookspec
def executus_provide_tools(context: PluginContext) -> Iterable[Tool | Provider] | None:
    """Offer tools for agents to name.

    Many. Yield tools as they are, or a ``Provider`` whose factory gives a tool or several, for a pack that is dear to
    import. An installed tool is offered to no model by itself: an agent names its tools.

    Example::

        import random

        from executus_core import Plugin, hookimpl, tool

        plugin = Plugin(summary="Dice for your agents")

        @tool
        def roll(sides: int = 6) -> int:
            '''Roll one die.'''
            return random.randint(1, sides)

        @hookimpl
        def executus_provide_tools(context):
            yield roll
    """


@hookspec
def executus_provide_session_tools(context: PluginContext) -> Iterable[Provider] | None:
    """Offer tools that live as long as one run.

    Many. Agents name the pack by its provider's name; the factory gives a ``SessionToolFactory``.

    Example::

        from executus_core import Plugin, Provider, hookimpl, tool
        from executus_core.tool import SessionTools

        plugin = Plugin(summary="A notepad for each run")

        class Notepad:
            def __call__(self, session):
                notes = []

                @tool
                def note(text: str) -> str:
                    '''Write a note.'''
                    notes.append(text)
                    return f"{len(notes)} notes"

                return SessionTools([note], cleanup=notes.clear)

        @hookimpl
        def executus_provide_session_tools(context):
            yield Provider("notepad", Notepad)
    """


@hookspec
def executus_provide_policies(context: PluginContext) -> Iterable[Provider] | None:
    """Offer a policy that decides about single tool calls.

    A chain: terminate wins over deny wins over ask wins over allow. What it raises is a denial.

    Example::

        from executus_core import Plugin, Provider, hookimpl
        from executus_core.ports import Decision

        plugin = Plugin(summary="Nobody deletes anything")

        class NoDeletions:
            async def decide(self, tool, arguments, caller):
                if tool.name.startswith("delete"):
                    return Decision("deny", "deleting is not allowed here")
                return Decision("allow")

        @hookimpl
        def executus_provide_policies(context):
            yield Provider("no-deletions", NoDeletions)
    """


@hookspec
def executus_provide_approver(context: PluginContext) -> Iterable[Provider] | None:
    """Offer a way to ask a person about a tool call.

    At most one. Without one, what asks is denied.

    Example::

        from executus_core import Plugin, Provider, hookimpl
        from executus_core.ports import Approval

        plugin = Plugin(summary="Approves nothing")

        class Never:
            async def approve(self, request):
                return Approval("deny", "nobody is here")

        @hookimpl
        def executus_provide_approver(context):
            yield Provider("never", Never)
    """


@hookspec
def executus_provide_standing_approvals(context: PluginContext) -> Iterable[Provider] | None:
    """Offer a store of the approvals that go on to hold.

    At most one. Without one, approvals hold for a run or a conversation, and not longer than the process.

    Example::

        from executus_core import Plugin, Provider, hookimpl

        plugin = Plugin(summary="Remembers what was approved")

        class Ledger:
            def __init__(self):
                self.approvals = {}

            async def find_approval(self, call):
                return next((one for one in self.approvals.values() if one.covers(call)), None)

            async def save_approval(self, approval):
                self.approvals[approval.id] = approval

            async def list_approvals(self, caller):
                theirs = (caller.tenant, caller.id)
                return [one for one in self.approvals.values() if (one.call.tenant, one.call.caller_id) == theirs]

            async def revoke_approval(self, caller, approval_id):
                theirs = [one.id for one in await self.list_approvals(caller)]
                return approval_id in theirs and self.approvals.pop(approval_id) is not None

        @hookimpl
        def executus_provide_standing_approvals(context):
            yield Provider("ledger", Ledger)
    """


@hookspec
def executus_provide_asker(context: PluginContext) -> Iterable[Provider] | None:
    """Offer a person whom tools may ask.

    At most one. Without one, a tool that asks is told that nobody is there.

    Example::

        from executus_core import Plugin, Provider, hookimpl

        plugin = Plugin(summary="Answers every question with the first choice")

        class FirstChoice:
            async def ask(self, question):
                return question.choices[0] if question.choices else "as you like"

        @hookimpl
        def executus_provide_asker(context):
            yield Provider("first-choice", FirstChoice)
    """


@hookspec
def executus_provide_scheduler(context: PluginContext) -> Iterable[Provider] | None:
    """Offer runs at their time.

    One.

    Example::

        from executus_core import Plugin, Provider, hookimpl

        plugin = Plugin(summary="Keeps schedules and starts nothing")

        class Calendar:
            def __init__(self):
                self.schedules = {}

            async def schedule(self, schedule):
                self.schedules[schedule.id] = schedule
                return schedule.id

            async def list(self):
                return [self.schedules[key] for key in sorted(self.schedules)]

            async def pause(self, schedule_id):
                self.schedules[schedule_id]

            async def remove(self, schedule_id):
                del self.schedules[schedule_id]

            async def run_forever(self):
                pass

        @hookimpl
        def executus_provide_scheduler(context):
            yield Provider("calendar", Calendar)
    """


@hookspec
def executus_provide_config(context: PluginContext) -> Iterable[Provider] | None:
    """Offer a layer of settings.

    A chain, read while the host is built, each laid over the one before, and the host's own file, environment and code over
    all. It speaks of everything but ``[plugins]``, which was decided before it was asked. One with ``wait_for_change`` is
    followed while the host runs, and what it then says of models holds for the runs that begin.

    Example::

        from executus_core import Plugin, Provider, hookimpl

        plugin = Plugin(summary="The house's own models")

        class HouseRules:
            def read(self):
                return {"models": {"fast": "house/small"}}

        @hookimpl
        def executus_provide_config(context):
            yield Provider("house", HouseRules)
    """


@hookspec
def executus_provide_usage_sink(context: PluginContext) -> Iterable[Provider] | None:
    """Offer a meter of model calls.

    Many: each sees what each attempt at a model call consumed, also those that failed.

    Example::

        from executus_core import Plugin, Provider, hookimpl

        plugin = Plugin(summary="Adds up tokens")

        class TokenMeter:
            def __init__(self):
                self.tokens = 0

            def record_usage(self, attempt):
                if attempt.usage:
                    self.tokens += attempt.usage.input_tokens + attempt.usage.output_tokens

        @hookimpl
        def executus_provide_usage_sink(context):
            yield Provider("meter", TokenMeter)
    """


@hookspec
def executus_provide_trace_sink(context: PluginContext) -> Iterable[Provider] | None:
    """Offer a trace of model calls.

    Many: each sees each attempt at a model call whole.

    Example::

        from executus_core import Plugin, Provider, hookimpl

        plugin = Plugin(summary="Remembers the slowest model call")

        class Slowest:
            def __init__(self):
                self.duration = 0.0

            def record_call(self, attempt, request, response):
                self.duration = max(self.duration, attempt.duration)

        @hookimpl
        def executus_provide_trace_sink(context):
            yield Provider("slowest", Slowest)
    """


@hookspec
def executus_provide_redactor(context: PluginContext) -> Iterable[Provider] | None:
    """Offer to take secrets out of what is recorded.

    A chain: each works on the last one's answer. When one raises, nothing of the payload is recorded.

    Example::

        from executus_core import Plugin, Provider, hookimpl

        plugin = Plugin(summary="Records no e-mail addresses")

        class NoAddresses:
            def redact(self, payload):
                return {key: "..." if "@" in str(value) else value for key, value in payload.items()}

        @hookimpl
        def executus_provide_redactor(context):
            yield Provider("no-addresses", NoAddresses)
    """


@hookspec
def executus_register_commands(registry: CommandRegistry) -> None:
    """Offer commands for the command line.

    ``registry.add(name, "module:attribute", help=...)`` names a click command or group, which is imported only when it is
    called.

    Example::

        import click

        from executus_core import Plugin, hookimpl

        plugin = Plugin(summary="Says hello")

        @click.command()
        def hello():
            '''Say hello.'''
            click.echo("hello")

        @hookimpl
        def executus_register_commands(registry):
            registry.add("hello", f"{__name__}:hello", help="Say hello.")
    """


@hookspec
def executus_on_run_start(run: RunInfo) -> Awaitable[None] | None:
    """Be told that a run begins.

    Plain or async. What it raises is logged with the plugin's name; after five failures in a row it is no longer called.

    Example::

        from executus_core import Plugin, hookimpl

        plugin = Plugin(summary="Counts the runs that began")
        began = []

        @hookimpl
        def executus_on_run_start(run):
            began.append(run.run_id)
    """


@hookspec
def executus_on_event(run: RunInfo, event: RunEvent) -> Awaitable[None] | None:
    """Be told what happens in a run.

    Plain or async, as ``executus_on_run_start``. A plain one is on the way of every event: it returns at once.

    Example::

        from executus_core import Plugin, hookimpl
        from executus_core.record.events import ToolFinished

        plugin = Plugin(summary="Adds up the time spent in tools")
        seconds = []

        @hookimpl
        def executus_on_event(event):
            if isinstance(event, ToolFinished):
                seconds.append(event.duration)
    """


@hookspec
def executus_on_run_end(run: RunInfo, result: Result[object]) -> Awaitable[None] | None:
    """Be told that a run has ended and is settled.

    Plain or async, as ``executus_on_run_start``.

    Example::

        from executus_core import Plugin, hookimpl

        plugin = Plugin(summary="Remembers what failed")
        failed = {}

        @hookimpl
        async def executus_on_run_end(run, result):
            if result.error is not None:
                failed[run.run_id] = str(result.error)
    """
