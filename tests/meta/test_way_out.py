"""Core and the packs of tools have one way to the network: ``executus_core.net``.

The floors keep HTTP clients out of core (``network`` in pyproject.toml); this looks at what imports can't tell: at the
standard library's own ways, and at httpx in the hands of who only names its types. Providers of models are left out: they
talk to the endpoints that their operator has configured.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUARD = ROOT / "executus_core" / "net"
TEST_KIT = ROOT / "executus_core" / "testing"
PACKAGES = [
    ROOT / "executus_core",
    *(
        path
        for path in ROOT.glob("plugins/*/src/*")
        if path.is_dir() and not path.name.startswith("executus_model_")
    ),
]

CLIENTS = {
    "aiohttp",
    "aiosmtplib",
    "httpcore",
    "httpx",
    "paramiko",
    "pycurl",
    "requests",
    "urllib3",
    "websockets",
}
STANDARD = {
    "ftplib",
    "http.client",
    "imaplib",
    "poplib",
    "smtplib",
    "socketserver",
    "telnetlib",
    "xmlrpc.client",
}
CALLS = {
    *(
        "create_connection",
        "create_datagram_endpoint",
        "open_connection",
        "open_unix_connection",
        "sock_connect",
    ),
    *("connect_ex", "connect_tcp", "connect_unix", "urlopen", "urlretrieve", "build_opener"),
    *("getaddrinfo", "gethostbyname", "gethostbyname_ex", "sendto"),
}


def ways_out(source: str) -> Iterator[str]:
    """Everything in a module that could reach the network by itself."""
    tree = ast.parse(source)
    for_types = {inner for node in ast.walk(tree) if _is_for_types(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Attribute | ast.Name):
            name = node.attr if isinstance(node, ast.Attribute) else node.id
            if name in CALLS:
                yield f"line {node.lineno}: {name}"
            continue
        else:
            continue
        if node not in for_types:
            for name in names:
                if name in STANDARD or name.partition(".")[0] in CLIENTS or name.rpartition(".")[2] in CALLS:
                    yield f"line {node.lineno}: import of {name}"


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_nobody_but_the_guard_reaches_the_network(package: Path) -> None:
    """Neither by a client nor by a socket."""
    modules = [
        path
        for path in package.rglob("*.py")
        if not path.is_relative_to(GUARD) and not path.is_relative_to(TEST_KIT)
    ]
    found = {
        str(path.relative_to(ROOT)): ways
        for path in modules
        if (ways := list(ways_out(path.read_text(encoding="utf-8"))))
    }

    assert modules
    assert not found


@pytest.mark.parametrize(
    "source",
    [
        "import httpx",
        "from httpx import AsyncClient",
        "import requests.sessions",
        "from http.client import HTTPConnection",
        "from http import client",
        "import urllib.request\nurllib.request.urlopen('x')",
        "from urllib.request import urlopen",
        "import socket\nsocket.create_connection(('x', 1))",
        "import asyncio\nasync def go(): await asyncio.open_connection('x', 1)",
        "async def go(loop): await loop.create_connection(None, 'x', 1)",
        "import smtplib",
    ],
)
def test_each_way_out_is_seen(source: str) -> None:
    """What the test above looks for, it finds."""
    assert list(ways_out(source))


def test_types_may_be_named() -> None:
    """They send nothing."""
    assert not list(ways_out("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import httpx\n"))
