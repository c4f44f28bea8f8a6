"""litellm is imported by the first call and by nothing before it, and nothing is ever printed."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from executus_core.testing import ModelServer, http_error

if TYPE_CHECKING:
    from collections.abc import Callable

_BEFORE = """
import asyncio, json, sys
from executus_core import Executor
async def main():
    config = {"plugins": {"autoload": False, "enable": ["model-litellm"]}, "plugin": {"model-litellm": {"local_ports": [1]}}}
    async with Executor.discover(settings=config) as executor:
        model = await executor.model_sources[0].resolve("openai/gpt-4o-mini")
        await executor.find_models()
        return model.name, model.context_tokens, model.price.output_usd, model.output_mode(has_tools=True)
name, *known = asyncio.run(main())
heavy = [module for module in ("litellm", "openai", "aiohttp", "tiktoken") if module in sys.modules]
print(json.dumps([name, *known, heavy]))
"""

_CALLS = """
import asyncio, gc, json, sys, threading, warnings
warnings.simplefilter("default")
from executus_core.llm import Message, ModelRequest
from executus_model_litellm.settings import Settings
from executus_model_litellm.source import LitellmModels
async def main(spec):
    texts = []
    async with LitellmModels(Settings(timeout_s=20)) as source:
        model = await source.resolve(spec)
        request = ModelRequest([Message.user("Hello")])
        for _ in range(2):
            try:
                texts.append((await model.generate(request)).message.text)
                texts.append([event async for event in model.stream(request)][-1].message.text)
            except Exception as error:
                texts.append(type(error).__name__)
    gc.collect()
    for _ in range(10):  # a client of an older litellm starts a task when it goes, which closes it once more
        await asyncio.sleep(0)
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    return texts, len(left)
# one event loop after the other, as scripts do
said = [[asyncio.run(main(spec)) for _ in range(2)] for spec in SPECS]
gc.collect()
print(json.dumps([said, [thread.name for thread in threading.enumerate() if not thread.daemon]]))
"""


def test_nothing_imports_litellm_before_a_call(run_child: Callable[..., object]) -> None:
    """Starting a host, resolving a spec, what is known of a model and looking for models go without it."""
    assert run_child(_BEFORE) == ["openai/gpt-4o-mini", 128000, 0.6, "native", []]


DIALECTS = {"openai": "openai", "anthropic": "anthropic", "ollama": "ollama_chat"}


def test_calls_in_one_loop_after_another_leave_nothing_and_print_nothing(
    run_child: Callable[..., object],
) -> None:
    """Each loop's connections are closed with it: no warning, no task and no thread is left.

    Nor is there anything on standard output, where a host's JSON goes; litellm likes to print its help when a call fails.
    """
    with ExitStack() as stack:
        specs = [
            f"{DIALECTS[dialect]}/test-model@{stack.enter_context(ModelServer(dialect, answer)).base_url}"
            for dialect in DIALECTS
            for answer in (lambda _: "Hello.", lambda _: http_error(500))
        ]
        said, threads = run_child(f"SPECS = {specs!r}\n{_CALLS}")

    answered, failed = [["Hello."] * 4, 0], [["ModelUnavailableError"] * 2, 0]
    assert said == [[answered] * 2, [failed] * 2] * len(DIALECTS)
    assert threads == ["MainThread"]
