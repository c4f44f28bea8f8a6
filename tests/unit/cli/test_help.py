"""Help is read often and must come at once."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
import executus_core.plugin.scan
executus_core.plugin.scan.scan = lambda: []
from executus_core.cli import main
main(sys.argv[1:])
heavy = {"pluggy", "stevedore", "pydantic", "pydantic_settings", "rich", "litellm", "asyncio", "yaml"}
print(*sorted(heavy & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize("command", ["config", "config init", "doctor", "models", "run"])
def test_the_help_of_a_command_imports_nothing_heavy(tmp_path: Path, command: str) -> None:
    """Not even what the command itself is made of."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *command.split(), "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )

    assert f"executus {command}" in done.stdout
    assert "\\b" not in done.stdout
    assert done.stderr.strip() == ""
