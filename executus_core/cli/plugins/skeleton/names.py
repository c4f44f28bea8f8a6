"""What a plugin may be called."""

from __future__ import annotations

import keyword
import re
import sys
from importlib.util import find_spec
from typing import Final

from attrs import frozen

from executus_core.errors import ConfigError
from executus_core.plugin.scan import canonical_name, scan

_FORM: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_PREFIX: Final = "executus-"
_OURS: Final = ("executus", "executus-core")
_MAX_LENGTH: Final = 40
"""Longer than any name that people type, and short enough for the lines in which it is filled in."""


@frozen
class Names:
    """What a new package is called.

    Attributes:
        distribution: What people install.
        module: What Python imports.
        plugin: What hosts call it: the distribution's name without a leading ``executus-``.
    """

    distribution: str
    module: str
    plugin: str

    @classmethod
    def parse(cls, name: str) -> Names:
        """Bring what a person typed into the form in which names compare.

        Raises:
            ConfigError: It can't be the name of a package and of a module, or is taken.
        """
        distribution = canonical_name(name)
        module = distribution.replace("-", "_")
        names = cls(distribution, module, distribution.removeprefix(_PREFIX))
        problem = _find_misfit(name, names) or _find_clash(names)
        if problem:
            raise ConfigError(f"a plugin can't be called '{name}': {problem}")
        return names


def _find_misfit(name: str, names: Names) -> str:
    if not _FORM.fullmatch(name):
        return "a name is made of letters, digits and single '-', as in 'word-count'"
    if len(name) > _MAX_LENGTH:
        return f"a name has at most {_MAX_LENGTH} characters"
    if not names.module.isidentifier():
        return f"its module would be '{names.module}', and a module can't begin with a digit"
    if keyword.iskeyword(names.module):
        return f"'{names.module}' is a word of the language"
    return ""


def _find_clash(names: Names) -> str:
    if names.distribution in _OURS:
        return "executus itself is"
    if names.module in sys.stdlib_module_names:
        return f"'{names.module}' is a module of Python itself"
    if owners := [one for one in scan() if one.name == names.plugin]:
        return f"{owners[0].shipped_by} has a plugin '{names.plugin}'; uninstall it first, or choose another name"
    spec = find_spec(names.module)
    if spec is not None and spec.origin is not None:
        return f"there is a module '{names.module}' already, in {spec.origin}"
    return ""
