"""What executus adds to pytest: its fixtures, a look at scripted models when a test has ended, and a network switch.

Loaded in every pytest run of whoever has executus installed, so it imports next to nothing, and changes nothing for a
project that does not use it: the network is guarded only where the ini option ``executus_network`` or the marker says so.
"""

from __future__ import annotations

from contextlib import ExitStack, nullcontext
from typing import TYPE_CHECKING

import pytest

from executus_core.testing.plugins import executus_host, fake_dist, fake_site
from executus_core.testing.watch import watch, watching

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from contextlib import AbstractContextManager

    from executus_core.testing.clock import FakeClock
    from executus_core.testing.script import Entry
    from executus_core.testing.scripted import ScriptedModel
    from executus_core.testing.watch import Watched

__all__ = ["executus_host", "fake_clock", "fake_dist", "fake_site", "scripted"]

_NETWORK = "executus_network"
_POLICIES = ("allow", "forbid", "guarded")
_watched = pytest.StashKey[list["Watched"]]()

pytest.register_assert_rewrite("executus_core.testing.conformance")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the ini option."""
    parser.addini(
        _NETWORK,
        "whether tests may leave this machine and ask real models: 'allow' (the default), 'forbid', or 'guarded', which "
        "forbids it and on this machine too fails whoever opens a connection beside the network guard",
        default="allow",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and refuse a policy that does not exist."""
    config.addinivalue_line(
        "markers", f"{_NETWORK}(policy): 'allow', 'forbid' or 'guarded', the network of this test"
    )
    _check_policy(config.getini(_NETWORK), f"the ini option {_NETWORK}")


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Refuse a marker with a policy that does not exist before any test runs."""
    for item in items:
        marker = item.get_closest_marker(_NETWORK)
        if marker is not None:
            _check_policy(marker.args[0] if marker.args else "", f"the marker {_NETWORK} of {item.nodeid}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Guard the network around a test and its fixtures, and collect the fakes that it makes."""
    with ExitStack() as stack:
        item.stash[_watched] = stack.enter_context(watching())
        stack.enter_context(_network_of(item))
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object]) -> Generator[None, object, object]:
    """Leave fakes of wider fixtures alone: several tests share them, so no single one can tell whether they are used up."""
    with nullcontext() if fixturedef.scope == "function" else watching():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test whose scripted models were asked more or less than scripted, or that went out beside the guard."""
    __tracebackhide__ = True
    try:
        result = yield
    except Exception:
        # The test has failed already; what was seen may be the reason, so it is shown beside it.
        if problems := _problems(item):
            item.add_report_section("call", "test kit", problems)
        raise
    if problems := _problems(item):
        pytest.fail(problems, pytrace=False)
    return result


@pytest.fixture
def fake_clock() -> FakeClock:
    """A clock that stands still until the test moves it."""
    from executus_core.testing.clock import FakeClock  # noqa: PLC0415 - not paid for unless used

    return FakeClock()


@pytest.fixture
def scripted() -> Callable[..., ScriptedModel]:
    """Makes scripted models: ``scripted("one answer", call("tool"), ...)``."""
    from executus_core.testing.scripted import ScriptedModel  # noqa: PLC0415 - not paid for unless used

    def make(*script: Entry) -> ScriptedModel:
        return ScriptedModel(script)

    return make


def _problems(item: pytest.Item) -> str:
    return "\n".join(problem for fake in item.stash[_watched] for problem in fake.problems())


def _network_of(item: pytest.Item) -> AbstractContextManager[object]:
    marker = item.get_closest_marker(_NETWORK)
    policy: object = marker.args[0] if marker is not None else item.config.getini(_NETWORK)
    if policy == "allow":
        return nullcontext()

    from executus_core.testing.network import forbid_real_models, no_network  # noqa: PLC0415 - not paid for unless used

    stack = ExitStack()
    stack.enter_context(forbid_real_models())
    stack.enter_context(no_network())
    if policy == "guarded":
        from executus_core.testing.tripwire import tripwire  # noqa: PLC0415 - not paid for unless used

        watch(stack.enter_context(tripwire()))
    return stack


def _check_policy(policy: object, place: str) -> None:
    if policy not in _POLICIES:
        raise pytest.UsageError(f"{place} is {policy!r}; it must be 'forbid', 'guarded' or 'allow'")
