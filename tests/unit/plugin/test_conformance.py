"""The suite for installed plugins lets a sound one pass, and catches each way of not being one."""

import pytest

from executus_core.testing import PluginConformance

SOUND = """
from executus_core import Plugin, Provider, hookimpl
plugin = Plugin(summary="Sound")
class Audit:
    def start_run(self, info): ...
@hookimpl
def executus_provide_audit():
    yield Provider("one", Audit)
"""


class TestASoundPlugin(PluginConformance):
    plugin = "sound-plugin"
    provides = {"audit": ["one"]}  # noqa: RUF012 - as an author writes it

    @pytest.fixture(autouse=True)
    def installed(self, fake_dist) -> None:
        fake_dist("sound-plugin", SOUND)


class Suite(PluginConformance):
    __test__ = False
    plugin = "odd-plugin"


def check(name: str) -> None:
    suite = Suite()
    candidate = PluginConformance.candidate.__wrapped__(suite)
    host = PluginConformance.host.__wrapped__(suite, candidate)
    given = {"candidate": candidate, "host": host, "info": host.info(suite.plugin)}
    method = getattr(suite, name)
    wanted = method.__code__.co_varnames[1 : method.__code__.co_argcount]
    method(**{argument: given[argument] for argument in wanted})


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("test_it_is_active", {"source": "1 / 0"}, "ZeroDivisionError"),
        ("test_it_says_what_it_is_for", {"source": SOUND.replace('"Sound"', '" "')}, "give it one"),
        (
            "test_it_provides_something",
            {"source": SOUND.replace('yield Provider("one", Audit)', "return []")},
            "yield nothing",
        ),
        (
            "test_its_providers_can_be_built",
            {"source": SOUND.replace("start_run", "begin")},
            "has no 'start_run'",
        ),
        ("test_it_declares_executus_core", {"source": SOUND, "requires": ()}, "add 'executus-core'"),
        (
            "test_it_is_light_to_import",
            {"source": f"import litellm\n{SOUND}"},
            "imports litellm",
        ),
    ],
)
def test_what_is_wrong_is_caught(fake_dist, name: str, changes: dict[str, str], said: str) -> None:
    fake_dist("odd-plugin", files={"litellm.py": ""}, **changes)

    with pytest.raises(AssertionError, match=said):
        check(name)


def test_a_plugin_with_requirements_is_checked_together_with_them(fake_dist) -> None:
    fake_dist("odd-plugin", SOUND.replace('summary="Sound"', 'summary="Sound", requires=("base-plugin",)'))
    fake_dist("base-plugin", SOUND)

    check("test_it_is_active")


def test_a_plugin_that_is_not_installed_is_told_so() -> None:
    with pytest.raises(AssertionError, match="is named 'odd-plugin'; is the plugin installed"):
        check("test_it_is_active")
