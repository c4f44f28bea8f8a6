"""An approver for hosts whose people answer later: in a chat, on a page, by a command."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen

from executus_core.errors import ApprovalRequestError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from executus_core.record.permission import Approval, ApprovalRequest

REMEMBERED: Final = 1000
"""Requests that are over and still known, so that an answer that comes twice or late is told so."""


@frozen
class _Waiting:
    request: ApprovalRequest
    answer: asyncio.Future[Approval]


class PendingApprovals:
    """Holds each request until somebody answers it by its id, or its run ends.

    Made for one event loop: whoever answers does so where the runs are. Who may answer, the host decides: it knows who
    pressed the button, and ``request.caller`` says for whom the run is.
    """

    def __init__(self, on_request: Callable[[ApprovalRequest], Awaitable[None] | None] | None = None) -> None:
        """Begin with nothing pending.

        Args:
            on_request: Told each request once it can be answered, to show it; what it raises denies the call.
        """
        self._on_request = on_request
        self._waiting: dict[str, _Waiting] = {}
        self._over: dict[str, str] = {}

    async def approve(self, request: ApprovalRequest) -> Approval:
        """Show the request and wait for its answer."""
        waiting = _Waiting(request, asyncio.get_running_loop().create_future())
        self._waiting[request.id] = waiting
        try:
            if self._on_request is not None:
                shown = self._on_request(request)
                if inspect.isawaitable(shown):
                    await shown
            return await waiting.answer
        finally:
            del self._waiting[request.id]
            self._remember(
                request.id, "has its answer" if _is_answered(waiting) else "is no longer waited for"
            )

    def list_pending(self) -> list[ApprovalRequest]:
        """List the requests that wait for an answer, the oldest first."""
        return [one.request for one in self._waiting.values() if not one.answer.done()]

    def get_pending(self, request_id: str) -> ApprovalRequest:
        """Get a request that waits for an answer.

        Raises:
            ApprovalRequestError: There is none of this id, or it is over.
        """
        return self._get(request_id).request

    def answer(self, request_id: str, approval: Approval) -> None:
        """Answer one request; its run goes on by itself.

        Args:
            request_id: The request.
            approval: The answer; ``by`` says who gave it.

        Raises:
            ApprovalRequestError: There is no such request, it has its answer, its run has ended, or the approval is for
                another one.
        """
        waiting = self._get(request_id)
        if approval.request_id not in ("", request_id):
            raise ApprovalRequestError(
                f"the approval is for the request '{approval.request_id}', not for '{request_id}'",
                request_id=approval.request_id,
            )
        waiting.answer.set_result(evolve(approval, request_id=request_id))

    def _get(self, request_id: str) -> _Waiting:
        waiting = self._waiting.get(request_id)
        if waiting is not None and not waiting.answer.done():
            return waiting
        over = "has its answer" if waiting and _is_answered(waiting) else self._over.get(request_id)
        said = f"the request '{request_id}' {over}" if over else f"nobody asked '{request_id:.100}'"
        raise ApprovalRequestError(f"{said}; list_pending() has those that wait", request_id=request_id)

    def _remember(self, request_id: str, how: str) -> None:
        self._over[request_id] = how
        if len(self._over) > REMEMBERED:
            del self._over[next(iter(self._over))]


def _is_answered(waiting: _Waiting) -> bool:
    return waiting.answer.done() and not waiting.answer.cancelled()
