"""Where settings are found, which layer wins, and what a mistake in one says."""

from pathlib import Path

import pytest

from executus_core.config.load import Configuration, load_configuration
from executus_core.errors import ConfigError


def load(tmp_path: Path, text: str | None = None, name: str = "executus.toml", **arguments) -> Configuration:
    if text is not None:
        (tmp_path / name).write_text(text)
    return load_configuration(**{"environ": {}, "start": tmp_path, **arguments})


def test_nothing_anywhere_gives_the_defaults(tmp_path: Path) -> None:
    configuration = load(tmp_path)

    assert configuration.path is None
    assert configuration.plugins.autoload
    assert (
        configuration.plugins.enable == configuration.plugins.disable == configuration.plugins.require == ()
    )
    assert configuration.models == configuration.ports == {}
    assert configuration.defaults().max_steps == 12


def test_the_nearest_file_upwards_is_read(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    load(tmp_path, '[models]\nfast = "far"')
    (tmp_path / "a" / "executus.toml").write_text('[models]\nfast = "near"')

    assert load(tmp_path, start=below).models == {"fast": "near"}
    assert load(tmp_path, start=below).path == tmp_path / "a" / "executus.toml"


def test_a_pyproject_is_read_when_it_speaks_of_executus(tmp_path: Path) -> None:
    below = tmp_path / "project"
    below.mkdir()
    (below / "pyproject.toml").write_text('[project]\nname = "uses-executus"\n')
    load(tmp_path, '[tool.executus.models]\nfast = "x"', "pyproject.toml")

    assert load(tmp_path, start=below).models == {"fast": "x"}


def test_its_own_file_comes_before_the_pyproject_beside_it(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.executus.models]\nfast = "shared"')

    assert load(tmp_path, '[models]\nfast = "own"').models == {"fast": "own"}


def test_somebody_elses_broken_pyproject_is_not_our_business(tmp_path: Path) -> None:
    assert load(tmp_path, "[project\nexecutus", "pyproject.toml").path is None
    with pytest.raises(ConfigError, match=r"pyproject.toml: not valid TOML: .*line 2"):
        load(tmp_path, "[tool.executus]\nplugins = \n", "pyproject.toml")


def test_code_is_stronger_than_the_environment_and_that_than_the_file(tmp_path: Path) -> None:
    text = '[plugins]\nenable = ["file"]\nautoload = true\nstrict = true\n[models]\nfast = "file"\nsmart = "file"'
    environ = {"EXECUTUS_PLUGINS": "env"}
    settings = {"plugins": {"strict": False}, "models": {"fast": "code"}}
    configuration = load(tmp_path, text, environ=environ, settings=settings)

    assert configuration.plugins.enable == ("env",)
    assert not configuration.plugins.autoload
    assert not configuration.plugins.strict
    assert configuration.models == {"fast": "code", "smart": "file"}
    assert configuration.source("plugins", "enable") == "environment"
    assert configuration.source("plugins", "strict") == "code"
    assert configuration.source("models", "smart") == str(tmp_path / "executus.toml")
    assert configuration.source("plugins", "secrets_dir") == "default"


def test_what_is_disabled_or_required_adds_up(tmp_path: Path) -> None:
    configuration = load(
        tmp_path,
        '[plugins]\ndisable = ["a"]\nrequire = ["x"]',
        environ={"EXECUTUS_PLUGINS_DISABLE": "b, a,"},
        settings={"plugins": {"disable": ["c"], "require": ["y"]}},
    )

    assert configuration.plugins.disable == ("c", "b", "a")
    assert configuration.plugins.require == ("y", "x")
    assert configuration.source("plugins", "disable", "a") == "environment"
    assert configuration.source("plugins", "require", "x") == str(tmp_path / "executus.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[plugins\n", r"executus.toml: not valid TOML: .*line 1"),
        (
            "[plugins]\nautolaod = true",
            r"executus.toml: configuration: unknown field 'plugins.autolaod'. Did you mean 'autoload'\?",
        ),
        ("[plugin]\naudit = 3", "field 'plugin.audit': Input should be a valid dictionary"),
        ("[prots]\n", r"unknown field 'prots'. Did you mean 'ports'\?"),
        ("models = 3", r"field 'models': Input should be a valid dictionary \(got 3\)"),
        ("[ports]\naudit = 3", "'audit' must be a provider's name, or a list of names in order"),
        ("[ports]\naudit = ['a', 'a']", "'audit' names 'a' twice"),
        ("[plugins]\nenable = 'a'", "field 'plugins.enable'"),
    ],
)
def test_a_mistake_in_a_file_names_the_file_and_the_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        load(tmp_path, text)
    assert str(tmp_path) in str(caught.value)


