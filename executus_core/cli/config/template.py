"""The text of a new ``executus.toml``."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

import tomli_w

from executus_core.cli.config.effective import MASK
from executus_core.config.defaults import Defaults

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
# disable = ["NAME"]  # leave plugins out
# require = ["NAME"]  # start no run without these
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
    is_plain = setting.value is not None and not isinstance(setting.value, dict) and setting.value != MASK
    if not is_plain:
        return f"# {setting.key} = ...\n"
    return f"# {_line(setting.key, setting.value)}\n"


def _line(key: str, value: JsonValue) -> str:
    return " ".join(tomli_w.dumps({key: value}).split("\n")).strip()
