"""Plugins made of source text."""

from collections.abc import Callable
from textwrap import dedent
from types import ModuleType

import pytest

HEAD = """
from executus_core import Plugin, Provider, hookimpl, tool
plugin = Plugin(summary="A plugin of a test")
"""


def make_plugin(source: str, name: str = "made") -> ModuleType:
    module = ModuleType(name)
    exec(compile(HEAD + dedent(source), name, "exec"), vars(module))
    return module


@pytest.fixture
def plugin_of() -> Callable[..., ModuleType]:
    """Makes a plugin of the source of its hooks."""
    return make_plugin


@pytest.fixture
def provides() -> Callable[..., ModuleType]:
    """Makes a plugin with one provider: ``provides("audit", factory)``."""

    def make(port: str, factory: object, name: str = "made") -> ModuleType:
        module = make_plugin(
            f"@hookimpl\ndef executus_provide_{port}(context):\n    yield Provider('{name}', factory)\n", name
        )
        vars(module)["factory"] = factory
        return module

    return make
