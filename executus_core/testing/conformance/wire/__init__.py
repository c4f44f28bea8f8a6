"""What every model provider must do on the wire."""

from __future__ import annotations

from executus_core.testing.conformance.wire.answers import AnswersOnTheWire
from executus_core.testing.conformance.wire.connections import ConnectionsOnTheWire
from executus_core.testing.conformance.wire.failures import FailuresOnTheWire
from executus_core.testing.conformance.wire.requests import RequestsOnTheWire

__all__ = ["ModelWireConformance"]


class ModelWireConformance(AnswersOnTheWire, RequestsOnTheWire, FailuresOnTheWire, ConnectionsOnTheWire):
    """What every model provider must do on the wire, checked over real HTTP against a ``ModelServer``.

    Say which ``dialect`` the provider speaks, and how to build a model of it: ``build_model``. A provider that can stream is
    checked both ways. What a dialect has no place for is skipped by itself; what a provider does not do, it says in the
    attributes below.

    Attributes:
        dialect: How the provider speaks: ``openai``, ``anthropic`` or ``ollama``.
        sends_output_schema: Whether it sends the schema of a structured answer.
        sends_images: Whether it sends pictures, those in tools' results too.
        sends_key: Whether it sends a key.
        patience_s: Real seconds for what must happen; only a check that fails waits so long.
    """
