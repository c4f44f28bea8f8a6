"""The reference of hooks has every hook, under its exact signature, with the plugin of its docstring.

After a change of ``executus_core/hookspecs.py``: ``nox -s reference``.
"""

import inspect
import re
from pathlib import Path
from textwrap import dedent

from executus_core import hookspecs
from executus_core.plugin.portspec import PORTS
from executus_core.plugin.validation import HOOKS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "hooks.md"

HEAD = """\
# Hooks

A plugin is a module, or an object, that implements some of these hooks; its package names it under the entry point group
`executus.v1`. How to write one from nothing to a release: [Write a plugin](../how-to/write-a-plugin.md).

A registration hook, `executus_provide_<port>`, is called once while a host is built. It yields `Provider(name, factory)`;
the factory is called when the port is built, with those of the arguments `context` and `settings` that it declares by
name. As `"module:attribute"` it is imported no sooner. The result is frozen into the host's ports: nothing in a run calls
a hook of this kind. A provider that has `__aenter__`, or `aclose`, is opened and closed by
`async with Executor.discover()`.

Declare only the arguments that you want. What two providers of one port mean:

| kind | two | one that can't be built |
|---|---|---|
| one | an error that gives the line to add | an error |
| optional | an error that gives the line to add | an error |
| many | all serve, in order | it is left out, loudly; an error when it is required, or the host is strict |
| chain | all serve, in order; each may refuse | an error: a chain fails closed |

The order is that of `[ports]` in `executus.toml`, else that of the plugins' names.
"""


def render() -> str:
    """Write the page from the docstrings."""
    parts = [HEAD]
    kinds = {spec.hook: spec for spec in PORTS.values()}
    for hook in HOOKS:
        said, _, example = (inspect.getdoc(getattr(hookspecs, hook)) or "").partition("Example::")
        parts.append(f"## {hook}({', '.join(HOOKS[hook])})\n")
        if hook in kinds:
            spec = kinds[hook]
            parts.append(f"Kind: {spec.cardinality.value}. Without a provider: {spec.without}.\n")
        if mark := getattr(hookspecs, hook).executus_spec["warn_on_impl"]:
            parts.append(f"**Deprecated** {mark}.\n")
        parts.append(said.strip().replace("``", "`") + "\n")
        parts.append(f"```python\n{dedent(example).strip()}\n```\n")
    return "\n".join(parts)


def test_the_page_is_what_the_docstrings_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run: nox -s reference"


def test_every_hook_has_a_heading_with_its_exact_signature() -> None:
    headings = re.findall(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    signatures = {name: ", ".join(inspect.signature(getattr(hookspecs, name)).parameters) for name in HOOKS}

    assert headings == [f"{name}({arguments})" for name, arguments in signatures.items()]


def test_every_hook_has_a_test() -> None:
    tests = (Path(__file__).parents[1] / "unit" / "plugin" / "test_every_hook.py").read_text(encoding="utf-8")

    assert 'parametrize("hook", sorted(HOOKS))' in tests
    assert 'parametrize("port", sorted(PORTS))' in tests


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(render(), encoding="utf-8")
