"""The layers of settings that plugins bring, and read again when they change."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from attrs import frozen

from executus_core.config.load import Layer
from executus_core.errors import ConfigError
from executus_core.plugin.factory import call_factory

if TYPE_CHECKING:
    from executus_core.plugin.offers import Offer
    from executus_core.ports.sources import ConfigSource


@frozen
class PluginLayer:
    """One plugin's source of settings.

    Attributes:
        plugin: The plugin.
        provider: The source that it offers.
    """

    plugin: str
    provider: ConfigSource

    @classmethod
    def build(cls, offer: Offer) -> PluginLayer:
        """Build the source that a plugin offers; whatever that raises comes out."""
        return cls(offer.plugin, cast("ConfigSource", call_factory(offer.provider.factory, offer.context)))

    def read(self) -> Layer:
        """Read what it says now; whatever that raises comes out.

        Raises:
            ConfigError: What it says is wrong, or not for it to say.
        """
        source = f"plugin '{self.plugin}'"
        layer = Layer.parse(self.provider.read(), source=source)
        if "plugins" in layer.tables.model_fields_set:
            raise ConfigError(f"{source}: [plugins] was decided before it was asked; leave the table out")
        return layer