def test_the_environment_names_a_model_for_agents_that_name_none(tmp_path: Path) -> None:
    text = '[defaults]\nmodel_tier = "slow"\n'
    configuration = load(tmp_path, text, environ={"EXECUTUS_MODEL": " acme/large "})

    assert configuration.defaults().model_tier == "acme/large"
    assert configuration.source("defaults", "model_tier") == "environment"
    assert load(tmp_path, text, environ={"EXECUTUS_MODEL": ""}).defaults().model_tier == "slow"


def test_a_mistake_in_code_or_the_environment_names_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^code: configuration: unknown field 'modles'"):
        load(tmp_path, settings={"modles": {}})
    with pytest.raises(
        ConfigError, match=r"^environment: unknown variable 'EXECUTUS_PLUGINS_DISABEL'. Did you mean"
    ):
        load(tmp_path, environ={"EXECUTUS_PLUGINS_DISABEL": "x"})


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("EXECUTUS_MODLE", "EXECUTUS_MODEL"),
        ("EXECUTUS_MODELS", "EXECUTUS_MODEL"),
        ("EXECUTUS_PLUGIN", "EXECUTUS_PLUGINS"),
    ],
)
def test_a_variable_that_nobody_would_read_is_told_its_neighbour(
    tmp_path: Path, misspelt: str, meant: str
) -> None:
    with pytest.raises(ConfigError, match=rf"unknown variable '{misspelt}'. Did you mean '{meant}'\?"):
        load(tmp_path, environ={misspelt: "x"})


@pytest.mark.parametrize(
    "variable", ["EXECUTUS_TEST_NO_MODELS", "EXECUTUS_HOME", "MODEL", "EXECUTUS_DICE__MODEL"]
)
def test_a_variable_of_somebody_else_is_left_alone(tmp_path: Path, variable: str) -> None:
    assert load(tmp_path, environ={variable: "x"}).layers == ()


def test_executus_in_a_pyproject_must_be_a_table(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\[tool.executus\]: is not a table"):
        load(tmp_path, "[tool]\nexecutus = 3", "pyproject.toml")


def test_the_defaults_are_checked_by_name_type_and_value(tmp_path: Path) -> None:
    file = str(tmp_path / "executus.toml")
    made = load(
        tmp_path, "[defaults]\nmax_steps = 3\nmax_runtime_s = 5", settings={"defaults": {"max_steps": 4}}
    )
    assert (made.defaults().max_steps, made.defaults().max_runtime_s) == (4, 5.0)

    for text, said in {
        "max_stpes = 3": "unknown field 'max_stpes'. Did you mean 'max_steps'?",
        "max_steps = 'three'": "field 'max_steps': Input should be a valid integer",
        "max_steps = 0": "Defaults.max_steps is 0; it must be",
    }.items():
        with pytest.raises(ConfigError) as caught:
            load(tmp_path, f"[defaults]\n{text}").defaults()
        assert said in str(caught.value)
        assert file in str(caught.value)


@pytest.mark.parametrize("key", ["allow", "deny"])
def test_a_pattern_of_tools_that_means_nothing_is_refused_with_file_and_field(
    tmp_path: Path, key: str
) -> None:
    with pytest.raises(
        ConfigError, match=rf"executus.toml: .*field 'tools.{key}': .*begins with 'plugins:'.*'plugin'"
    ):
        load(tmp_path, f'[tools]\n{key} = ["plugins:x"]')


def test_an_allow_list_that_is_empty_allows_nothing_and_none_allows_all(tmp_path: Path) -> None:
    assert load(tmp_path).allowed_tools == ("*",)
    assert load(tmp_path, "[tools]\nallow = []").allowed_tools == ()
