"""``executus_core.testing`` names everything that authors need, and imports it when it is used."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from executus_core import testing


@pytest.mark.parametrize("name", testing.__all__)
def test_a_public_name_can_be_imported(name: str) -> None:
    """It is the very thing that its module defines."""
    module = sys.modules[f"executus_core.testing.{testing._HOME[name]}"] if name in vars(testing) else None

    value = getattr(testing, name)

    assert value is not None
    assert module is None or getattr(module, name) is value


def test_type_checkers_and_the_interpreter_see_the_same_names() -> None:
    """The list, the imports for type checkers and the lazy table agree."""
    tree = ast.parse(Path(testing.__file__).read_text(encoding="utf-8"))
    typed = {
        (node.module.removeprefix("executus_core.testing."), alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module.startswith("executus_core.testing.")
        for alias in node.names
    }

    assert typed == {(module, name) for name, module in testing._HOME.items()}
    assert sorted(testing.__all__) == dir(testing) == sorted(testing._HOME)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As from any module."""
    with pytest.raises(AttributeError, match="has no attribute 'ScriptedMode'"):
        _ = testing.ScriptedMode


def test_what_is_not_used_is_not_imported() -> None:
    """A test with a scripted model pays for neither pydantic nor hypothesis nor the plugin system."""
    code = (
        "import sys, json; from executus_core.testing import ScriptedModel, FakeClock, MemoryAudit, MemoryBudget; "
        "print(json.dumps(sorted(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    loaded = json.loads(run.stdout)

    assert not {"hypothesis", "pluggy", "pydantic", "pytest", "stevedore"} & set(loaded)
