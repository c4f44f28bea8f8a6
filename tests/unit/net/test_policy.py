"""A policy says what it means, or is refused with all of its problems."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from executus_core.errors import ConfigError
from executus_core.net import NetPolicy


def test_the_defaults_suit_a_page_that_a_model_asked_for() -> None:
    """Public addresses only, five redirects, ten megabytes, half a minute."""
    policy = NetPolicy()

    assert policy.allow_private == ()
    assert policy.allow_hosts is None
    assert policy.allow_ports is None
    assert (policy.max_redirects, policy.max_response_bytes, policy.timeout_s) == (5, 10_000_000, 30.0)


def test_lists_of_the_configuration_are_taken() -> None:
    """And a single text is no list of letters."""
    policy = NetPolicy(
        allow_private=["10.1.0.0/16"], allow_hosts="*.example.com", allow_ports=[443], ca_file="ca.pem"
    )

    assert policy.allow_private == ("10.1.0.0/16",)
    assert policy.allow_hosts == ("*.example.com",)
    assert policy.allow_ports == (443,)
    assert policy.ca_file == Path("ca.pem")
    assert NetPolicy(allow_hosts=[]).allow_hosts == ()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"allow_private": ["10.0.0.1/8"]}, "which is no network"),
        ({"allow_private": ["intranet"]}, "write it as"),
        ({"allow_private": ["169.254.169.254"]}, "never reachable, so take it out"),
        ({"allow_private": ["169.254.0.0/16"]}, "never reachable"),
        ({"allow_private": ["fe80::/64"]}, "never reachable"),
        ({"allow_hosts": ["https://example.com"]}, "without scheme, port or path"),
        ({"allow_hosts": ["example.com:80"]}, "without scheme, port or path"),
        ({"allow_hosts": ["example.com/x"]}, "without scheme, port or path"),
        ({"allow_hosts": ["Example.com"]}, "lower case"),
        ({"allow_hosts": ["b\u00fccher.example"]}, "'xn--...'"),
        ({"allow_hosts": [""]}, "write a host"),
        ({"allow_ports": [0]}, "from 1 to 65535"),
        ({"allow_ports": [65536]}, "from 1 to 65535"),
        ({"max_response_bytes": 0}, "greater than 0"),
        ({"timeout_s": 0}, "greater than 0"),
        ({"timeout_s": float("nan")}, "greater than 0"),
        ({"max_redirects": -1}, "0 or more"),
    ],
)
def test_a_policy_that_can_not_be_meant_is_refused(fields, said: str) -> None:
    """With the field and what to write."""
    with pytest.raises(ConfigError, match=rf"NetPolicy\.{next(iter(fields))} .*{said}"):
        NetPolicy(**fields)


def test_all_problems_are_told_at_once() -> None:
    """Not one after the other."""
    with pytest.raises(ConfigError) as caught:
        NetPolicy(allow_private=["x", "y"], max_redirects=-1, timeout_s=-1)

    assert len(caught.value.problems) == 4


def test_saying_what_may_be_reached_imports_no_http_library() -> None:
    """Settings of a plugin may hold a policy."""
    code = "import sys; import executus_core.net; print([m for m in ('httpx', 'httpcore', 'ssl') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
