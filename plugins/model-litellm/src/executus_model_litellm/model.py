"""A model of any provider that litellm knows."""

from __future__ import annotations

import os
from asyncio import CancelledError
from typing import TYPE_CHECKING, Final, cast

from attrs import evolve

from executus_core.errors import ModelError
from executus_core.llm import JsonValue, Response
from executus_model_litellm.access import find_access
from executus_model_litellm.answer import AnswerBuilder, check_refusal, read_choice
from executus_model_litellm.engine import call, get_engine
from executus_model_litellm.errors import cut_stream, translate_error
from executus_model_litellm.request import (
    check_options,
    render_schema,
    render_tools,
    schema_instruction,
    takes_schema,
)
from executus_model_litellm.transcript import Transcripts
from executus_model_litellm.usage import is_counted, price, read_usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from executus_core.llm import ModelEvent, ModelRequest, Usage
    from executus_model_litellm.access import Access
    from executus_model_litellm.engine import Engine, Stream
    from executus_model_litellm.settings import Settings
    from executus_model_litellm.spec import ModelSpec

NO_MODELS: Final = "EXECUTUS_TEST_NO_MODELS"
"""Variable of the test kit: when it is "1", only servers on this machine are asked."""


class LitellmModel:
    """One model, asked through litellm: one HTTP request per call, and no retries."""

    def __init__(
        self, spec: ModelSpec, settings: Settings, count_context: Callable[[], int], began: Callable[[], None]
    ) -> None:
        """Ask nothing yet.

        Args:
            spec: Which model.
            settings: How to ask.
            count_context: Looks the size of its window up.
            began: Called before each call, in the event loop whose HTTP clients the call uses.
        """
        self._spec = spec
        self._settings = settings
        self._count_context = count_context
        self._began = began
        self._context_tokens: int | None = None
        self._transcripts = Transcripts(spec.provider)

    @property
    def name(self) -> str:
        """The spec, without an address."""
        return self._spec.name

    @property
    def context_tokens(self) -> int:
        """Size of the window, looked up when first asked for; 0 when it is not known."""
        if self._context_tokens is None:
            self._context_tokens = self._count_context()
        return self._context_tokens

    async def generate(self, request: ModelRequest) -> Response:
        """Answer one request."""
        access = self._find_access()
        engine = await self._begin(request)
        try:
            answer = await call(self._options(request, engine, access))
            choice = read_choice(answer, str(self._spec))
            builder = AnswerBuilder()
            for _ in (*builder.add(choice.message), *builder.finish()):
                pass
        except (ModelError, CancelledError):
            raise
        except Exception as error:
            raise translate_error(error, self._spec, access, has_tools=bool(request.tools)) from None
        usage = getattr(answer, "usage", None)
        return self._response(builder, choice.finish_reason or "", self._usage(engine, usage), answer)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Answer one request piece by piece."""
        access = self._find_access()
        engine = await self._begin(request)
        stream: Stream | None = None
        builder = AnswerBuilder()
        stop_reason, usage, last = "", None, cast("object", None)
        try:
            options = self._options(request, engine, access)
            stream = cast(
                "Stream", await call(options | {"stream": True, "stream_options": {"include_usage": True}})
            )
            async for chunk in stream:
                last = chunk
                for choice in chunk.choices[:1]:
                    stop_reason = choice.finish_reason or stop_reason
                    for event in builder.add(choice.delta):
                        yield event
                # the last one; going on from it would start litellm's own logging
                if (usage := getattr(chunk, "usage", None)) is not None:
                    break
            if stream.received_finish_reason is None:
                raise cut_stream(self._spec, has_begun=builder.has_begun)
            for event in builder.finish():
                yield event
        except (ModelError, CancelledError):
            raise
        except Exception as error:
            raise translate_error(error, self._spec, access, has_tools=bool(request.tools)) from None
        finally:
            if stream is not None:
                await stream.aclose()
        counted = usage if any(getattr(chunk, "usage", None) for chunk in stream.chunks) else None
        yield self._response(builder, stop_reason, self._usage(engine, counted), last)

    async def _begin(self, request: ModelRequest) -> Engine:
        check_options(request.options, str(self._spec))
        engine = await get_engine()
        self._began()
        return engine

    def _find_access(self) -> Access:
        access = find_access(self._spec, self._settings.api_keys)
        if os.environ.get(NO_MODELS) == "1" and not access.is_local:
            raise ModelError(
                f"'{self._spec}' was not asked: {NO_MODELS} is set, and tests ask no real model; use a ScriptedModel or a "
                "ModelServer"
            )
        return access

    def _options(self, request: ModelRequest, engine: Engine, access: Access) -> dict[str, object]:
        messages = self._transcripts.render(request.messages)
        options: dict[str, object] = dict(request.options)
        if request.output_schema is not None:
            if takes_schema(engine, self._spec):
                options["response_format"] = render_schema(request.output_schema)
            else:
                messages.append({"role": "user", "content": schema_instruction(request.output_schema)})
        if request.tools:
            options["tools"] = render_tools(request.tools)
        if access.base_url:
            options["api_base"] = access.base_url
        if access.api_key:
            options["api_key"] = access.api_key
        return options | {
            "model": self._spec.name,
            "messages": messages,
            "timeout": self._settings.timeout_s,
            "num_retries": 0,
            "max_retries": 0,
            "_skip_mcp_handler": True,
        }

    def _usage(self, engine: Engine, given: object) -> Usage:
        usage = read_usage(given)
        return evolve(usage, cost_usd=price(engine, self._spec, given)) if is_counted(given) else usage

    def _response(self, builder: AnswerBuilder, stop_reason: str, usage: Usage, answer: object) -> Response:
        check_refusal(builder, stop_reason, str(self._spec))
        message = builder.message()
        if beside := builder.beside(self._spec.provider):
            self._transcripts.remember(message, beside)
        served = getattr(answer, "model", None)
        return Response(message, usage, served if isinstance(served, str) else "", stop_reason)
