"""How a run gets the scripted model: by the same hook as any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core.cli.demo.model import NAME, DemoModel
from executus_core.hookspecs import Plugin, Provider, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from executus_core.llm.exchange import Model

plugin: Plugin = Plugin(summary="The scripted model: rules instead of intelligence")


class DemoModels:
    """Serves one spec, ``scripted``."""

    async def resolve(self, spec: str) -> Model | None:
        """Give the scripted model for its name."""
        return DemoModel() if spec == NAME else None

    def tiers(self) -> tuple[str, ...]:
        """Its name, so that a misspelt one is recognised."""
        return (NAME,)


@hookimpl
def executus_provide_model() -> Iterator[Provider]:
    """Offer the scripted model."""
    yield Provider(NAME, DemoModels, "answers by rules and real tools; needs no key and no network")
