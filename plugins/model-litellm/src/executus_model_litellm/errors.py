"""What a failed call means: one table, for every provider."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import frozen

from executus_core.errors import (
    ContextOverflowError,
    ModelAccessError,
    ModelError,
    ModelResolutionError,
    ModelUnavailableError,
)
from executus_model_litellm.providers import OLLAMA

if TYPE_CHECKING:
    from collections.abc import Container

    from executus_model_litellm.access import Access
    from executus_model_litellm.failure import Connection, Failure
    from executus_model_litellm.spec import ModelSpec

_OVERFLOW: Final = r"""
    context.?length.?exceeded | maximum\ context | context\ (window|length|size|limit)
    | prompt\ (is\ )?too\ long | too\ many\ (input\ )?tokens | input\ (is|was)\ too\ long | input\ token\ count .* exceeds
    | longer\ than\ the\ .*context
    | exceeds?\ the\ (maximum|model).*(tokens|context) | reduce\ the\ length\ of\ the | prompt\ contains .* tokens
"""
_NO_TOOLS: Final = r"""
    (not|n't)\ support\ (the\ )?(tool|function) | tools?(\ use|\ calling|\ choice|\ calls?)?\ (is|are)\ not\ supported
    | support\ tool\ use | function\ calling\ is\ not | tools\ param\ requires | --jinja | enable-auto-tool-choice
    | (not|n't)\ support\ param.* tools
"""
_NO_MODEL: Final = r"""
    model .{0,80} (not\ (found|exist)|does\ not\ exist|n't\ exist|unknown|is\ not\ available)
    | (unknown|invalid|no\ such)\ model | not\ a\ valid\ model | model_not_found
"""
_BAD_KEY: Final = r"""
    api.?key\ .{0,30}(invalid|missing|expired|not\ valid)
    | (invalid|incorrect|missing|expired|no)\ .{0,20}(api.?key|credentials) | unauthori[sz]ed | authentication
"""
_NO_CREDIT: Final = (
    r"insufficient.?(quota|balance|credit|funds) | credit\ balance | exceeded\ your\ current\ quota | billing"
)
_REFUSED: Final = r"""
    content.?(policy|filter|management) | safety\ system | responsible.?ai | flagged | usage\ polic | harm_?category
"""
_ANY_STATUS: Final = range(1000)


@frozen
class Rule:
    """One row of the table.

    Attributes:
        statuses: Statuses of HTTP that it is for; 0 is an error that came without one.
        phrase: What the provider says, as a pattern; "" for whatever it says.
        error: What it means.
        message: What is said of it.
        for_tools: Whether it is for requests with tools only.
    """

    statuses: Container[int]
    phrase: str
    error: type[ModelError]
    message: str
    for_tools: bool = False

    def fits(self, failure: Failure, *, has_tools: bool) -> bool:
        """Tell whether a failure is one of this row."""
        if failure.status not in self.statuses or (self.for_tools and not has_tools):
            return False
        return not self.phrase or re.search(self.phrase, failure.said, re.IGNORECASE | re.VERBOSE) is not None


_CHOOSE: Final = "or choose another model"
_NO_SUCH_MODEL: Final = "there is no {name}{said}; `executus models` lists what there is"
_KEY_REFUSED: Final = "the key for {name} was refused{said}; {remedy}"
_NO_CREDIT_LEFT: Final = f"the account for {{name}} has no credit left{{said}}; add some, {_CHOOSE}"
_TOO_LONG: Final = (
    "the conversation does not fit into {name}{said}; begin a new one, or choose a model with more context"
)
_NO_TOOL_CALLS: Final = "{name} can't call tools{said}; choose a model that can, or an agent without tools"
_LATER: Final = f"try again {{wait}}, {_CHOOSE}"
_ELSEWHERE: Final = (
    "{name} sends its callers elsewhere, where a key must not go; give the address that it leads to as the base URL, or "
    "choose another model"
)
_UNREADABLE: Final = (
    "{name} gave an answer that can't be read; try again, or check that its base URL is a model server's"
)

# The first row that fits decides. Phrases stand before the statuses that say less.
_RULES: Final = (
    Rule(_ANY_STATUS, _NO_TOOLS, ModelError, _NO_TOOL_CALLS, for_tools=True),
    Rule((402, 429), _NO_CREDIT, ModelAccessError, _NO_CREDIT_LEFT),
    Rule((400, 413, 422, 500, 0), _OVERFLOW, ContextOverflowError, _TOO_LONG),
    Rule(
        (400, 403, 451),
        _REFUSED,
        ModelError,
        f"{{name}} refused this content{{said}}; change the request, {_CHOOSE}",
    ),
    Rule((401, 403), "", ModelAccessError, _KEY_REFUSED),
    Rule((402,), "", ModelAccessError, _NO_CREDIT_LEFT),
    Rule((400,), _BAD_KEY, ModelAccessError, _KEY_REFUSED),
    Rule((404,), "", ModelResolutionError, _NO_SUCH_MODEL),
    Rule((400,), _NO_MODEL, ModelResolutionError, _NO_SUCH_MODEL),
    Rule(range(300, 400), "", ModelUnavailableError, _ELSEWHERE),
    Rule((429,), "", ModelUnavailableError, f"{{name}} has had too many requests{{said}}; {_LATER}"),
    Rule((408,), "", ModelUnavailableError, f"{{name}} took too long{{said}}; {_LATER}"),
    Rule((503, 529), "", ModelUnavailableError, f"{{name}} is overloaded or down{{said}}; {_LATER}"),
    Rule(
        (409, 425, *range(500, 600)),
        "",
        ModelUnavailableError,
        f"{{name}} failed with {{status}}{{said}}; {_LATER}",
    ),
    Rule(
        range(400, 500),
        "",
        ModelError,
        "{name} refused the request with {status}{said}; check the agent's model_options and tools",
    ),
    Rule(_ANY_STATUS, ".", ModelUnavailableError, f"{{name}} failed on the way{{said}}; {_LATER}"),
    Rule(_ANY_STATUS, "", ModelUnavailableError, _UNREADABLE),
)

# Without an answer: what became of the connection.
_CONNECTIONS: Final[dict[Connection, str]] = {
    "silent": "{name}{at} was silent for too long; try again, or raise timeout_s of [plugin.model-litellm]",
    "lost": "{name}{at} closed the connection before its answer was complete; try again, or choose another model",
    "unknown host": "{name}{at} can't be reached: nobody knows that host; check the base URL and the network",
    "refused": "{name}{at} can't be reached; check the base URL and the network",
}
_NOBODY_HERE: Final = "nothing answers for {name}{at}; start {server}, or choose another model"


class NotAskedError(Exception):
    """A call could not be made: litellm can't say it in the provider's way.

    Attributes:
        cause: Why.
    """

    def __init__(self, cause: Exception) -> None:
        """Keep the cause."""
        super().__init__(str(cause))
        self.cause = cause


def translate_error(error: BaseException, spec: ModelSpec, access: Access, *, has_tools: bool) -> ModelError:
    """Say what a failed call means for whoever asked."""
    from executus_model_litellm.failure import message_of, read_failure, words  # noqa: PLC0415 - only here is httpx needed

    if isinstance(error, NotAskedError):
        return _not_asked(
            error.cause, words(message_of(error.cause), access), spec, access, has_tools=has_tools
        )
    failure = read_failure(error, access)
    if failure.connection != "answered":
        return _connection_error(failure, spec, access)
    rule = next(rule for rule in _RULES if rule.fits(failure, has_tools=has_tools))
    return _build(rule, failure, spec, access)


def cut_stream(spec: ModelSpec, *, has_begun: bool) -> ModelUnavailableError:
    """Say that a stream ended before the model had said why it stops."""
    if not has_begun:
        return ModelUnavailableError(
            f"'{spec}' ended its answer before it began; try again, or check that its base URL is a model server's"
        )
    return ModelUnavailableError(
        f"'{spec}' was cut off in the middle of its answer; try again, {_CHOOSE}", has_begun=True
    )


def no_answer(spec: ModelSpec) -> ModelUnavailableError:
    """Say that a server answered, and that there is no answer in it: an empty body, a proxy's page, ``"choices": []``."""
    return ModelUnavailableError(
        f"'{spec}' answered without an answer in it; try again, or check that its base URL is a model server's"
    )


def _build(rule: Rule, failure: Failure, spec: ModelSpec, access: Access) -> ModelError:
    wait_s = failure.retry_after_s
    message = rule.message.format(
        name=f"'{spec}'",
        said=f": {failure.said}" if failure.said else "",
        status=failure.status,
        wait="in a moment" if wait_s is None else f"in {wait_s:.0f} s",
        remedy=access.remedy,
    )
    if rule.error is ModelUnavailableError:
        return ModelUnavailableError(message, retry_after_s=wait_s)
    return (
        ModelResolutionError(message, spec=str(spec))
        if rule.error is ModelResolutionError
        else rule.error(message)
    )


def _connection_error(failure: Failure, spec: ModelSpec, access: Access) -> ModelUnavailableError:
    connection: Connection = (
        "lost" if failure.has_begun and failure.connection == "refused" else failure.connection
    )
    is_down = connection == "refused" and access.is_local
    is_said = bool(spec.base_url) and not spec.endpoint
    at = "" if is_said or not access.base_url else f" at {access.base_url}"
    server = "Ollama: ollama serve" if spec.provider in OLLAMA else "the model server"
    message = _NOBODY_HERE if is_down else _CONNECTIONS[connection]
    said = message.format(name=f"'{spec}'", at=at, server=server)
    return ModelUnavailableError(said, has_begun=failure.has_begun)


def _not_asked(
    error: BaseException, said: str, spec: ModelSpec, access: Access, *, has_tools: bool
) -> ModelError:
    said = said.partition(" To drop these")[0].rstrip(".")  # how to change litellm's settings, which are ours
    if getattr(error, "status_code", None) == 401:
        return ModelAccessError(f"'{spec}' needs a key; {access.remedy}")
    if has_tools and re.search(_NO_TOOLS, said, re.IGNORECASE | re.VERBOSE):
        return ModelError(_NO_TOOL_CALLS.format(name=f"'{spec}'", said=f": {said}"))
    return ModelError(f"'{spec}' could not be asked: {said}; check the agent's model_options and tools")
