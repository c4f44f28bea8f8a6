"""A model of any provider that litellm knows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, cast

from executus_core.errors import ExecutusError, ModelError, ModelUnavailableError
from executus_core.llm import Response
from executus_core.output.words import schema_instruction
from executus_model_litellm.answer import AnswerBuilder, check_refusal, read_choice
from executus_model_litellm.catalog import find_price
from executus_model_litellm.engine import call, get_engine
from executus_model_litellm.errors import cut_stream, no_answer, translate_error
from executus_model_litellm.media import Media
from executus_model_litellm.offers import Offers, as_wire, choose_dialect, render_schema
from executus_model_litellm.request import (
    PATIENCE,
    check_options,
    choose_output_mode,
    patience_of,
    takes_schema,
    without_lost_thoughts,
)
from executus_model_litellm.tap import tap
from executus_model_litellm.transcript import Transcripts
from executus_model_litellm.usage import read_usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Collection, Sequence

    import httpx

    from executus_core.llm import ModelEvent, ModelRequest, OutputMode, Price, Usage
    from executus_core.model.dialect import Dialect
    from executus_model_litellm.access import Access
    from executus_model_litellm.engine import Engine
    from executus_model_litellm.offers import Offer
    from executus_model_litellm.settings import Settings
    from executus_model_litellm.shapes import Stream
    from executus_model_litellm.spec import ModelSpec

NO_MODELS: Final = "EXECUTUS_TEST_NO_MODELS"
"""Variable of the test kit: when it is "1", only servers on this machine are asked."""

_STREAMING: Final = {"stream": True, "stream_options": {"include_usage": True}}


class LitellmModel:
    """One model, asked through litellm: one HTTP request per call, and no retries."""

    def __init__(
        self,
        spec: ModelSpec,
        settings: Settings,
        *,
        access: Callable[[], Access],
        count_context: Callable[[], int],
        began: Callable[[], None],
    ) -> None:
        """Ask nothing yet.

        Args:
            spec: Which model.
            settings: How to ask.
            access: Finds its address and the key for it.
            count_context: Looks the size of its window up.
            began: Called before each call, in the event loop whose HTTP clients the call uses.
        """
        self._spec = spec
        self._settings = settings
        self._access = access
        self._count_context = count_context
        self._began = began
        self._context_tokens: int | None = None
        self._media = Media(spec, settings)
        self._transcripts = Transcripts(spec.provider, self._media)
        self._offers = Offers(is_strict=settings.strict_tools)

    @property
    def name(self) -> str:
        """The spec, without an address."""
        return self._spec.title

    @property
    def context_tokens(self) -> int:
        """Size of the window, looked up when first asked for; 0 when it is not known."""
        if self._context_tokens is None:
            self._context_tokens = self._count_context()
        return self._context_tokens

    @property
    def problem(self) -> str:
        """Why it can't be asked, as far as settings and environment tell: a key that is missing above all."""
        try:
            self._find_access()
        except ExecutusError as error:
            return str(error)
        return ""

    @property
    def price(self) -> Price | None:
        """Its price list by litellm's table; None for what the table does not know, and for a server of one's own."""
        return find_price(self._spec)

    @property
    def reads(self) -> Collection[str]:
        """Media types of the files that its provider reads by itself."""
        return self._media.reads

    def output_mode(self, *, has_tools: bool) -> OutputMode:
        """Choose how it is best brought to answer with a value: as a request with an output schema would ask it."""
        return choose_output_mode(self._spec, has_tools=has_tools)

    async def generate(self, request: ModelRequest) -> Response:
        """Answer one request."""
        access = self._find_access()
        offers = self._offers.offer(request.tools, self._choose_dialect(access))
        engine = await self._begin(request)
        builder = AnswerBuilder(offers)
        usages: list[object] = []
        try:
            answer = await call(self._options(request, offers, access))
            usages = [getattr(answer, "usage", None)]
            choice = read_choice(answer, self._spec)
            builder.add_whole(choice.message)
        except Exception as error:  # noqa: BLE001 - litellm and what is under it raise whatever they like
            failed = self._translate(error, access, request)
            failed.usage = self._count(usages, engine)
            raise failed from None
        return self._response(engine, builder, choice.finish_reason, getattr(answer, "model", None), usages)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Answer one request piece by piece."""
        access = self._find_access()
        offers = self._offers.offer(request.tools, self._choose_dialect(access))
        engine = await self._begin(request)
        builder = AnswerBuilder(offers)
        stream: Stream | None = None
        stop_reason, model = "", ""
        usages: list[object] = []
        try:
            options = self._options(request, offers, access) | _STREAMING
            stream = cast("Stream", await call(options))
            said = tap(stream)
            async for chunk in stream:
                model = said.model or chunk.model or model
                for choice in chunk.choices[:1]:
                    stop_reason = choice.finish_reason or stop_reason
                    for event in builder.add(choice.delta):
                        yield event
                # The last one. Whoever asks for more starts litellm's own logging, which may even ask the server things.
                if stop_reason and (usages := _usages(stream)):
                    break
            self._check_end(stream, builder)
            for event in builder.finish():
                yield event
        except Exception as error:  # noqa: BLE001 - as above
            failed = self._translate(error, access, request)
            failed.usage = self._count(_usages(stream) if stream else (), engine)
            if isinstance(failed, ModelUnavailableError):
                failed.has_begun = builder.has_begun
            raise failed from None
        finally:
            if stream is not None:
                await stream.aclose()
        yield self._response(engine, builder, stop_reason, model, usages)

    def _check_end(self, stream: Stream, builder: AnswerBuilder) -> None:
        # litellm ends a stream that was cut as if it were complete
        if stream.received_finish_reason is None:
            raise cut_stream(self._spec, has_begun=builder.has_begun)

    async def _begin(self, request: ModelRequest) -> Engine:
        check_options(request.options, str(self._spec))
        await self._transcripts.prepare(request.messages)
        engine = await get_engine()
        self._began()
        return engine

    def _find_access(self) -> Access:
        access = self._access()
        if os.environ.get(NO_MODELS) == "1" and not access.is_local:
            raise ModelError(
                f"'{self._spec}' was not asked: {NO_MODELS} is set, and tests ask no real model; use a ScriptedModel or a "
                "ModelServer"
            )
        return access

    def _choose_dialect(self, access: Access) -> Dialect:
        return choose_dialect(self._spec, access.base_url, is_strict=self._settings.strict_tools)

    def _options(self, request: ModelRequest, offers: Sequence[Offer], access: Access) -> dict[str, object]:
        messages = self._transcripts.render(request.messages)
        given: dict[str, object] = {
            name: value for name, value in request.options.items() if name != PATIENCE
        }
        options = without_lost_thoughts(given, messages, self._spec)
        if request.output_schema is not None:
            if takes_schema(self._spec, has_tools=bool(request.tools)):
                dialect = self._choose_dialect(access)
                options["response_format"] = render_schema(request.output_schema, dialect)
            else:
                messages.append({"role": "user", "content": schema_instruction(request.output_schema)})
        if offers:
            options["tools"] = as_wire(offers)
        if access.base_url:
            options["api_base"] = access.base_url
        if access.api_key:
            options["api_key"] = access.api_key
        return options | {
            "model": self._spec.name,
            "messages": messages,
            "timeout": self._find_patience(request),
            "num_retries": 0,
            "max_retries": 0,
            "_skip_mcp_handler": True,
        }

    def _find_patience(self, request: ModelRequest) -> httpx.Timeout:
        """Say how long a provider may stay silent; of others than OpenAI's wire litellm takes only the time for reading."""
        import httpx  # noqa: PLC0415 - litellm has loaded it by now

        seconds = patience_of(request.options, self._settings.timeout_s, str(self._spec))
        return httpx.Timeout(seconds, connect=min(seconds, self._settings.connect_timeout_s))

    def _translate(self, error: Exception, access: Access, request: ModelRequest) -> ModelError:
        if isinstance(error, ModelError):
            return error
        return translate_error(error, self._spec, access, has_tools=bool(request.tools))

    def _count(self, usages: Sequence[object], engine: Engine) -> Usage | None:
        """Count what a call that failed consumed; None when nobody said."""
        usage = read_usage(usages, engine, self._spec)
        return usage if usage.input_tokens or usage.output_tokens else None

    def _response(
        self,
        engine: Engine,
        builder: AnswerBuilder,
        stop_reason: str | None,
        served: object,
        usages: Sequence[object],
    ) -> Response:
        usage = read_usage(usages, engine, self._spec)
        try:
            check_refusal(builder, stop_reason or "", str(self._spec))
        except ModelError as error:
            error.usage = self._count(usages, engine)
            raise
        # models do end without a word, after a tool call above all; a server that never asked one has nothing to count
        if not builder.has_begun and not usage.input_tokens:
            raise no_answer(self._spec)
        message = builder.message()
        if beside := builder.beside(self._spec.provider):
            self._transcripts.remember(message, beside)
        name = served.removeprefix(f"{self._spec.provider}/") if isinstance(served, str) else ""
        return Response(message, usage, name, stop_reason or "")


def _usages(stream: Stream) -> list[object]:
    """Give what the provider said of the usage; litellm makes up what it did not."""
    return [usage for chunk in stream.chunks if (usage := getattr(chunk, "usage", None)) is not None]
