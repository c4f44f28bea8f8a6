"""A model server of the host's own."""

from __future__ import annotations

from attrs import field, frozen


@frozen
class Endpoint:
    """A named base URL behind which models are served.

    Attributes:
        name: What specs call it: ``NAME/model``.
        type: The provider whose wire it speaks, as in specs: "openai", "anthropic", "ollama", ...
        url: Its base URL, without credentials.
        token: What it is asked with; "" for a server that asks for none. Not in ``repr``.
        concurrency: How many calls it takes at a time, the others waiting their turn; None for any number.
    """

    name: str
    type: str
    url: str
    token: str = field(default="", repr=False)
    concurrency: int | None = None
