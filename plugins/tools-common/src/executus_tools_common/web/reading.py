"""Has a page read by a process of its own, within bounds."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Final
from weakref import WeakKeyDictionary

from attrs import frozen

from executus_core import ToolError

MAX_READERS: Final = 4
_KEPT_VARIABLES: Final = ("SYSTEMROOT",)  # without it Windows starts no Python
_MODULE: Final = "executus_tools_common.web.reader"
_desks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


@frozen
class Order:
    """What is to be read, and how.

    Attributes:
        kind: "html", "pdf" or "text".
        part: "content", "everything" or "source", of an HTML page.
        url: Where it came from.
        charset: How it is said to be coded, or "".
        max_chars: Longer texts are cut.
        timeout_s: Seconds that reading may take.
    """

    kind: str
    part: str
    url: str
    charset: str
    max_chars: int
    timeout_s: float


@frozen
class Reading:
    """What was read.

    Attributes:
        title: The page's title, or "".
        text: Its text; Markdown, of an HTML page.
        note: What to know about how it was read, or "".
    """

    title: str
    text: str
    note: str


async def read_apart(order: Order, data: bytes) -> Reading:
    """Read a page in a process of its own; at most ``MAX_READERS`` at the same time.

    Raises:
        ToolError: It can't be read, or not in time, in one sentence for the model.
    """
    desk = _desks.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(MAX_READERS))
    async with desk:
        output = await _run_reader(order, data)
    try:
        answer: dict[str, str] = json.loads(output)
    except ValueError as error:
        raise ToolError(
            f"{order.url} takes more memory or time to read than a page may; look for the same elsewhere"
        ) from error
    if problem := answer.get("problem"):
        raise ToolError(f"{order.url} can't be read: {problem}")
    return Reading(answer["title"], answer["text"], answer["note"])


async def _run_reader(order: Order, data: bytes) -> bytes:
    # -I: nothing of the working folder and of the environment decides what is imported
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-m",
        _MODULE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
    )
    told = {
        "kind": order.kind,
        "part": order.part,
        "url": order.url,
        "charset": order.charset,
        "max_chars": str(order.max_chars),
        "cpu_s": str(int(order.timeout_s) + 1),
    }
    try:
        async with asyncio.timeout(order.timeout_s):
            output, _ = await process.communicate(json.dumps(told).encode() + b"\n" + data)
    except TimeoutError as error:
        raise ToolError(
            f"{order.url} could not be read within {order.timeout_s:g} s; look for the same elsewhere"
        ) from error
    finally:
        if process.returncode is None:
            process.kill()
            # what is still in the pipes must go, or the end of the process is never seen
            await process.communicate()
    return output
