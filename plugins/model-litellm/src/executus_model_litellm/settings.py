"""The settings of the models."""

from __future__ import annotations

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, SecretStr

from executus_core.config import PluginSettings


class Settings(PluginSettings):
    """How models are asked, and where they are looked for.

    Attributes:
        timeout_s: Seconds that a provider may stay silent, before its answer and between two pieces of it.
        connect_timeout_s: Seconds that a connection may take to open.
        api_keys: Keys by provider ("openai") or by the address of a server ("https://llm.example.org/v1"). They go before
            what the environment says, and only to the provider or server that they are named for.
        providers: Further providers that the installed litellm knows and this plugin does not.
        context_tokens: Size of the context window by spec or by ``provider/model``, for models that litellm's table does
            not know or has wrong.
        local_ports: Ports of this machine on which a model server is looked for. Each is asked what it is.
        find_timeout_s: Seconds that a model server has to answer when models are looked for.
    """

    timeout_s: PositiveFloat = 300.0
    connect_timeout_s: PositiveFloat = 10.0
    api_keys: dict[str, SecretStr] = Field(default_factory=dict)
    providers: tuple[str, ...] = ()
    context_tokens: dict[str, NonNegativeInt] = Field(default_factory=dict)
    local_ports: tuple[PositiveInt, ...] = (11434, 1234, 8080, 8000, 1337, 8081, 5001)
    find_timeout_s: PositiveFloat = 0.7
