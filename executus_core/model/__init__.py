"""Which model serves a tier or spec."""

from executus_core.model.resolve import as_model_source, find_model, resolve_model

__all__ = ["as_model_source", "find_model", "resolve_model"]
