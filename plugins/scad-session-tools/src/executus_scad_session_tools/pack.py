"""The tools of one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core import SessionTools

if TYPE_CHECKING:
    from executus_core import AgentSession


class ScadTools:
    """Makes the tools of one run."""

    def __call__(self, session: AgentSession) -> SessionTools:  # noqa: ARG002 - the port hands it
        """Make them."""
        return SessionTools()
