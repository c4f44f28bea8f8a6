"""What executus sees of this package before a run needs it."""

from __future__ import annotations

from executus_core import Plugin, hookimpl

plugin: Plugin = Plugin(summary="Models of most providers, through litellm")


@hookimpl
def executus_provide_model() -> tuple[()]:
    """Offer nothing yet."""
    return ()
