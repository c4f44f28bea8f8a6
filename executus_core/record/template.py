"""The little language of phase prompts: ``{{ input }}`` and ``{{ phases.NAME }}``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from executus_core.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

_PLACEHOLDER = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)


def check_phases(phases: Sequence[tuple[str, str]]) -> None:
    """Check that the names of phases differ and that each prompt speaks only of the input and of earlier phases.

    Args:
        phases: Name and prompt of each phase, in order.

    Raises:
        ValueError: Naming every phase and placeholder that is wrong.
    """
    problems: list[str] = []
    earlier: list[str] = []
    for name, prompt in phases:
        if name in earlier:
            problems.append(f"two phases are named '{name}'; rename one")
        problems += [
            f"phase '{name}' speaks of '{{{{ {placeholder} }}}}', which is neither the input nor an earlier phase."
            + did_you_mean(placeholder, ["input", *(f"phases.{known}" for known in earlier)])
            for placeholder in _PLACEHOLDER.findall(prompt)
            if placeholder != "input" and placeholder not in {f"phases.{known}" for known in earlier}
        ]
        earlier.append(name)
    if problems:
        raise ValueError("; ".join(problems))
