"""Which model serves a tier or spec."""

from executus_core.model.resolve import as_model_source, quick_find, resolve_model

__all__ = ["as_model_source", "quick_find", "resolve_model"]
