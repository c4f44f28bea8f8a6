"""The page about the network tells exactly the addresses that the guard refuses."""

import re
from ipaddress import ip_network
from pathlib import Path

from executus_core.net.blocks import METADATA, SPECIAL

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "network.md").read_text(encoding="utf-8")


def test_every_network_that_is_refused_is_told_and_no_other() -> None:
    """In the order of the tables, with what it is and who says so."""
    told = re.findall(r"^\| `([0-9a-f.:]+/\d+)` \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)

    rows = [(ip_network(network), what, source) for network, what, source in told]
    assert rows == [(block.network, block.what, block.source) for block in (*METADATA, *SPECIAL)]
