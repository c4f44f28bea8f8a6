"""Everything that is wrong with a plugin is said at once."""

import pytest

from executus_core.plugin.validation import examine

CASES = {
    "@hookimpl\ndef executus_provide_audti(context): ...": (
        "there is no hook 'executus_provide_audti'. Did you mean 'executus_provide_audit'?"
    ),
    "@hookimpl(specname='executus_provide_thing')\ndef anything(): ...": "there is no hook 'executus_provide_thing'.",
    "def executus_provide_audit(context): ...": "'executus_provide_audit' is not decorated",
    "@hookimpl\ndef executus_provide_audit(ctx): ...": (
        "'executus_provide_audit' wants 'ctx', which is not an argument of executus_provide_audit(context)"
    ),
    "@hookimpl\nasync def executus_provide_audit(context): ...": "'executus_provide_audit' is async",
    "@hookimpl\nasync def executus_provide_audit(context):\n    yield": "'executus_provide_audit' is async",
    "@hookimpl\nasync def executus_on_event(event):\n    yield": "is an async generator",
    "@hookimpl(wrapper=True)\ndef executus_provide_audit(context):\n    yield": "is a wrapper",
    "@hookimpl(trylast=True)\ndef executus_provide_audit(context): ...": "asks for trylast",
    "@hookimpl\ndef executus_provide_audit(context, /): ...": "positional-only",
    "x = 1": "has no hooks",
}


@pytest.mark.parametrize("source", CASES)
def test_a_problem_is_found_and_named(plugin_of, source: str) -> None:
    problems = examine(plugin_of(source)).problems

    assert len(problems) == 1
    assert CASES[source] in problems[0]


def test_all_problems_are_found_together(plugin_of) -> None:
    sources = [source for source in CASES if source != "x = 1"]
    problems = [problem for source in sources for problem in examine(plugin_of(source)).problems]

    assert len(problems) == len(sources)


@pytest.mark.parametrize(
    "source",
    [
        "@hookimpl\ndef executus_provide_audit(): ...",
        "@hookimpl\ndef executus_provide_audit(context): ...",
        "@hookimpl\ndef executus_provide_audit(context, extra=1): ...",
        "@hookimpl(specname='executus_provide_audit')\ndef audits(context): ...",
        "@hookimpl\nasync def executus_on_event(run, event): ...",
        "@hookimpl\ndef executus_on_run_end(result): ...",
    ],
)
def test_a_sound_hook_has_no_problem(plugin_of, source: str) -> None:
    examined = examine(plugin_of(source))

    assert examined.problems == ()
    assert len(examined.hooks) == 1


def test_a_plugin_attribute_that_is_something_else_is_a_problem(plugin_of) -> None:
    plugin = plugin_of("@hookimpl\ndef executus_provide_audit(): ...")
    plugin.plugin = "a text"

    assert examine(plugin).problems == (
        "its attribute 'plugin' is a str; write: plugin = Plugin(summary=...)",
    )


@pytest.mark.parametrize("version", [(2, 0), (0, 9), (1, 1)])
def test_another_api_version_is_incompatible(plugin_of, version: tuple[int, int]) -> None:
    plugin = plugin_of(f"plugin = Plugin(summary='x', needs_api={version})")

    assert f"needs plugin API {version[0]}.{version[1]}" in (examine(plugin).incompatible or "")


@pytest.mark.parametrize(
    "arguments",
    [
        {"summary": 3},
        {"summary": "x", "needs_api": 1},
        {"summary": "x", "needs_api": (1, 0, 0)},
        {"summary": "x", "requires": "budget"},
    ],
)
def test_a_malformed_plugin_record_can_not_be_made(arguments: dict[str, object]) -> None:
    from executus_core import Plugin

    with pytest.raises(TypeError, match="Plugin: "):
        Plugin(**arguments)


def test_a_property_is_not_run_by_looking() -> None:
    class Plugin:
        @property
        def executus_provide_audit(self) -> None:
            raise AssertionError

    assert examine(Plugin()).problems[0].startswith("has no hooks")
