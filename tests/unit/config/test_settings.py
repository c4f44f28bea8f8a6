"""A plugin's settings come from every source, the strongest wins, and a mistake names plugin, key and source."""

from pathlib import Path

import pytest
from pydantic import BaseModel, Field, SecretStr, ValidationError

from executus_core.config import PluginSettings
from executus_core.config.load import load_configuration
from executus_core.config.settings import build_settings, variable_prefix
from executus_core.errors import ConfigError
from executus_core.record.document import Document

PREFIX = "EXECUTUS_AUDIT_SQLITE__"


class Login(BaseModel):
    user: str = "nobody"
    phrase: SecretStr = SecretStr("")


class Settings(PluginSettings):
    path: str = "default"
    rows: int = 1
    tags: list[str] = Field(default_factory=list)
    phrase: SecretStr = SecretStr("")
    api_key: str = ""
    login: Login = Login()


def build(tmp_path: Path, *, code=None, environ=None, text: str = "", model: type[PluginSettings] = Settings):
    (tmp_path / "executus.toml").write_text(text)
    settings = {"plugin": {"audit-sqlite": code}} if code else None
    configuration = load_configuration(settings=settings, environ=environ or {}, start=tmp_path)
    return build_settings(model, "audit-sqlite", configuration)


def test_the_strongest_source_wins(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / f"{PREFIX.lower()}path").write_text("secret\n")
    text = f'[plugins]\nsecrets_dir = "{secrets}"\n[plugin.audit-sqlite]\npath = "table"\nrows = 2'
    environ = {f"{PREFIX}PATH": "environment"}

    assert build(tmp_path).path == "default"
    assert build(tmp_path, text='[plugin.audit-sqlite]\npath = "table"').path == "table"
    assert build(tmp_path, text=text).path == "secret"
    assert build(tmp_path, text=text, environ=environ).path == "environment"
    made = build(tmp_path, text=text, environ=environ, code={"path": "code"})
    assert (made.path, made.rows) == ("code", 2)


def test_the_environment_reaches_into_lists_and_tables(tmp_path: Path) -> None:
    environ = {f"{PREFIX}TAGS": '["a", "b"]', f"{PREFIX}LOGIN__USER": "alice", f"{PREFIX}rows": "7"}
    made = build(tmp_path, environ=environ, text='[plugin.audit-sqlite.login]\nphrase = "kept"')

    assert made.tags == ["a", "b"]
    assert made.login.user == "alice"
    assert made.login.phrase.get_secret_value() == "kept"
    assert made.rows == 7


def test_every_mistake_is_told_with_plugin_key_and_source(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        build(
            tmp_path,
            code={"tags": 3},
            environ={f"{PREFIX}ROWS": "many", f"{PREFIX}PTAH": "x"},
            text="[plugin.audit-sqlite]\nphtah = 1\n[plugin.audit-sqlite.login]\nuser = 4",
        )
    problems = caught.value.problems
    file = tmp_path / "executus.toml"

    assert all(problem.startswith("plugin 'audit-sqlite': ") for problem in problems)
    said = "\n".join(problems)
    assert f"environment {PREFIX}PTAH: unknown field 'ptah'. Did you mean 'PATH'?" in said
    assert f"environment {PREFIX}ROWS: field 'rows': Input should be a valid integer" in said
    assert "code [plugin.audit-sqlite]: field 'tags': Input should be a valid list (got 3)" in said
    assert f"{file} [plugin.audit-sqlite]: unknown field 'phtah'. Did you mean 'path'?" in said
    assert f"{file} [plugin.audit-sqlite]: field 'login.user': Input should be a valid string (got 4)" in said


def test_a_variable_that_is_not_json_is_told_without_its_value(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=f"environment {PREFIX}TAGS: is not the JSON that this field needs"
    ) as caught:
        build(tmp_path, environ={f"{PREFIX}TAGS": "hunter2"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "code",
    [
        {"phrase": ["hunter2"]},
        {"api_key": ["hunter2"]},
        {"login": ["hunter2"]},
        {"login": {"phrase": ["hunter2"]}},
        {"hunter": "hunter2"},
    ],
)
def test_the_value_of_a_secret_is_never_shown(tmp_path: Path, code: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as caught:
        build(tmp_path, code=code)
    error = caught.value

    assert "hunter2" not in f"{error}{error.problems}{error.__cause__}"
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


def test_a_document_does_not_show_secrets_either() -> None:
    class Account(Document):
        phrase: SecretStr
        token: str = ""
        max_tokens: int = 1

    with pytest.raises(ConfigError) as caught:
        Account(phrase=["hunter2"], token=["hunter2"], max_tokens="lots")
    assert "hunter2" not in str(caught.value)
    assert "(got 'lots')" in str(caught.value)


def test_a_secrets_folder_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="secrets_dir '/nowhere/at/all': No such file"):
        build(tmp_path, text='[plugins]\nsecrets_dir = "/nowhere/at/all"')


def test_a_secrets_file_that_is_not_text_is_told_without_it(tmp_path: Path) -> None:
    (tmp_path / f"{PREFIX}PATH").write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        build(tmp_path, text=f'[plugins]\nsecrets_dir = "{tmp_path}"')


def test_settings_made_by_hand_look_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "environment")
    monkeypatch.setenv("ROWS", "9")

    assert Settings(rows=3) == Settings(path="default", rows=3)
    with pytest.raises(ConfigError, match=r"Settings: field 'rows': .*; Settings: unknown field 'ptah'"):
        Settings(rows="many", ptah=1)


def test_what_is_a_list_in_a_file_is_called_one(tmp_path: Path) -> None:
    """Also where the program keeps a tuple: no file knows those."""
    (tmp_path / "executus.toml").write_text('[tools]\ndeny = "write_*"\n')

    with pytest.raises(
        ConfigError, match=r"field 'tools\.deny': Input should be a valid list \(got 'write_\*'\)"
    ):
        load_configuration(tmp_path / "executus.toml")


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().rows = 2


def test_variables_of_plugins_are_upper_case_without_punctuation() -> None:
    assert variable_prefix("audit-sqlite.v2") == "EXECUTUS_AUDIT_SQLITE_V2__"


def test_a_nested_document_tells_its_place() -> None:
    class Inner(Document):
        size: int

    class Outer(Document):
        inners: list[Inner]

    with pytest.raises(ConfigError, match=r"^file.toml: document: field 'inners.1.size': Input should be"):
        Outer.parse({"inners": [{"size": 1}, {"size": "x"}]}, source="file.toml")
