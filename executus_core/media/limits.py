"""What a provider takes of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from executus_core.errors import ConfigError
from executus_core.media.kind import JPEG, PNG

if TYPE_CHECKING:
    from collections.abc import Iterable

MIN_BYTES: Final = 1024
"""A picture of one pixel has to fit, in any format."""


def _media_types(names: Iterable[str]) -> frozenset[str]:
    return frozenset((names,) if isinstance(names, str) else names)


@frozen
class ImageLimits:
    """What a provider takes of a picture; the defaults are what about every server of a model that sees takes.

    Attributes:
        max_side_px: The longest side, in pixels.
        max_bytes: Bytes of the encoded picture, before base64.
        media_types: Formats that it reads, PNG or JPEG among them: pictures are written anew in these two.
    """

    max_side_px: int = 2048
    max_bytes: int = 3_500_000
    media_types: frozenset[str] = field(default=frozenset({PNG, JPEG}), converter=_media_types)

    def __attrs_post_init__(self) -> None:
        """Refuse limits that no picture keeps, naming all that is wrong with them."""
        problems = [
            f"ImageLimits.{name} is {value!r}; it must be {least} or more"
            for name, value, least in (
                ("max_side_px", self.max_side_px, 1),
                ("max_bytes", self.max_bytes, MIN_BYTES),
            )
            if value < least
        ]
        if not self.media_types & {PNG, JPEG}:
            problems.append(
                f"ImageLimits.media_types is {sorted(self.media_types)}; {PNG} or {JPEG} must be among them"
            )
        if problems:
            raise ConfigError("; ".join(problems), problems=problems)
