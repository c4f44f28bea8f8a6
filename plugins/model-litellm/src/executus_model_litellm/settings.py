"""The settings of the models."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, NonNegativeInt, PositiveFloat, PositiveInt, SecretStr

from executus_core.config import PluginSettings
from executus_core.errors import ConfigError
from executus_model_litellm.spec import clean_base_url


def _by_address(keys: dict[str, SecretStr]) -> dict[str, SecretStr]:
    """Bring the addresses into the form of specs."""
    try:
        return {clean_base_url(name) if ":" in name else name: key for name, key in keys.items()}
    except ConfigError as error:
        raise ValueError(str(error)) from None


class Settings(PluginSettings):
    """How models are asked, and where they are looked for.

    Attributes:
        timeout_s: Seconds that a provider may stay silent, before its answer and between two pieces of it.
        connect_timeout_s: Seconds that a server of OpenAI's wire has to take the connection; one that is off, or behind a
            firewall, may say nothing at all. Others have ``timeout_s``.
        api_keys: Keys by provider ("openai") or by the address of a server ("https://llm.example.org/v1"). They go before
            what the environment says, and only to the provider or server that they are named for.
        providers: Further providers that the installed litellm knows and this plugin does not.
        context_tokens: Size of the context window by spec or by ``provider/model``, for models that litellm's table does
            not know or has wrong.
        reads: Media types of the files that a model's provider reads by itself, by spec or by ``provider/model``, for
            servers of one's own and for what litellm's table has wrong; an empty list sends no file.
        strict_tools: Whether OpenAI, and a server of its wire, is asked for arguments that are sure to satisfy a tool's
            schema, where its strict mode can say that schema. They are checked here in any case; in this mode the model
            writes null for every optional argument, and OpenAI prepares each new schema before the first answer.
        local_ports: Ports of this machine on which a model server is looked for. Each is asked what it is.
        find_timeout_s: Seconds that a model server has to answer when models are looked for.
    """

    timeout_s: PositiveFloat = 300.0
    connect_timeout_s: PositiveFloat = 10.0
    api_keys: Annotated[dict[str, SecretStr], AfterValidator(_by_address)] = Field(default_factory=dict)
    providers: tuple[str, ...] = ()
    context_tokens: dict[str, NonNegativeInt] = Field(default_factory=dict)
    reads: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    strict_tools: bool = False
    local_ports: tuple[PositiveInt, ...] = (11434, 1234, 8080, 8000, 1337, 8081, 5001)
    find_timeout_s: PositiveFloat = 0.7
