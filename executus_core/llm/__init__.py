"""Values exchanged with a model, and the ``Model`` protocol.

These are plain values: they know nothing of providers, runs or tools, and they do nothing. Tens of thousands live at once,
so they are slotted and cheap, compare by value, and are never changed after they are made.
"""

from executus_core.llm.attempt import AttemptOutcome, ModelAttempt
from executus_core.llm.events import TextDelta, ThinkingDelta, ToolCallDelta
from executus_core.llm.exchange import (
    CheckableModel,
    FileReadingModel,
    Model,
    ModelEvent,
    ModelRequest,
    OutputMode,
    PricedModel,
    ReportingModel,
    RequestOrigin,
    Response,
    SchemaModel,
    StreamingModel,
    ToolSpec,
)
from executus_core.llm.json import JsonObject, JsonValue
from executus_core.llm.message import FilePart, ImagePart, Message, Part, Role, TextPart, ToolCall
from executus_core.llm.price import Price
from executus_core.llm.usage import Usage

__all__ = [
    "AttemptOutcome",
    "CheckableModel",
    "FilePart",
    "FileReadingModel",
    "ImagePart",
    "JsonObject",
    "JsonValue",
    "Message",
    "Model",
    "ModelAttempt",
    "ModelEvent",
    "ModelRequest",
    "OutputMode",
    "Part",
    "Price",
    "PricedModel",
    "ReportingModel",
    "RequestOrigin",
    "Response",
    "Role",
    "SchemaModel",
    "StreamingModel",
    "TextDelta",
    "TextPart",
    "ThinkingDelta",
    "ToolCall",
    "ToolCallDelta",
    "ToolSpec",
    "Usage",
]
