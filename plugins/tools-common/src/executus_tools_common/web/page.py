"""A page as it came, and the guarded way to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from executus_core import ToolError
from executus_core.errors import NetworkError
from executus_core.net import guarded_client

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from executus_core.net import NetPolicy

USER_AGENT: Final = "executus-tools-common"
_ACCEPT: Final = "text/html, application/xhtml+xml, application/pdf, text/*;q=0.9, */*;q=0.5"


@frozen
class Page:
    """What a server sent.

    Attributes:
        url: Where it came from, after redirects.
        media_type: What the server says it is, in lower case and without parameters; "" when it does not say.
        charset: How the server says that its text is coded, or "".
        data: The bytes, unpacked.
    """

    url: str
    media_type: str
    charset: str
    data: bytes


async def get_page(url: str, policy: NetPolicy) -> Page:
    """Get a page.

    Raises:
        ToolError: There is none, in one sentence for the model.
    """
    response = await send("GET", url, policy, headers={"Accept": _ACCEPT})
    where = str(response.url)
    if not response.is_success:
        raise ToolError(
            f"{where} answered {response.status_code} {response.reason_phrase}".rstrip()
            + "; check the address, or look for the page elsewhere"
        )
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Page(where, media_type, response.charset_encoding or "", response.content)


async def send(
    method: str,
    url: str,
    policy: NetPolicy,
    *,
    headers: Mapping[str, str],
    query: Mapping[str, str] | None = None,
    content: bytes | None = None,
) -> httpx.Response:
    """Send one request through the guard, and read the whole answer.

    A client of its own for each: no cookie and no connection of one caller is there for another.

    Raises:
        ToolError: No answer came, in one sentence for the model.
    """
    _check_url(url)
    async with guarded_client(policy) as client:
        try:
            return await client.request(
                method,
                url,
                headers={"User-Agent": USER_AGENT, **headers},
                params=dict(query) if query else None,
                content=content,
                follow_redirects=True,
            )
        except NetworkError as error:
            raise ToolError(str(error)) from error


def _check_url(url: str) -> None:
    if not url.lower().startswith(("http://", "https://")):
        raise ToolError(
            f"{url[:200]!r} is no address of a page; write it in full, beginning with https:// or http://"
        )
