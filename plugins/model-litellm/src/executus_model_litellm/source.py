"""The model source port on litellm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from executus_core.errors import ConfigError, ModelResolutionError, did_you_mean
from executus_model_litellm.access import access_of, find_access
from executus_model_litellm.catalog import find_context_tokens
from executus_model_litellm.clients import Clients
from executus_model_litellm.providers import OLLAMA, OLLAMA_CHAT, PROVIDERS
from executus_model_litellm.spec import ModelSpec, clean_base_url, parse_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from types import TracebackType

    from executus_core.record.endpoint import Endpoint
    from executus_core.record.finding import ModelFinding
    from executus_model_litellm.access import Access
    from executus_model_litellm.model import LitellmModel
    from executus_model_litellm.settings import Settings


class LitellmModels:
    """Knows models by spec: ``provider/model``, or ``provider/model@base_url``.

    Entering is not needed; leaving closes the connections of the models that it gave.
    """

    def __init__(self, settings: Settings) -> None:
        """Import nothing and ask nobody."""
        self._settings = settings
        self._providers = PROVIDERS | set(settings.providers)
        self._models: dict[str, LitellmModel] = {}
        self._served: dict[tuple[str, str], tuple[Endpoint, LitellmModel]] = {}
        self._clients = Clients()

    async def resolve(self, spec: str) -> LitellmModel | None:
        """Find the model of a spec, or give None for what names no provider."""
        return self.find(spec)

    def find(self, spec: str) -> LitellmModel | None:
        """Do the same at once: it takes no more than a look at the spec.

        Raises:
            ModelResolutionError: The spec names a provider, and an address that is none; or a misspelt provider.
        """
        model = self._models.get(spec)
        if model is not None:
            return model
        try:
            parsed = parse_spec(spec, self._providers)
        except ConfigError as error:
            name = spec.partition("@")[0]  # the rest is said by the error, as far as it may be shown
            raise ModelResolutionError(f"no model for '{name}': {error}", spec=name) from None
        if parsed is None:
            self._refuse_misspelt(spec)
            return None
        model = self._build(parsed, lambda: find_access(parsed, self._settings.api_keys))
        return self._models.setdefault(spec, model)

    async def resolve_at(self, endpoint: Endpoint, model: str) -> LitellmModel | None:
        """Find a model of an endpoint, or give None for a type that is no provider.

        It is asked at the endpoint's URL with the endpoint's token, or with none: no key of the environment or the settings
        goes there.

        Raises:
            ModelResolutionError: The endpoint's URL is none.
        """
        given, known = self._served.get((endpoint.name, model), (None, None))
        if known is not None and given == endpoint:
            return known
        provider = OLLAMA_CHAT if endpoint.type in OLLAMA else endpoint.type
        if provider not in self._providers:
            return None
        try:
            spec = ModelSpec(provider, model, clean_base_url(endpoint.url), endpoint.name)
        except ConfigError as error:
            name = f"{endpoint.name}/{model}"
            raise ModelResolutionError(f"no model for '{name}': {error}", spec=name) from None
        access = access_of(endpoint, spec)
        built = self._build(spec, lambda: access)
        self._served[endpoint.name, model] = endpoint, built
        return built

    def tiers(self) -> Collection[str]:
        """Name no tier: what it knows has a slash in it."""
        return ()

    def endpoint_types(self) -> Collection[str]:
        """The types of endpoints that it can ask: the providers, by their names in specs."""
        return self._providers | OLLAMA

    async def find_models(self, base_url: str = "") -> Sequence[ModelFinding]:
        """Say what could be used here and now: keys in the environment, then model servers on this machine.

        Args:
            base_url: Look at this server, wherever it is, and nowhere else.
        """
        from executus_model_litellm.finding import find_models  # noqa: PLC0415 - a run has no need of it

        return await find_models(self._settings, base_url)

    async def __aenter__(self) -> Self:
        """Give the source."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections of this event loop that no other source still uses."""
        await self._clients.close()

    def _build(self, spec: ModelSpec, access: Callable[[], Access]) -> LitellmModel:
        from executus_model_litellm.model import LitellmModel  # noqa: PLC0415 - brings httpx, which a listing does not need

        return LitellmModel(
            spec,
            self._settings,
            access=access,
            count_context=lambda: self._count_context(spec),
            began=self._clients.began,
        )

    def _refuse_misspelt(self, spec: str) -> None:
        """Name the provider that was meant; where another source knows the spec, nobody hears of it."""
        provider, slash, _ = spec.partition("/")
        if not slash:
            return
        if provider in self._providers:
            raise ModelResolutionError(
                f"no model for '{spec}': write its name behind '{provider}/'", spec=spec
            )
        near = did_you_mean(provider, self._providers)
        if near.startswith(" Did you mean"):
            raise ModelResolutionError(
                f"no model for '{spec}': there is no provider '{provider}'.{near}", spec=spec
            )

    def _count_context(self, spec: ModelSpec) -> int:
        set_by_hand = self._settings.context_tokens
        for name in (str(spec), spec.title, spec.name):
            if name in set_by_hand:
                return set_by_hand[name]
        return find_context_tokens(spec)
