"""Every error that executus raises on purpose.

    ExecutusError
    ├── ConfigError                 a setting, an agent or a file is wrong
    ├── PluginError                 a plugin is missing, broken or broke its contract
    ├── ModelError                  a model call failed for good
    │   ├── ModelResolutionError    no model for a tier or spec
    │   ├── ModelAccessError        the key is missing, wrong, or may not use the model
    │   ├── ModelUnavailableError   rate limit, time-out, connection, 5xx: another model may do
    │   └── ContextOverflowError    the transcript does not fit the model's window
    ├── ToolError                   what a tool says to the model
    │   ├── ToolArgumentError       the arguments did not validate; the tool was not called
    │   ├── ToolPermissionError     the caller, the surface or a policy does not allow the call
    │   └── ToolTimeoutError        the tool outlived its ``timeout_s``
    ├── RunError                    how a run ended when it did not end by itself
    │   ├── MaxStepsError           the step ceiling
    │   ├── ToolLoopError           errors in a row, or the same call again and again
    │   ├── RunTimeoutError         the run's own deadline
    │   ├── RunKilledError          the critic decided to kill (``cause``)
    │   ├── RunCancelledError       the caller, or a shutdown
    │   ├── RunPausedError          a tool call awaits a person's decision
    │   ├── RunTerminatedError      a policy, or a person who was asked, ended it over a tool call
    │   ├── BudgetExceededError     refused by a budget before, or stopped by one during the run
    │   └── DispatchRefusedError    too deep, a cycle, or already in flight
    ├── ApprovalRequestError        an answer to no request that waits
    ├── StructuredOutputError       no attempt gave the output type
    ├── DeliveryError               an output could not be brought to its target
    ├── ImageError                  a file is no picture, or none that can be read or made to fit
    └── NetworkError                a request through the network guard brought nothing that can be used
        ├── BlockedAddressError     the guard refused an address, or a request to one
        ├── HostUnreachableError    no such name, no connection, or it broke off
        ├── NetworkTimeoutError     the request outlived its seconds
        └── BadResponseError        the answer is too large, coded in a way that can't be read, or no HTTP

Messages say what was wrong, where, and what to do about it.

``ExecutusDeprecationWarning`` is no error: it tells the author of a plugin what will go.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "ApprovalRequestError",
    "BadResponseError",
    "BlockedAddressError",
    "BudgetExceededError",
    "ConfigError",
    "ContextOverflowError",
    "DeliveryError",
    "DispatchRefusedError",
    "ExecutusDeprecationWarning",
    "ExecutusError",
    "HostUnreachableError",
    "ImageError",
    "MaxStepsError",
    "ModelAccessError",
    "ModelError",
    "ModelResolutionError",
    "ModelUnavailableError",
    "NetworkError",
    "NetworkTimeoutError",
    "OutputAttempt",
    "PluginError",
    "RunCancelledError",
    "RunError",
    "RunKilledError",
    "RunPausedError",
    "RunTerminatedError",
    "RunTimeoutError",
    "StructuredOutputError",
    "ToolArgumentError",
    "ToolError",
    "ToolLoopError",
    "ToolPermissionError",
    "ToolTimeoutError",
    "did_you_mean",
]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of an error message that helps with a misspelt name.

    Args:
        name: The name that is not known.
        known: The names that are.

    Returns:
        `` Did you mean 'x'?``, or the known names when none is near, or that there are none; starts with a space.
    """
    names = sorted(set(known))
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return f" Did you mean '{near[0]}'?"
    if not names:
        return " There are none."
    shown = ", ".join(f"'{known_name}'" for known_name in names[:12])
    return f" Known: {shown}, ..." if len(names) > 12 else f" Known: {shown}."


class ExecutusError(Exception):
    """Root of every error that executus raises on purpose."""


class ConfigError(ExecutusError):
    """A setting, an agent or a configuration file is wrong.

    Attributes:
        problems: Every problem found, one sentence each; never only the first.
    """

    def __init__(self, message: str, *, problems: Sequence[str] = ()) -> None:
        """Keep the message and the single problems behind it."""
        super().__init__(message)
        self.problems: tuple[str, ...] = tuple(problems) or (message,)


class PluginError(ExecutusError):
    """A plugin is missing, broken, or broke its contract.

    Attributes:
        plugin: The plugin's name, or "" when no single plugin is to blame.
    """

    def __init__(self, message: str, *, plugin: str = "") -> None:
        """Keep the message and the culprit."""
        super().__init__(message)
        self.plugin = plugin


class ModelError(ExecutusError):
    """A model call failed and trying another model would not help.

    Attributes:
        usage: The ``Usage`` of the failed call, where the provider said what it consumed; else None.
    """

    usage: object = None  # errors stand below the values of models


class ModelResolutionError(ModelError):
    """No model serves the tier or spec.

    Attributes:
        spec: The tier or spec that was asked for.
    """

    def __init__(self, message: str, *, spec: str = "") -> None:
        """Keep the message and the spec."""
        super().__init__(message)
        self.spec = spec


class ModelAccessError(ModelError):
    """The provider refused the key: it is missing, wrong, expired, or may not use this model. No other try mends that."""


class ModelUnavailableError(ModelError):
    """The provider could not answer now (429, time-out, connection, 5xx); another model or a later try may do.

    Attributes:
        retry_after_s: Seconds that the provider asked to wait, or None when it did not say.
        has_begun: Whether the answer had begun: then nobody asks again, for what was read can't be taken back.
    """

    def __init__(self, message: str, *, retry_after_s: float | None = None, has_begun: bool = False) -> None:
        """Keep the message, the provider's wish, and how far the answer had come."""
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.has_begun = has_begun


