"""What will go is told to whoever implements it, at his own line, and goes on working until then."""

import subprocess
import sys
import warnings
from collections.abc import Callable

import pytest

from executus_core import hookspecs
from executus_core.errors import ExecutusDeprecationWarning
from executus_core.plugin.host import PluginHost

SOURCE = """\
from executus_core import Plugin, Provider, hookimpl

plugin = Plugin(summary="Counts runs", needs_api=(1, 0))


class Audit:
    def start_run(self, info): ...


@hookimpl
def executus_provide_audit(context):
    yield Provider("one", Audit)
"""
ADVICE = "since plugin API 1.1; implement 'executus_provide_records' instead"
HOOK_SAID = f"plugin 'counter': 'executus_provide_audit' is deprecated {ADVICE}"
ARGUMENT_SAID = f"plugin 'counter': argument 'context' of 'executus_provide_audit' is deprecated {ADVICE}"


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Marks a hook of the specification as a later version of it would."""

    def mark(hook: str, **options: object) -> None:
        marks = getattr(hookspecs, hook).executus_spec
        for name, value in options.items():
            monkeypatch.setitem(marks, name, value)

    return mark


@pytest.fixture
def of_the_hook(mark) -> None:
    mark("executus_provide_audit", warn_on_impl=ExecutusDeprecationWarning(ADVICE))


@pytest.fixture
def of_the_argument(mark) -> None:
    mark("executus_provide_audit", warn_on_impl_args={"context": ExecutusDeprecationWarning(ADVICE)})


def test_the_warning_names_the_plugin_and_its_own_line(of_the_hook, fake_dist, executus_host) -> None:
    """One warning, with file and line of the implementation, and what to use instead."""
    made = fake_dist("counter", SOURCE)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        host = executus_host()

    (warning,) = caught
    assert str(warning.message) == HOOK_SAID
    assert warning.category is ExecutusDeprecationWarning
    assert warning.filename == str(made.site / "counter.py")
    assert SOURCE.splitlines()[warning.lineno - 1] == "@hookimpl"
    assert host.info("counter").is_active
    assert host.arrangements["audit"].offers


def test_an_argument_can_be_deprecated_alone(of_the_argument, fake_dist, executus_host) -> None:
    """Whoever asks for it is told, and whoever does not is left in peace."""
    fake_dist("counter", SOURCE)
    fake_dist("modest", SOURCE.replace("(context)", "()"))

    with pytest.warns(ExecutusDeprecationWarning) as caught:
        host = executus_host()

    assert [str(warning.message) for warning in caught] == [ARGUMENT_SAID]
    assert host.info("modest").deprecations == ()


def test_a_listing_has_it_without_a_warning(of_the_hook, fake_dist, executus_host) -> None:
    """The host keeps what it found, for ``executus plugins``."""
    made = fake_dist("counter", SOURCE)

    with pytest.warns(ExecutusDeprecationWarning):
        (found,) = executus_host().info("counter").deprecations

    assert (found.hook, found.argument, found.advice) == ("executus_provide_audit", "", ADVICE)
    assert (found.file, found.line) == (str(made.site / "counter.py"), 10)


def test_the_place_is_that_of_the_function_under_other_decorators(of_the_hook) -> None:
    """A decorator that keeps what it wraps, and a method, lead to the author's own line."""
    from functools import wraps

    def traced(function):
        @wraps(function)
        def traced_function(*arguments, **named):
            return function(*arguments, **named)

        return traced_function

    class Traced:
        @hookspecs.hookimpl
        @traced
        def executus_provide_audit(self):
            return None

    line = Traced.executus_provide_audit.__wrapped__.__code__.co_firstlineno
    with pytest.warns(ExecutusDeprecationWarning) as caught:
        PluginHost(plugins=[Traced()], entry_points=())

    assert [(one.filename, one.lineno) for one in caught] == [(__file__, line)]


def test_who_makes_warnings_errors_has_a_failed_plugin_and_a_host(
    of_the_hook, fake_dist, executus_host
) -> None:
    """A host is made whatever the filters say, and the plugin's row says why it failed."""
    fake_dist("counter", SOURCE)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        info = executus_host().info("counter")

    assert str(info.state) == "failed"
    assert HOOK_SAID in info.reason


def test_nothing_is_deprecated_unless_it_is_marked(fake_dist, executus_host) -> None:
    """A plugin of an older minor version is as good as any."""
    fake_dist("counter", SOURCE)

    info = executus_host().info("counter")

    assert info.is_active
    assert info.deprecations == ()


AUTHOR = """
import pytest
from executus_core import hookspecs
from executus_core.errors import ExecutusDeprecationWarning
from executus_core.testing import PluginConformance

# as a later version of executus marks it
hookspecs.executus_provide_audit.executus_spec["warn_on_impl"] = ExecutusDeprecationWarning("{advice}")

class TestCounter(PluginConformance):
    plugin = "counter"
"""


@pytest.mark.parametrize("strict", [False, True], ids=["by default", "as an error"])
def test_pytest_shows_it_to_the_author(fake_dist, tmp_path, strict: bool) -> None:
    """The suite of an author who changed nothing passes and says it; one line in his configuration makes it fail."""
    made = fake_dist("counter", SOURCE)
    (tmp_path / "test_counter.py").write_text(AUTHOR.format(advice=ADVICE))
    options = (
        ["-W", f"error::{ExecutusDeprecationWarning.__module__}.ExecutusDeprecationWarning"] if strict else []
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), *options]

    done = subprocess.run(
        [*command, str(tmp_path / "test_counter.py")],
        cwd=tmp_path,
        env={"PYTHONPATH": str(made.site)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == int(strict), done.stdout + done.stderr
    assert HOOK_SAID in done.stdout
    assert strict or f"{made.site / 'counter.py'}:10: ExecutusDeprecationWarning: {HOOK_SAID}" in done.stdout
