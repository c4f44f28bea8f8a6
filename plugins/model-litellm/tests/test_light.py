"""litellm is imported by the first call and by nothing before it, and nothing is ever printed."""

from __future__ import annotations

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
        return model.name, model.context_tokens
name, window = asyncio.run(main())
heavy = [module for module in ("litellm", "openai", "aiohttp", "tiktoken") if module in sys.modules]
print(json.dumps([name, window, heavy]))
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
said = [asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else SPEC)) for _ in range(2)]
gc.collect()
print(json.dumps([said, [thread.name for thread in threading.enumerate() if not thread.daemon]]))
"""


def test_nothing_imports_litellm_before_a_call(run_child: Callable[..., object]) -> None:
    """Starting a host, resolving a spec, its window and looking for models go without it."""
    assert run_child(_BEFORE) == ["openai/gpt-4o-mini", 128000, []]


def test_calls_in_one_loop_after_another_leave_nothing_and_print_nothing(
    run_child: Callable[..., object],
) -> None:
    """Each loop's connections are closed with it: no warning, no task and no thread is left."""
    for dialect, provider in (("openai", "openai"), ("anthropic", "anthropic"), ("ollama", "ollama_chat")):
        with ModelServer(dialect, lambda _: "Hello.") as server:
            said, threads = run_child(f"SPEC = {f'{provider}/test-model@{server.base_url}'!r}\n{_CALLS}")

        assert said == [[["Hello."] * 4, 0]] * 2, provider
        assert threads == ["MainThread"], provider


def test_failures_print_nothing(run_child: Callable[..., object]) -> None:
    """litellm likes to print its help to standard output, where a host's JSON goes."""
    with ModelServer("openai", lambda _: http_error(500)) as server:
        said, _ = run_child(f"SPEC = {f'openai/test-model@{server.base_url}'!r}\n{_CALLS}")

    assert said == [[["ModelUnavailableError"] * 2, 0]] * 2