class ContextOverflowError(ModelError):
    """The transcript does not fit into the model's context window."""


class ToolError(ExecutusError):
    """What a tool tells the model about a call that did not work; its message is the tool result."""


class ToolArgumentError(ToolError):
    """The model's arguments did not validate; the tool was not called."""


class ToolPermissionError(ToolError):
    """The surface, the caller's scopes or a policy does not allow this tool or this call."""


class ToolTimeoutError(ToolError):
    """The tool outlived its ``timeout_s``."""


class RunError(ExecutusError):
    """How a run ended when it did not end by itself."""


class MaxStepsError(RunError):
    """The run reached its step ceiling.

    Attributes:
        max_steps: The ceiling in force when the run ended.
    """

    def __init__(self, max_steps: int) -> None:
        """Name the ceiling and the remedy."""
        super().__init__(
            f"the run used all of its {max_steps} steps without a final answer; "
            "raise the agent's max_steps, or give it a smaller task"
        )
        self.max_steps = max_steps


class ToolLoopError(RunError):
    """The model repeats itself: tool errors in a row, or the same call again and again."""


class RunTimeoutError(RunError):
    """The run's own deadline passed.

    Attributes:
        limit_s: Seconds that the run had.
    """

    def __init__(self, limit_s: float, *, source: str = "max_runtime_s") -> None:
        """Name the limit, where it came from and the remedy."""
        super().__init__(
            f"the run did not end within {limit_s:g} s ({source}); raise max_runtime_s or do less per run"
        )
        self.limit_s = limit_s


class RunKilledError(RunError):
    """The critic decided to kill the run.

    Attributes:
        cause: The critic's ``KillCause``.
    """

    def __init__(self, message: str, *, cause: object = None) -> None:
        """Keep the critic's reason."""
        super().__init__(message)
        self.cause = cause


class RunCancelledError(RunError):
    """The caller or a shutdown cancelled the run.

    Attributes:
        is_shutdown: Whether the host was closing; a durable run is then left to be recovered.
    """

    def __init__(self, message: str, *, is_shutdown: bool = False) -> None:
        """Keep the reason and whether the host was closing."""
        super().__init__(message)
        self.is_shutdown = is_shutdown


class RunPausedError(RunError):
    """A tool call awaits a person's decision; the checkpoint holds the run.

    Attributes:
        call_ids: Ids of the tool calls that wait.
    """

    def __init__(self, message: str, *, call_ids: Sequence[str] = ()) -> None:
        """Keep which calls wait."""
        super().__init__(message)
        self.call_ids: tuple[str, ...] = tuple(call_ids)


class RunTerminatedError(RunError):
    """A policy, or a person who was asked, refused a tool call and ended the run over it.

    Attributes:
        tool: The tool that was not called.
        call_id: Id of the tool call.
    """

    def __init__(self, message: str, *, tool: str = "", call_id: str = "") -> None:
        """Keep which call it was."""
        super().__init__(message)
        self.tool = tool
        self.call_id = call_id


class BudgetExceededError(RunError):
    """A budget refused the run before it began, or stopped it on the way.

    Attributes:
        budget: Name of the budget that refused, or "".
    """

    def __init__(self, message: str, *, budget: str = "") -> None:
        """Keep the message and which budget it was."""
        super().__init__(message)
        self.budget = budget


class DispatchRefusedError(RunError):
    """The run would nest too deep, re-enter an agent of its own chain, or is already in flight."""


class ApprovalRequestError(ExecutusError):
    """An approval came for a request that nobody made, that has its answer, or whose run no longer waits for one.

    Attributes:
        request_id: The request that it named.
    """

    def __init__(self, message: str, *, request_id: str = "") -> None:
        """Keep which request it was."""
        super().__init__(message)
        self.request_id = request_id


@frozen
class OutputAttempt:
    """An answer that was no value of the output type.

    Attributes:
        answer: What the model wrote.
        problems: What was wrong with it, one clause each.
    """

    answer: str
    problems: tuple[str, ...]


class StructuredOutputError(ExecutusError):
    """No attempt gave a value of the output type.

    Attributes:
        attempts: What the model answered, attempt by attempt, and what was wrong with it.
    """

    def __init__(self, message: str, *, attempts: Sequence[OutputAttempt] = ()) -> None:
        """Keep every attempt."""
        super().__init__(message)
        self.attempts: tuple[OutputAttempt, ...] = tuple(attempts)


class DeliveryError(ExecutusError):
    """A run's output could not be brought to its target; the run itself is what it was."""


class ImageError(ExecutusError):
    """A file is no picture, or none that can be read here or made to fit; the message names it and says why."""


class NetworkError(ExecutusError):
    """A request through the network guard brought nothing that can be used; the message is one sentence, fit for a model."""


class BlockedAddressError(NetworkError):
    """The network guard refused an address, or a request to one; no other try mends that."""


class HostUnreachableError(NetworkError):
    """The host's name is not known, it took no connection, or the connection broke off."""


class NetworkTimeoutError(NetworkError):
    """The request was not done within its seconds, however they were spent."""


class BadResponseError(NetworkError):
    """The answer is too large, coded in a way that can't be read, no HTTP, or leads from redirect to redirect."""


class ExecutusDeprecationWarning(DeprecationWarning):
    """A plugin implements a hook, or asks for an argument of one, that will go; says which plugin, and what to use instead.

    Its place is the plugin's own line. pytest shows it; users of the plugin, who can do nothing about it, don't see it.
    """
