"""Pictures and files: made to fit for the model that serves, by real HTTP, before anything is sent."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from executus_core import Agent, Executor, Invocation, ToolContext, tool
from executus_core.errors import ModelError
from executus_core.llm import FilePart, ImagePart, Message, ModelRequest, TextPart, ToolCall
from executus_core.record.artifact import InputFile
from executus_core.testing import ModelServer, call
from executus_model_litellm.media import IMAGE_LIMITS, Media
from executus_model_litellm.settings import Settings
from executus_model_litellm.source import LitellmModels
from executus_model_litellm.spec import ModelSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.testing import WireRequest
    from executus_model_litellm.model import LitellmModel

PROVIDERS = {"openai": "openai", "anthropic": "anthropic", "ollama": "ollama_chat"}
DIALECTS = pytest.mark.parametrize("dialect", PROVIDERS)
READERS = pytest.mark.parametrize("dialect", ["openai", "anthropic"])
WAYS = pytest.mark.parametrize("way", ["generate", "stream"])
PLACE = b"48.8584 N 2.2945 E"
PDF = FilePart("plan.pdf", "application/pdf", b"%PDF-1.4\n%%EOF\n")
SVG = ImagePart(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png")


def photo(width: int = 2600, height: int = 1300, kind: str = "TIFF") -> ImagePart:
    """Make a picture that no provider takes as it is: too large, of a strange format, on its side, with a place in it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = PLACE.decode()
    file = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(file, kind, exif=exif)
    return ImagePart(file.getvalue(), "image/tiff")


async def ask(model: LitellmModel, messages: Sequence[Message], way: str) -> None:
    if way == "generate":
        await model.generate(ModelRequest(messages))
    else:
        _ = [event async for event in model.stream(ModelRequest(messages))]


async def asked(
    dialect: str, messages: Sequence[Message], *, way: str = "generate", reads: Sequence[str] = ()
) -> WireRequest:
    """Ask a server of a dialect once, and give what reached it."""
    with ModelServer(dialect, lambda _: "I see.") as server:
        settings = Settings(reads={f"{PROVIDERS[dialect]}/test-model": tuple(reads)})
        async with LitellmModels(settings) as source:
            model = source.find(f"{PROVIDERS[dialect]}/test-model@{server.base_url}")
            await ask(model, messages, way)
    return server.requests[0]


