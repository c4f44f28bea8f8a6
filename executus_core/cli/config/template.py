"""The text of a new ``executus.toml``."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

import tomli_w

from executus_core.config.defaults import Defaults
from executus_core.config.settings import MASK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from executus_core.cli.config.effective import Effective
    from executus_core.llm.json import JsonValue

_HEAD: Final = """\
# Settings of executus for this folder and those below it. Lines that begin with # are not in force.
# Every setting with its value, and where it comes from: executus config show

[models]
# What a tier means. Agents ask for a tier, so that a model is changed here and nowhere else.
"""
_PLUGINS: Final = """
[plugins]
# disable = []  # names of plugins to leave out
# require = []  # names of plugins without which no run starts
"""


def render(spec: str, why: str, settings: Sequence[Effective]) -> str:
    """Write the settings that hold now, most of them as comments.

    Args:
        spec: What serves the tier ``fast``; "" for nothing yet.
        why: Who named it.
        settings: Every setting; those of plugins are listed.
    """
    models = f"{_line('fast', spec)}  # {why}\n" if spec else '# fast = "PROVIDER/MODEL"\n'
    defaults = Defaults()
    caps = [f"# {_line(name, getattr(defaults, name))}\n" for name in ("max_steps", "max_runtime_s")]
    plugins = "".join(
        f"\n# [{table}]\n" + "".join(_commented(setting) for setting in group)
        for table, group in groupby(settings, key=lambda setting: setting.table)
        if table.startswith("plugin.")
    )
    return "".join(
        [
            _HEAD,
            models,
            "\n[defaults]\n# Caps of runs whose agent leaves them open.\n",
            *caps,
            _PLUGINS,
            plugins,
        ]
    )


def _commented(setting: Effective) -> str:
    """Write a line that changes nothing when its # is taken away; what TOML can't say, or nobody may read, is told."""
    if _holds(setting.value, MASK):
        return f"# # {setting.key} is a secret, and is not shown\n"
    if _holds(setting.value, None):
        return f"# # {setting.key} is not set\n"
    return f"# {_line(setting.key, setting.value)}\n"


def _holds(value: JsonValue, wanted: str | None) -> bool:
    """Tell whether a value is a wanted one, or has it somewhere inside."""
    if isinstance(value, dict):
        return any(_holds(one, wanted) for one in value.values())
    if isinstance(value, list):
        return any(_holds(one, wanted) for one in value)
    return value == wanted


def _line(key: str, value: JsonValue) -> str:
    """Write a setting on one line, also a list or a table: the library breaks those."""
    name = tomli_w.dumps({key: 0}).removesuffix(" = 0\n")
    return f"{name} = {_inline(value)}"


def _inline(value: JsonValue) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(_line(key, one) for key, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    return tomli_w.dumps({"_": value}).removeprefix("_ = ").removesuffix("\n")
