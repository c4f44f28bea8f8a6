"""The tab key in a real shell."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
from pseudoterminal import BOUND_S, Terminal

PLUGIN = """
    from executus_core import Plugin, Provider, hookimpl, tool

    plugin = Plugin(summary="A tool and a command")

    @tool
    def rummage() -> str:
        "Look into all drawers."
        return ""

    @hookimpl
    def executus_provide_tools():
        yield rummage
        yield Provider("heavy", "pathlib_that_is_not_there:pack")

    @hookimpl
    def executus_register_commands(registry):
        registry.add("rumours", "never_imported:command", help="Tell.")
"""
EXECUTUS = Path(sysconfig.get_path("scripts"), "executus")


@pytest.fixture
def environ(tmp_path: Path, fake_dist) -> dict[str, str]:
    """An environment with one plugin, an agent, and a configuration."""
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "reviewer.toml").write_text('name = "reviewer"\n')
    (tmp_path / "executus.toml").write_text('[models]\nruminant = "scripted"\n')
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXECUTUS_")}
    return {
        **kept,
        "EXECUTUS_PLUGINS": "rummager",
        "INPUTRC": "/dev/null",
        "PATH": f"{EXECUTUS.parent}{os.pathsep}{kept['PATH']}",
        "PYTHONPATH": str(fake_dist("rummager", PLUGIN).site),
        "TERM": "xterm-256color",
    }


@pytest.fixture
def bash(tmp_path: Path, environ: dict[str, str]) -> Iterator[Terminal]:
    """A bash that has read the script."""
    program = shutil.which("bash")
    if program is None or not EXECUTUS.exists():
        pytest.skip("needs bash, and executus installed as a command")
    shell = Terminal([program, "--norc", "--noprofile", "-i"], tmp_path, {**environ, "PS1": "ready> "})
    try:
        shell.asks('eval "$(executus completion bash)"')
        shell.sees("\nready> ")
        yield shell
    finally:
        shell.close()


def test_the_tab_key_completes_commands_options_and_values(bash: Terminal) -> None:
    """Plugins' commands too, of which none is imported; installed tools, tiers, agents and files."""
    for typed, becomes in {
        "executus rum": "executus rumours ",
        "executus run --max": "executus run --max-steps ",
        "executus run --tool rum": "executus run --tool rummage ",
        "executus run -m rum": "executus run -m ruminant ",
        "executus chat --agent rev": "executus chat --agent reviewer ",
        "executus chat --agent execu": "executus chat --agent executus.toml ",
        "executus tools ca": "executus tools call ",
    }.items():
        bash.presses(f"{typed}\t")
        bash.sees(becomes)
        bash.presses("\x15")  # ^U drops the line


def complete(environ: dict[str, str], here: Path, *words: str) -> tuple[list[str], str]:
    """What the command itself says to a shell that asks, and what it says besides."""
    asked = {
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
        "_EXECUTUS_COMPLETE": "bash_complete",
    }
    code = "import sys; from executus_core.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=here,
        env={**environ, **asked},
        capture_output=True,
        timeout=BOUND_S,
        check=False,
        text=True,
    )
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line], done.stderr


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("executus", "ru"), ["rumours", "run"]),
        (("executus", "nonsense", "x"), []),
        (("executus", "run", "-m", ""), ["ruminant", "scripted"]),
        (("executus", "tools", "show", ""), ["rummage"]),
        (("executus", "agents", "show", "r"), ["reviewer"]),
        (("executus", "completion", "b"), ["bash"]),
    ],
)
def test_what_is_offered(environ, tmp_path: Path, words: tuple[str, ...], offered: list[str]) -> None:
    """What would have to be imported first is not asked, and nothing else is said: a shell would show it."""
    assert complete(environ, tmp_path, *words) == (offered, "")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("run", "-m", ""), ["acme/x", "away/", "box/qwen", "cheap", "ruminant", "scripted", "slow"]),
        (("models", "test", "b"), ["box/qwen"]),
        (("run", "-m", "slow,ru"), ["slow,ruminant"]),
    ],
)
def test_tiers_aliases_and_specs_of_endpoints_are_offered(
    environ, tmp_path: Path, words: tuple[str, ...], offered: list[str]
) -> None:
    """Those that the configuration names, and of an endpoint that it names no model of the endpoint; in a chain, too."""
    (tmp_path / "executus.toml").write_text(
        '[models]\nruminant = "scripted"\nslow = ["box/qwen", "acme/x"]\n[model_aliases]\ncheap = "acme/x"\n'
        '[endpoints]\nbox = "openai|http://127.0.0.1:9"\naway = "openai|http://127.0.0.1:9"\n'
    )

    assert complete(environ, tmp_path, "executus", *words) == (offered, "")


def test_a_configuration_that_is_broken_offers_nothing_and_says_nothing(environ, tmp_path: Path) -> None:
    """The command itself will say it."""
    (tmp_path / "executus.toml").write_text("[models\n")

    assert complete(environ, tmp_path, "executus", "run", "-m", "") == ([], "")
    assert complete(environ, tmp_path, "executus", "ru") == (["run"], "")


def test_completing_imports_nothing_heavy(environ, tmp_path: Path) -> None:
    """A person waits for it at every tab."""
    code = (
        "import os, sys, contextlib; os.environ |= {'COMP_WORDS': 'executus run --t', 'COMP_CWORD': '2', "
        "'_EXECUTUS_COMPLETE': 'bash_complete'}\n"
        "from executus_core.cli import main\n"
        "with contextlib.suppress(SystemExit): main()\n"
        "heavy = {'pydantic', 'rich', 'yaml', 'litellm', 'executus_core.plugin.host'} & set(sys.modules)\n"
        "sys.exit(f'imports {heavy}' if heavy else 0)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        timeout=BOUND_S,
        check=False,
    )

    assert done.returncode == 0, done.stderr.decode()
    assert b"--timeout" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script_and_the_line_for_its_start(shell: str, capsys) -> None:
    """The line stands at the end, where a person sees it."""
    from executus_core.cli import main

    assert main(["completion", shell]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert "_EXECUTUS_COMPLETE" in "\n".join(lines)
    assert f"executus completion {shell}" in lines[-1]
    assert all(line.startswith("#") for line in lines[-2:])
