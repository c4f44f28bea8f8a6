"""What an answer that is a value costs: read, and in a whole run."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter

from benchmarks.fakes import PROMPT
from benchmarks.measure import ratio, take_turns
from benchmarks.table import Case, Goal
from executus_core import Agent, Executor
from executus_core.llm import Message, Response, Usage
from executus_core.schema.build import build_value_schema

if TYPE_CHECKING:
    from benchmarks.measure import Effort, Make
    from benchmarks.table import Measured
    from executus_core.llm import ModelRequest


class Address(BaseModel):
    """Where somebody is."""

    street: str
    city: str
    code: Annotated[str, Field(pattern="^[0-9]{5}$")]


class Line(BaseModel):
    """One position."""

    sku: Annotated[str, Field(min_length=2, max_length=20)]
    name: str
    count: Annotated[int, Field(ge=1)]
    price: Decimal
    unit: Literal["piece", "kg", "hour"]


class Invoice(BaseModel):
    """A medium schema: three levels, twenty fields, the kinds of values that businesses have."""

    number: str
    issued: date
    due: date | None
    status: Literal["open", "paid", "late"]
    customer: str
    address: Address
    lines: list[Line]
    total: Decimal
    notes: list[str]


INVOICE = Invoice(
    number="2026-0042",
    issued=date(2026, 1, 2),
    due=None,
    status="open",
    customer="Ann Example",
    address=Address(street="Long Street 5", city="Springfield", code="12345"),
    lines=[
        Line(sku=f"SKU-{at}", name=f"Thing number {at}", count=at + 1, price=Decimal("9.50"), unit="piece")
        for at in range(8)
    ],
    total=Decimal("342.00"),
    notes=["Thank you.", "Pay within 30 days."],
)
TEXT = INVOICE.model_dump_json(indent=2)
RESPONSE = Response(Message.assistant(TEXT), Usage(100, 10, cost_usd=0.0001), "fake")

validate_json = TypeAdapter(Invoice).validate_json


class InvoiceModel:
    """Answers with the invoice, at once."""

    name = "fake"
    context_tokens = 0

    async def generate(self, request: ModelRequest) -> Response:  # noqa: ARG002 - always the same
        """Answer."""
        return RESPONSE


def measure(effort: Effort) -> Measured:
    """Measure reading the value of an answer, and a whole run that gives it."""
    model = InvoiceModel()
    agent = Agent(name="reader", output_type=Invoice)
    executor = Executor(models=model)
    read = build_value_schema(Invoice).read

    async def bare() -> Invoice:
        response = await model.generate(None)  # type: ignore[arg-type]  # it does not look
        return validate_json(response.message.text)

    async def strict() -> object:
        return read((await model.generate(None)).message.text)  # type: ignore[arg-type]  # it does not look

    async def run() -> Invoice | None:
        return (await executor.run(agent, PROMPT)).value

    async def generate() -> Invoice:
        return await executor.generate("fast", PROMPT, Invoice)

    contenders: dict[str, Make] = {
        name: partial(lambda once: once, once)
        for name, once in {"bare": bare, "read": strict, "run": run, "generate": generate}.items()
    }
    taken = asyncio.run(take_turns(contenders, effort))
    return {
        "reading the answer": ratio(taken["read"], taken["bare"]),
        "a run of a typed agent": ratio(taken["run"], taken["bare"]),
        "generate": ratio(taken["generate"], taken["bare"]),
    }


OUTPUT = Case(
    "output", (Goal("reading the answer", 1.5), Goal("a run of a typed agent"), Goal("generate")), measure
)
