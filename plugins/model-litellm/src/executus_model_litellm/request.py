"""What is asked of litellm for one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from executus_core.errors import ModelError
from executus_model_litellm.catalog import can_call_tools, has_schema_mode
from executus_model_litellm.engine import loaded_engine
from executus_model_litellm.providers import OLLAMA, SIGNS_THOUGHTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from executus_core.llm import JsonValue, OutputMode
    from executus_model_litellm.spec import ModelSpec
    from executus_model_litellm.transcript import Wire

# What this plugin decides itself. An agent's option of that name would break a promise: one request per call, the model and
# key of the spec, no answer from a cache.
# fmt: off
RESERVED: Final = frozenset({
    "_skip_mcp_handler", "acompletion", "api_base", "api_key", "api_version", "base_url", "cache",
    "caching", "client", "context_window_fallback_dict", "custom_llm_provider", "fallbacks",
    "function_call", "functions", "litellm_call_id", "litellm_logging_obj", "max_retries", "messages",
    "mock_delay", "mock_response", "mock_timeout", "mock_tool_calls", "model", "model_list", "n",
    "num_retries", "response_format", "retry_policy", "retry_strategy", "shared_session", "stream",
    "stream_options", "timeout", "tools",
})
# fmt: on

PATIENCE: Final = "timeout_s"
"""The option that goes before the setting of that name, for a tier whose next candidate is not to wait so long."""

_SCHEMA_BESIDE_TOOLS: Final = frozenset({"azure", "openai"})


def check_options(options: Mapping[str, JsonValue], name: str) -> None:
    """Refuse options that are not for an agent to set.

    Raises:
        ModelError: Naming them.
    """
    reserved = sorted(RESERVED & options.keys())
    if reserved:
        raise ModelError(
            f"'{name}' does not take the option '{reserved[0]}' from an agent or tier: this plugin sets it; take it out of "
            "model_options"
        )


def patience_of(options: Mapping[str, JsonValue], usual_s: float, name: str) -> float:
    """Give the seconds that a provider may stay silent: those that an agent or a tier says, or the usual ones.

    Raises:
        ModelError: What they say is no number of seconds.
    """
    given = options.get(PATIENCE, usual_s)
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given < float("inf"):
        raise ModelError(
            f"'{name}' can't wait for {given!r:.40} seconds; give {PATIENCE} in the options of an agent or tier a number "
            "above 0"
        )
    return float(given)


def without_lost_thoughts(
    options: dict[str, object], messages: Sequence[Wire], spec: ModelSpec
) -> dict[str, object]:
    """Turn thinking off for a step whose signed thoughts are lost, which Anthropic refuses to go on without.

    They are kept beside the messages of this process; a run that was read from a store, or that another model began, has
    none.
    """
    if spec.provider not in SIGNS_THOUGHTS or not options.keys() & {"thinking", "reasoning_effort"}:
        return options
    for message in reversed(messages):
        if message["role"] == "assistant":
            if message.get("tool_calls") and not message.get("thinking_blocks"):
                return {
                    name: value
                    for name, value in options.items()
                    if name not in {"thinking", "reasoning_effort"}
                }
            break
    return options


def choose_output_mode(spec: ModelSpec, *, has_tools: bool) -> OutputMode:
    """Choose how a model is best brought to answer with a value.

    A tool that it calls stands before words, where it is known that it calls tools.
    """
    if takes_schema(spec, has_tools=has_tools):
        return "native"
    return "tool" if has_tools or spec.provider == "anthropic" or can_call_tools(spec) else "prompted"


def takes_schema(spec: ModelSpec, *, has_tools: bool) -> bool:
    """Tell whether a model's provider has a mode for answers that satisfy a schema, which leaves the model its tools.

    Servers of OpenAI's wire and Ollama have the mode. But most hold every answer to the schema, and some refuse it beside
    tools: with tools on offer, only those count of whom it is known that the model may still call one.
    """
    if has_tools and (spec.base_url or spec.provider not in _SCHEMA_BESIDE_TOOLS):
        return False
    if spec.base_url or spec.provider in OLLAMA:
        return spec.provider != "anthropic"
    engine = loaded_engine()
    return has_schema_mode(spec) or (
        # who it learned of by itself, or from the host
        engine is not None
        and engine.supports_response_schema(model=spec.model, custom_llm_provider=spec.provider)
    )
