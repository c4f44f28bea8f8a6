"""Which address is asked, and with which key."""

from __future__ import annotations

import os
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

from attrs import field, frozen

from executus_core.errors import ConfigError, ModelAccessError
from executus_model_litellm.providers import KEYED_BY_NAME, OLLAMA, OLLAMA_URL, SERVED_UNDER_V1
from executus_model_litellm.spec import clean_base_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import SecretStr

    from executus_core.record.endpoint import Endpoint
    from executus_model_litellm.spec import ModelSpec

# What is sent where a client insists on a key and the server asks for none.
NO_KEY: Final = "none"


@frozen
class Access:
    """Where a model is asked, and with what.

    Attributes:
        base_url: The address; "" for the provider's own.
        api_key: The key; "" leaves it to litellm.
        remedy: What to do when the key is refused.
    """

    base_url: str
    api_key: str = field(repr=False)
    remedy: str

    @property
    def is_local(self) -> bool:
        """Whether the call stays on this machine."""
        return is_loopback(self.base_url)


def find_access(spec: ModelSpec, api_keys: Mapping[str, SecretStr]) -> Access:
    """Find address and key of a model, from its spec, the settings and the environment.

    A key in the environment goes to the provider, to the address that the environment names for it, and to an ``https``
    address in the spec: to no other server, of which nobody knows who listens there.

    Raises:
        ModelAccessError: A key is needed, and there is none, or none that can be sent.
    """
    provider = KEYED_BY_NAME.get(spec.provider)
    from_environment = base_from_environment(spec.provider)
    base_url = as_served(spec.provider, spec.base_url or from_environment)
    address = spec.base_url or base_url
    for name in (spec.base_url, base_url, *((spec.provider,) if not spec.base_url or not provider else ())):
        if name and name in api_keys:
            return Access(
                base_url,
                api_keys[name].get_secret_value(),
                f'check api_keys."{name}" of [plugin.model-litellm]',
            )
    if provider is None:
        # litellm has a key for Ollama from the environment, unless it is handed one
        is_open = bool(base_url) and (spec.provider not in OLLAMA or spec.base_url.startswith("http:"))
        return Access(
            base_url, NO_KEY if is_open else "", _remedy(address) if address else "check the provider's key"
        )
    is_trusted = not spec.base_url or spec.base_url == from_environment or spec.base_url.startswith("https:")
    variable = next((name for name in provider.key_variables if os.environ.get(name, "").strip()), "")
    if variable and is_trusted:
        return Access(base_url, _read_key(spec, variable), f"check {variable}")
    if base_url:
        return Access(base_url, NO_KEY, _remedy(address))
    wanted = " or ".join(provider.key_variables)
    raise ModelAccessError(
        f"'{spec}' needs a key of {provider.title}, and {wanted} is not set; set it, or choose another model"
    )


def access_of(endpoint: Endpoint, spec: ModelSpec) -> Access:
    """Give the access to a server of the host's own: its address, and its token or none, whatever the environment holds."""
    return Access(
        as_served(spec.provider, spec.base_url),
        endpoint.token or NO_KEY,
        f"check the token of the endpoint '{endpoint.name}'",
    )


def _read_key(spec: ModelSpec, variable: str) -> str:
    """Read a key as it was copied, with what a careless copy brings at its ends taken off."""
    key = os.environ[variable].strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ModelAccessError(
            f"'{spec}' was not asked: {variable} has a sign in it that no key has, such as a blank; copy the key anew"
        )
    return key


def base_from_environment(provider: str) -> str:
    """Give the address that the environment names for a provider, or ""."""
    if provider in OLLAMA:
        return ollama_url()
    keyed = KEYED_BY_NAME.get(provider)
    return _first_url(keyed.base_variables) if keyed else ""


def ollama_url() -> str:
    """Give the address of Ollama: as its own client would, or its usual one."""
    given = _first_url(("OLLAMA_API_BASE", "OLLAMA_HOST"))
    if not given:
        return OLLAMA_URL
    parts = urlsplit(given)
    host = "127.0.0.1" if parts.hostname == "0.0.0.0" else parts.hostname or ""  # noqa: S104 - where it listens, not we
    host = f"[{host}]" if ":" in host else host
    default = "" if parts.scheme == "https" else ":11434"
    return urlunsplit(
        (parts.scheme, f"{host}:{parts.port}" if parts.port else f"{host}{default}", parts.path, "", "")
    )


def as_served(provider: str, base_url: str) -> str:
    """Bring an address into the form in which litellm wants it for a provider."""
    if not base_url:
        return ""
    if provider in SERVED_UNDER_V1:
        return base_url if urlsplit(base_url).path else f"{base_url}/v1"
    # these two add the whole path by themselves
    return base_url.removesuffix("/v1") if provider in OLLAMA or provider == "anthropic" else base_url


def is_loopback(url: str) -> bool:
    """Tell whether an address is one of this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in {"localhost", "localhost.localdomain"}


def _first_url(variables: Iterable[str]) -> str:
    for variable in variables:
        if given := os.environ.get(variable, "").strip():
            try:
                return clean_base_url(given)
            except ConfigError as error:
                raise ConfigError(f"{variable} in the environment: {error}") from None
    return ""


def _remedy(address: str) -> str:
    return f'set api_keys."{address}" of [plugin.model-litellm] to the key of that server'
