"""The file that a new agent begins as."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from executus_core.cli.start.agent_files import FOLDER
from executus_core.errors import ConfigError

if TYPE_CHECKING:
    from executus_core.config.defaults import Defaults

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_STARTER: Final = '''\
# An agent: what to run. Check it: executus agents check; see it whole: executus agents show {name}

name = "{name}"
description = "What it is for, in one line."

system_prompt = """
You are a careful assistant.
Be brief, and say so when you do not know.
"""

# Which model answers: a tier of [models] in executus.toml, or a spec such as "openai/gpt-5-mini".
# model_tier = "{defaults.model_tier}"

# The installed tools that it may use, by name or glob, as in "web_*". What is installed: executus tools
tools = []

# The bounds of one run: so many model calls, so many seconds.
# max_steps = {defaults.max_steps}
# max_runtime_s = {defaults.max_runtime_s}

# What the model is told beside the messages, handed on as it is.
# [model_options]
# temperature = 0.2
'''


def write_starter(name: str, defaults: Defaults) -> Path:
    """Write the file of a new agent.

    Args:
        name: What it will be asked for by.
        defaults: What holds where it says nothing.

    Raises:
        ConfigError: The name is of no use, or there is such a file already, or it can't be written.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"'{name}' can't be the name of an agent: use up to 64 letters, digits, '-' and '_', as in code-reviewer"
        )
    path = Path(FOLDER, f"{name}.toml")
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(_STARTER.format(name=name, defaults=defaults))
    except FileExistsError as error:
        raise ConfigError(f"{path} is there already; see it: executus agents show {name}") from error
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error
    return path
