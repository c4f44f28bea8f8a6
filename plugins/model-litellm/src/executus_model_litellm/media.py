"""Pictures and files, as the provider takes them that really serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen

from executus_core.errors import ImageError, ModelError
from executus_core.llm import FilePart, ImagePart, TextPart
from executus_core.media import ImageLimits, fit_image
from executus_model_litellm.catalog import can_read_pdf

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from executus_core.llm import Message, Part
    from executus_model_litellm.settings import Settings
    from executus_model_litellm.spec import ModelSpec

PDF: Final = "application/pdf"
_DEFAULT: Final = ImageLimits()
_ALL: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})

IMAGE_LIMITS: Final[Mapping[str, ImageLimits]] = {
    "anthropic": ImageLimits(2000, 3_900_000, _ALL),
    "gemini": ImageLimits(3072, 7_000_000, _ALL - {"image/gif"}),
    "mistral": ImageLimits(2048, 7_000_000, _ALL),
    "openai": ImageLimits(2048, 10_000_000, _ALL),
}
"""What providers take of a picture, by their own documentation. For all others, and for servers of one's own, the defaults
of ``ImageLimits`` stand: PNG and JPEG, which every server decodes.

anthropic   platform.claude.com/docs/en/build-with-claude/vision: PNG, JPEG, GIF, WebP; 5 MB of base64 a picture; 2000 pixels
            a side where a request has more than twenty pictures, which a long run has
gemini      ai.google.dev/gemini-api/docs/image-understanding: PNG, JPEG, WebP; scaled down to 3072 pixels a side; 20 MB a
            request, of which a picture gets half, as base64
mistral     docs.mistral.ai/capabilities/vision: PNG, JPEG, WebP, still GIF; 10 MB of base64 a picture
openai      platform.openai.com/docs/guides/images-vision: PNG, JPEG, WebP, still GIF; scaled down to 2048 pixels a side;
            50 MB a request, of which a picture gets a fourth, as base64
"""

_READ_PDF: Final = frozenset({"anthropic", "gemini", "openai"})
"""Providers that read PDF documents where their model can see, and take them with the message."""


@frozen
class Media:
    """What one model takes beside text.

    Attributes:
        spec: The model.
        settings: What is set by hand.
    """

    spec: ModelSpec
    settings: Settings

    @property
    def limits(self) -> ImageLimits:
        """What it takes of a picture."""
        # OpenAI's wire is that of most servers, and its limits are those of none of them
        is_own = bool(self.spec.base_url) and self.spec.provider == "openai"
        return _DEFAULT if is_own else IMAGE_LIMITS.get(self.spec.provider, _DEFAULT)

    @property
    def reads(self) -> Collection[str]:
        """Media types of the files that its provider reads by itself."""
        spec, settings = self.spec, self.settings
        for name in (str(spec), spec.name):
            if name in settings.reads:
                return settings.reads[name]
        is_known = not spec.base_url and spec.provider in _READ_PDF and can_read_pdf(spec)
        return (PDF,) if is_known else ()

    async def fit(self, message: Message, *, is_tools: bool) -> Message:
        """Make what a message shows fit.

        What does not fit at all is an error where the host or a person gave it: they can do something about it. Where a tool
        brought it, the model reads why it sees nothing, and the run goes on.

        Args:
            message: The message.
            is_tools: Whether a tool brought what it shows.

        Raises:
            ModelError: A picture can't be used, or a file is of a kind that the provider does not read.
        """
        fitted = [await self._fit(part, where) for part, where in _named(message.parts)]
        if not is_tools:
            for one in fitted:
                if isinstance(one, str):
                    raise ModelError(f"'{self.spec}' was not asked: {one}")
        parts = tuple(TextPart(f"[not shown: {one}]") if isinstance(one, str) else one for one in fitted)
        return evolve(message, parts=parts)

    async def _fit(self, part: Part, where: str) -> Part | str:
        """Give what is sent, or why nothing is."""
        if isinstance(part, ImagePart):
            try:
                return await fit_image(part, self.limits, where=where)
            except ImageError as error:
                return str(error)
        if isinstance(part, FilePart) and part.media_type not in self.reads:
            return (
                f"it does not read '{part.name[:80]}' by itself, which is {part.media_type}; choose a model that does, or "
                "give the file in Invocation.input_files"
            )
        return part


def _named(parts: Sequence[Part]) -> Iterator[tuple[Part, str]]:
    """Give each part with what to call it, if it is a picture."""
    pictures = sum(isinstance(part, ImagePart) for part in parts)
    number = 0
    for part in parts:
        number += isinstance(part, ImagePart)
        yield part, "the picture" if pictures == 1 else f"picture {number} of {pictures}"
