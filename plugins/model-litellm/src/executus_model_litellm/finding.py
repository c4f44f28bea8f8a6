"""Looks for models when nobody has named one: keys in the environment, then model servers on this machine."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from executus_core.errors import ConfigError
from executus_core.record.finding import ModelFinding
from executus_model_litellm.access import ollama_url
from executus_model_litellm.providers import KEYED
from executus_model_litellm.servers import Asker, NotThereError, look_at
from executus_model_litellm.spec import clean_base_url

if TYPE_CHECKING:
    from executus_model_litellm.settings import Settings

_OLLAMA_PORT = 11434


async def find_models(settings: Settings, base_url: str = "") -> list[ModelFinding]:
    """Say what could be used here and now, the place to prefer first."""
    async with Asker(settings.find_timeout_s, settings.api_keys) as asker:
        if base_url:
            return [await _look_at_named(asker, base_url)]
        servers = await _look_around(asker, settings)
    found = [*find_keys(settings), *servers]
    return sorted(found, key=lambda finding: not finding.specs)


def find_keys(settings: Settings) -> list[ModelFinding]:
    """Say which providers there is a key for, in the environment or the settings; without any, how to give one."""
    found: list[ModelFinding] = []
    for provider in KEYED:
        variable = next((name for name in provider.key_variables if os.environ.get(name, "").strip()), "")
        place = (
            f"{variable} in the environment"
            if variable
            else f"api_keys.{provider.name} of [plugin.model-litellm]"
        )
        if variable or provider.name in settings.api_keys:
            found.append(ModelFinding(place, (f"{provider.name}/{provider.model}",)))
    if found:
        return found
    variables = [provider.key_variables[0] for provider in KEYED]
    problem = f"none of {', '.join(variables)} is set"
    return [ModelFinding("keys in the environment", (), problem, f"export {variables[0]}=...")]


async def _look_around(asker: Asker, settings: Settings) -> list[ModelFinding]:
    """Look at the usual ports of this machine, side by side."""
    try:
        ollama = ollama_url()
    except ConfigError as error:
        return [ModelFinding("OLLAMA_HOST in the environment", (), "is no address", str(error))]
    urls = {f"http://127.0.0.1:{port}": port for port in settings.local_ports}
    if _OLLAMA_PORT in settings.local_ports or "OLLAMA_HOST" in os.environ:
        urls = {ollama: _OLLAMA_PORT, **{url: port for url, port in urls.items() if port != _OLLAMA_PORT}}
    looks = await asyncio.gather(*(_look_at_port(asker, url) for url in urls))
    found = [finding for finding in looks if finding is not None]
    silent = [str(port) for port, finding in zip(urls.values(), looks, strict=True) if finding is None]
    if silent:
        ports = f"port{'s' if len(silent) > 1 else ''} {', '.join(silent)}"
        remedy = "start one: ollama serve, llama-server, LM Studio, vLLM; or name its address with --base-url"
        found.append(ModelFinding("model servers on this machine", (), f"none answers on {ports}", remedy))
    return found


async def _look_at_port(asker: Asker, url: str) -> ModelFinding | None:
    """Look at one port; None when nobody listens there."""
    try:
        return await look_at(asker, url)
    except NotThereError:
        return None


async def _look_at_named(asker: Asker, base_url: str) -> ModelFinding:
    """Look at the server that a person named, and say exactly what is wrong with it."""
    try:
        url = clean_base_url(base_url)
    except ConfigError as error:
        return ModelFinding(base_url, (), "is no address of a model server", str(error))
    try:
        return await look_at(asker, url)
    except NotThereError as error:
        return ModelFinding(url, (), error.problem, error.remedy)
