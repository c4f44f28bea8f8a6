"""Nothing leaves the machine unless a model is called: real processes under a tripwire, which they can't silence."""

from importlib.metadata import entry_points
from pathlib import Path

import pytest
from tripwire import watch

HEAVY = {"litellm", "openai", "anthropic", "ollama", "httpx", "httpcore", "aiohttp", "requests", "tokenizers"}

EVERY_HELP = """
import click
from executus_core.cli import main, root

def walk(command, path):
    assert main([*path, "--help"]) == 0, path
    print(">", *path)
    if isinstance(command, click.Group):
        with click.Context(command) as ctx:
            for name in command.list_commands(ctx):
                walk(command.get_command(ctx, name), [*path, name])

walk(root, [])
"""

EVERY_MODULE = """
import importlib, pkgutil
package = importlib.import_module(sys.argv[1])
def fail(name):
    raise
for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.", onerror=fail):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
        print(found.name)
"""

QUIET = [
    ["--help"],
    ["--version"],
    ["plugins"],
    ["plugins", "--json"],
    ["plugins", "--check"],
    ["config"],
    ["agents"],
    ["tools"],
    ["no-such-command"],
    ["run", "--model", "scripted", "How many files are there?"],
]
LOOKS_FOR_A_MODEL = [["run", "How many files are there?"], ["doctor"], ["models"]]
PACKAGES = sorted(
    {
        "executus_core",
        *(one.value.partition(".")[0].partition(":")[0] for one in entry_points(group="executus.v1")),
    }
)


def files_of(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("arguments", QUIET, ids=" ".join)
def test_no_command_reaches_for_the_network_without_a_model(tmp_path: Path, arguments: list[str]) -> None:
    """Neither by a look-up nor by a connection, not even to this machine, nor by a process that could."""
    caught = watch(tmp_path, *arguments)

    assert caught.left == []
    assert HEAVY & caught.modules == set()
    assert caught.code == (2 if arguments == ["no-such-command"] else 0), caught.err


def test_no_help_reaches_for_the_network(tmp_path: Path) -> None:
    """That of every command and subcommand there is, those of installed plugins included; and it writes nothing."""
    caught = watch(tmp_path, code=EVERY_HELP)

    assert caught.code == 0, caught.err
    assert "> run" in caught.out.splitlines()
    assert "> plugins" in caught.out.splitlines()
    assert caught.left == []
    assert caught.wrote == []
    assert HEAVY & caught.modules == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_reaches_for_the_network_when_it_is_imported(tmp_path: Path, package: str) -> None:
    """Not one of core's, nor of any installed plugin's."""
    caught = watch(tmp_path, package, code=EVERY_MODULE)

    assert caught.code == 0, caught.err
    assert len(caught.out.splitlines()) > 1
    assert caught.left == []
    assert files_of(tmp_path / "home") == []


@pytest.mark.parametrize("arguments", LOOKS_FOR_A_MODEL, ids=" ".join)
def test_looking_for_a_model_stays_on_this_machine(tmp_path: Path, arguments: list[str]) -> None:
    """A model server on a usual local port is found by asking there; nobody else is asked anything."""
    caught = watch(tmp_path, *arguments)

    assert caught.left_beyond_loopback == []
    assert "litellm" not in caught.modules


@pytest.mark.parametrize(
    "arguments", [["--help"], ["plugins"], ["plugins", "--json"], ["config"], ["models"]], ids=" ".join
)
def test_who_only_looks_writes_nothing(tmp_path: Path, arguments: list[str]) -> None:
    """No cache, no settings, no database: the home and the folder stay as they are."""
    caught = watch(tmp_path, *arguments)

    assert caught.code == 0, caught.err
    assert caught.wrote == []
    assert files_of(tmp_path / "home") == []
    assert files_of(tmp_path / "here") == []


def test_a_run_writes_its_record_and_nothing_else(tmp_path: Path) -> None:
    """The record is in the home; the folder in which it runs stays as it is."""
    caught = watch(tmp_path, "run", "--model", "scripted", "How many files are there?")

    assert caught.code == 0, caught.err
    assert {Path(name).parts[: len(tmp_path.parts) + 1] for name in caught.wrote} <= {
        (tmp_path / "home").parts
    }
    assert files_of(tmp_path / "here") == []


# ------------------------------------------------------------------------------------------- the tripwire itself

OFFENDERS = {
    "connects": "socket.create_connection(('127.0.0.1', 9), timeout=1)",
    "looks a name up": "socket.getaddrinfo('models.invalid', 443)",
    "sends a datagram": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
    "fetches": "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')",
    "works in a thread": "import threading; one = threading.Thread(target=socket.create_connection, "
    "args=(('127.0.0.1', 9),)); threading.excepthook = lambda _: None; one.start(); one.join()",
    "starts a process": "import subprocess, sys; subprocess.run([sys.executable, '-c', ''])",
}


@pytest.mark.parametrize("offence", OFFENDERS)
def test_the_tripwire_tells_of_an_offender_that_catches_everything(
    tmp_path: Path, fake_dist, offence: str
) -> None:
    """A plugin that phones home when it is imported, and swallows what comes of it, is found out."""
    source = f"import socket\ntry:\n    {OFFENDERS[offence]}\nexcept BaseException:\n    pass\n"
    site = fake_dist("phones-home", f"{source}\n{PLUGIN}").site

    caught = watch(tmp_path, "plugins", PYTHONPATH=str(site))

    assert caught.code == 0, caught.err
    assert caught.left != []


def test_the_tripwire_tells_of_an_offender_that_leaves_at_once(tmp_path: Path, fake_dist) -> None:
    """What is found is on record at that moment, not at the end."""
    source = (
        "import os, socket\ntry:\n    socket.create_connection(('127.0.0.1', 9))\nfinally:\n    os._exit(0)\n"
    )
    site = fake_dist("phones-home", source).site

    caught = watch(tmp_path, "plugins", PYTHONPATH=str(site))

    assert caught.reached == ["127.0.0.1"]
    assert caught.modules == set()


PLUGIN = """
from executus_core import Plugin, hookimpl
plugin = Plugin(summary="Phones home")
@hookimpl
def executus_provide_tools(context):
    return []
"""
