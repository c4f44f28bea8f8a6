"""What a guarded client may do."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.converters import optional

from executus_core.errors import ConfigError
from executus_core.net.blocks import never_reachable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from executus_core.net.blocks import Network


def _several(names: Iterable[str]) -> tuple[str, ...]:
    # A text is an iterable too, and its letters would be taken for names.
    return (names,) if isinstance(names, str) else tuple(names)


def _several_or_none(names: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if names is None else _several(names)


def _ports(ports: Iterable[int] | None) -> tuple[int, ...] | None:
    return None if ports is None else tuple(ports)


@frozen
class NetPolicy:
    """What a guarded client may do; the defaults suit a page that a model asked for.

    Attributes:
        allow_private: Networks in CIDR notation that may be reached though they are not public; link-local and metadata
            addresses stay blocked even inside of them.
        allow_hosts: Globs of the only hosts that may be reached, in lower case and punycode; None for every host.
        allow_ports: The only ports that may be reached; None for every port that HTTP may be expected at.
        max_response_bytes: Bytes of a body, counted after decompression.
        max_redirects: Redirects that are followed; each is checked anew.
        timeout_s: Seconds for a whole request, from the look-up of the name to the last byte of the body.
        ca_file: File with certificates, in PEM, to trust beside the public ones: those of an intranet.
    """

    allow_private: tuple[str, ...] = field(default=(), converter=_several)
    allow_hosts: tuple[str, ...] | None = field(default=None, converter=_several_or_none)
    allow_ports: tuple[int, ...] | None = field(default=None, converter=_ports)
    max_response_bytes: int = 10_000_000
    max_redirects: int = 5
    timeout_s: float = 30.0
    ca_file: Path | None = field(default=None, converter=optional(Path))

    def __attrs_post_init__(self) -> None:
        """Refuse a policy that can't mean what it says, naming all of its problems."""
        problems = [
            *(problem for text in self.allow_private if (problem := _find_network_problem(text))),
            *(problem for glob in self.allow_hosts or () if (problem := _find_glob_problem(glob))),
            *(
                f"NetPolicy.allow_ports has {port!r}; a port is a number from 1 to 65535"
                for port in self.allow_ports or ()
                if not 0 < port < 65536
            ),
        ]
        problems += [
            f"NetPolicy.{name} is {value!r}; it must be greater than 0"
            for name, value in (
                ("max_response_bytes", self.max_response_bytes),
                ("timeout_s", self.timeout_s),
            )
            if not value > 0
        ]
        if self.max_redirects < 0:
            problems.append(f"NetPolicy.max_redirects is {self.max_redirects!r}; it must be 0 or more")
        if problems:
            raise ConfigError("; ".join(problems), problems=problems)

    @property
    def private_networks(self) -> tuple[Network, ...]:
        """``allow_private``, parsed."""
        return tuple(ip_network(text) for text in self.allow_private)


def _find_network_problem(text: str) -> str:
    try:
        network = ip_network(text)
    except ValueError as error:
        return (
            f"NetPolicy.allow_private has {text!r}, which is no network ({error}); write it as '10.1.0.0/16'"
        )
    if never_reachable(network):
        return (
            f"NetPolicy.allow_private has {text!r}, which holds only link-local or metadata addresses; "
            "those are never reachable, so take it out"
        )
    return ""


def _find_glob_problem(glob: str) -> str:
    if not glob or not glob.isascii() or glob != glob.lower() or "/" in glob or glob.count(":") == 1:
        return (
            f"NetPolicy.allow_hosts has {glob!r}; write a host or a glob of hosts in lower case and without "
            "scheme, port or path, like '*.example.com', and names in other scripts as 'xn--...'"
        )
    return ""