@WAYS
@DIALECTS
async def test_a_picture_is_sent_as_the_provider_takes_it(dialect: str, way: str) -> None:
    """Upright, within its size, in its formats, and without the place where it was taken."""
    given = photo()
    message = Message.user("What is this?", given)

    request = await asked(dialect, [message], way=way)

    (picture,) = request.images
    limits = (
        IMAGE_LIMITS["anthropic"] if dialect == "anthropic" else Media(ModelSpec("x", "y"), Settings()).limits
    )
    with Image.open(io.BytesIO(picture.data)) as seen:
        assert seen.size == (limits.max_side_px // 2, limits.max_side_px)
    assert picture.media_type in limits.media_types
    assert PLACE in given.data
    assert PLACE not in picture.data
    assert message.parts[1] is given


@DIALECTS
async def test_pictures_of_tools_are_made_to_fit_too(dialect: str) -> None:
    """In results and beside them; each has its place in the transcript."""
    made = ToolCall("call_1", "look", "{}")
    transcript = [
        Message.user("Look."),
        Message.assistant("", [made]),
        Message.tool(made, (TextPart("a view"), photo(300, 200))),
        Message.user("and another", photo(100, 60)),
    ]

    request = await asked(dialect, transcript)

    sizes = []
    for picture in request.images:
        with Image.open(io.BytesIO(picture.data)) as seen:
            sizes.append(seen.size)
    assert sizes == [(200, 300), (60, 100)]


async def test_each_picture_is_made_to_fit_once_however_long_a_run_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is kept beside its message, and goes with it."""
    fitted: list[Message] = []
    fit = Media.fit

    def counted(self: Media, message: Message, *, is_tools: bool) -> object:
        fitted.append(message)
        return fit(self, message, is_tools=is_tools)

    monkeypatch.setattr(Media, "fit", counted)
    transcript = [Message.user("What is this?", photo(40, 20))]
    with ModelServer("openai", lambda _: "I see.") as server:
        async with LitellmModels(Settings()) as source:
            model = source.find(f"openai/test-model@{server.base_url}")
            for _ in range(5):
                transcript.append((await model.generate(ModelRequest(transcript))).message)
                transcript.append(Message.user("And now?"))

    assert len(server.requests) == 5
    assert all(len(request.images) == 1 for request in server.requests)
    assert fitted == transcript[:1]


@WAYS
async def test_a_picture_that_nobody_can_use_is_an_error_before_anything_is_sent(way: str) -> None:
    """Whoever gave it can do something about it, and is told which it is."""
    with ModelServer("openai") as server:
        async with LitellmModels(Settings()) as source:
            model = source.find(f"openai/test-model@{server.base_url}")
            with pytest.raises(ModelError, match=r"was not asked: picture 2 of 2 is a drawing \(SVG\)"):
                await ask(model, [Message.user("Compare.", photo(9, 9), SVG)], way)

    assert server.requests == []


@DIALECTS
async def test_a_run_goes_on_without_a_picture_that_its_tool_spoilt(dialect: str) -> None:
    """The model reads why it sees nothing, in the result and where a tool attached it."""

    @tool
    def draw() -> list[str | ImagePart]:
        """Draw."""
        return ["a drawing", SVG]

    @tool
    def show(ctx: ToolContext) -> str:
        """Show."""
        ctx.attach_images("look at this", ImagePart(b"\x89PNG\r\n\x1a\ncut off"))
        return "shown"

    with ModelServer(dialect, [[call("draw"), call("show")], "I see nothing."]) as server:
        async with (
            LitellmModels(Settings()) as source,
            Executor(models=source, registry=[draw, show]) as executor,
        ):
            spec = f"{PROVIDERS[dialect]}/test-model@{server.base_url}"
            result = await executor.run(Agent(name="a", model_tier=spec, tools=["draw", "show"]), "Draw.")

    assert result.output == "I see nothing."
    said = " ".join(server.requests[1].texts)
    assert "a drawing[not shown: the picture is a drawing (SVG), and models see pixels" in said
    assert "[not shown: the picture is a broken or cut-off picture, image/png" in said
    assert server.requests[1].images == []


@WAYS
@READERS
async def test_a_file_that_the_provider_reads_arrives_as_it_is(dialect: str, way: str) -> None:
    """Byte for byte; Anthropic's wire has no place for its name where litellm writes it."""
    request = await asked(dialect, [Message.user("Sum up.", PDF)], way=way, reads=["application/pdf"])

    (file,) = request.files
    assert (file.media_type, file.data) == (PDF.media_type, PDF.data)
    assert "Sum up." in request.texts[-1]


@READERS
async def test_a_file_of_a_tool_arrives_after_its_results(dialect: str) -> None:
    made = [ToolCall(f"call_{number}", "fetch", "{}") for number in (1, 2)]
    transcript = [
        Message.user("Fetch."),
        Message.assistant("", made),
        Message.tool(made[0], (PDF,)),
        Message.tool(made[1], "nothing"),
    ]

    request = await asked(dialect, transcript, reads=["application/pdf"])

    assert [file.data for file in request.files] == [PDF.data]
    assert "(see what is shown after the tool results)" in request.texts


@DIALECTS
async def test_a_file_that_the_provider_does_not_read_is_an_error_that_says_what_to_do(dialect: str) -> None:
    """Or, from a tool, a note to the model."""
    with pytest.raises(ModelError, match=r"does not read 'plan\.pdf' by itself, .* Invocation\.input_files"):
        await asked(dialect, [Message.user("Sum up.", PDF)])
    made = ToolCall("call_1", "fetch", "{}")
    transcript = [Message.user("Fetch."), Message.assistant("", [made]), Message.tool(made, (PDF,))]

    request = await asked(dialect, transcript)

    assert request.texts[-1].startswith("[not shown: it does not read 'plan.pdf' by itself")


@READERS
async def test_an_input_file_goes_to_the_provider_that_reads_it(dialect: str) -> None:
    """A run's own way: what the model reads goes with the input, in the context; the rest is for the stager."""
    files = [InputFile("plan.pdf", PDF.media_type, PDF.data), InputFile("data.csv", "text/csv", b"a,b")]
    spec_of = PROVIDERS[dialect]
    with ModelServer(dialect, ["A plan."]) as server:
        settings = Settings(reads={f"{spec_of}/test-model": ("application/pdf",)})
        async with LitellmModels(settings) as source, Executor(models=source) as executor:
            agent = Agent(name="a", model_tier=f"{spec_of}/test-model@{server.base_url}")
            result = await executor.run(agent, "Sum up.", Invocation(input_files=files))

    assert result.output == "A plan."
    assert [file.data for file in server.requests[0].files] == [PDF.data]


@pytest.mark.parametrize(
    ("spec", "reads"),
    [
        (ModelSpec("openai", "gpt-4o"), True),
        (ModelSpec("anthropic", "claude-haiku-4-5"), True),
        (ModelSpec("gemini", "gemini-2.5-flash"), True),
        (ModelSpec("openai", "gpt-3.5-turbo"), False),
        (ModelSpec("openai", "nobody-knows-it"), False),
        (ModelSpec("ollama_chat", "qwen3"), False),
        (ModelSpec("openai", "gpt-4o", "https://gateway.example.org"), False),
    ],
    ids=str,
)
def test_which_files_a_model_reads_stands_in_a_table(spec: ModelSpec, reads: bool) -> None:
    """Nothing is sent to a server of which nobody knows what it reads, unless somebody says so."""
    assert ("application/pdf" in Media(spec, Settings()).reads) is reads
    assert Media(spec, Settings(reads={str(spec): ("text/csv",)})).reads == ("text/csv",)


def test_limits_are_those_of_the_provider_that_serves() -> None:
    """A server of one's own that speaks OpenAI's wire decodes what every server does."""
    limits = {
        str(spec): Media(spec, Settings()).limits
        for spec in (
            ModelSpec("openai", "m"),
            ModelSpec("openai", "m", "http://127.0.0.1:8080"),
            ModelSpec("gemini", "m"),
            ModelSpec("groq", "m"),
        )
    }

    assert [one.media_types >= {"image/webp"} for one in limits.values()] == [True, False, True, False]
    assert "image/gif" not in limits["gemini/m"].media_types
