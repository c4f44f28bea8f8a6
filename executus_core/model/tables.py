"""What may stand in the tables of a configuration that speak of models."""

from __future__ import annotations

from typing import Any, ClassVar, cast, get_type_hints  # noqa: TID251 - fields are checked when read

from attrs import fields
from pydantic import Field, JsonValue, create_model, field_validator

from executus_core.model.policy import FailoverPolicy
from executus_core.model.routing import split_chain
from executus_core.record.document import Document


class TierTable(Document):
    """``[models.NAME]``: one tier; a chain alone may stand in place of the table.

    Attributes:
        chain: Who may serve, the one to prefer first: other tiers, aliases, ``endpoint/model`` or
            ``provider/model[@base_url]``; with commas between them, or as a list.
        options: Options of its models, such as ``temperature``; those of an agent go before them.
    """

    kind: ClassVar[str] = "[models.NAME]"

    chain: tuple[str, ...] = ()
    options: dict[str, JsonValue] = Field(default_factory=dict)

    @field_validator("chain", mode="before")
    @classmethod
    def _read_chain(cls, chain: object) -> object:
        entries = list(cast("list[object]", chain)) if isinstance(chain, (list, tuple)) else [chain]
        texts = [entry for entry in entries if isinstance(entry, str)]
        if len(texts) < len(entries):
            raise ValueError("a chain is a text with commas, or a list of texts")
        return split_chain(texts)


class EndpointTable(Document):
    """``[endpoints.NAME]``: one model server; ``type|url`` may stand in place of the table.

    Attributes:
        type: The provider whose wire it speaks, as in specs: "openai", "anthropic", "ollama", ...
        url: Its base URL, without a user or a password.
        token_env: The environment variable, or secrets file, that holds its token.
        from_env: An environment variable, or secrets file, that holds ``type|url|token``, in place of the three.
        concurrency: How many calls it takes at a time, the others waiting their turn; any number when it is left out.
    """

    kind: ClassVar[str] = "[endpoints.NAME]"

    type: str = ""
    url: str = ""
    token_env: str = ""
    from_env: str = ""
    concurrency: int | None = None


class PriceTable(Document):
    """``[prices."provider/model"]``: what a model's tokens cost, in place of what its source says.

    Attributes:
        input_usd_per_million: US dollars for a million tokens of the prompt.
        output_usd_per_million: US dollars for a million tokens that the model writes, its reasoning included.
        cached_input_usd_per_million: US dollars for a million tokens of the prompt that the provider had cached; as for any
            other when it is left out.
    """

    kind: ClassVar[str] = '[prices."PROVIDER/MODEL"]'

    input_usd_per_million: float
    output_usd_per_million: float
    cached_input_usd_per_million: float | None = None


class _FailoverBase(Document):
    kind: ClassVar[str] = "[failover]"


# the names and types stand once, in FailoverPolicy; pydantic only checks against them
_HINTS = get_type_hints(FailoverPolicy)
_KNOWN: dict[str, Any] = {one.name: (_HINTS[one.name], one.default) for one in fields(FailoverPolicy)}
FailoverTable: type[Document] = create_model("FailoverTable", __base__=_FailoverBase, **_KNOWN)
"""``[failover]``: the fields of ``FailoverPolicy``."""
