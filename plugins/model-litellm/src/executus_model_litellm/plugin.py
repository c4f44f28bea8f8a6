"""What executus sees of this package before a run needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core import Plugin, Provider, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator

plugin: Plugin = Plugin(
    summary="Models of most providers, through litellm", settings="executus_model_litellm.settings:Settings"
)


@hookimpl
def executus_provide_model() -> Iterator[Provider]:
    """Offer the models."""
    yield Provider(
        "litellm",
        "executus_model_litellm.source:LitellmModels",
        "provider/model, and provider/model@base_url",
    )
