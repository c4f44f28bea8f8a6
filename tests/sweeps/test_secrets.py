"""A secret that is planted in every place where secrets are kept comes out nowhere.

The canary stands in settings, the environment, files of secrets and URLs. Runs go well and fail in many ways, also against a
model server that says back every header it was sent. Then everything is searched that a person, a log or a record gets.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

import pytest

from executus_core import Agent, ConfigError, Defaults, Executor, Invocation, Ports, Target, tool
from executus_core.cli import main
from executus_core.testing import FAULTS, MemoryAudit, MemoryObserver, ScriptedModel, call, faulty

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CANARY = "cNrY-5b1e-f00d-7a7a-9c3d"
START = "import sys; from executus_core.cli import main; sys.exit(main())"

LEAKY = """
    from pydantic import AnyUrl, SecretStr

    from executus_core import Plugin, Provider, hookimpl, tool
    from executus_core.config import PluginSettings
    from executus_core.llm import Message, Response, ToolCall, Usage
    from executus_core.errors import ModelError

    class Inner(PluginSettings):
        client_secret: SecretStr | None = None

    class Settings(PluginSettings):
        api_key: SecretStr | None = None
        api_keys: dict[str, SecretStr] = {}
        password: str = ""
        store: AnyUrl | None = None
        place: str = ""
        inner: Inner = Inner()
        limit: int = 3

    plugin = Plugin(summary="Holds secrets, and is careless", settings=Settings)

    class Model:
        name = "leaky"
        context_tokens = 0

        def __init__(self, settings):
            self.settings = settings

        async def generate(self, request):
            said = request.messages[-1]
            if said.text == "fail":
                raise ModelError(f"could not ask with {self.settings!r}")
            if said.role == "tool":
                return Response(Message.assistant("done"), Usage())
            return Response(Message.assistant("", [ToolCall("1", "leak", "{}")]), Usage())

    class Models:
        def __init__(self, settings):
            self.settings = settings

        async def resolve(self, spec):
            return Model(self.settings) if spec == "fast" else None

        def tiers(self):
            return ("fast",)

    class Audit:
        def __init__(self, settings):
            self.settings = settings

        async def start_run(self, info):
            raise OSError(f"can't open {self.settings}")

    @hookimpl
    def executus_provide_model(context):
        yield Provider("leaky", Models)

    @hookimpl
    def executus_provide_audit(context):
        yield Provider("leaky", Audit)

    @hookimpl
    def executus_provide_tools(context):
        settings = context.settings

        @tool
        def leak() -> str:
            "Fail with all it has."
            raise ValueError(f"{settings!r} {settings}")

        yield leak
"""

COMMANDS = {
    "a run": ("run", "go"),
    "a run with its log": ("run", "-v", "go"),
    "a run as JSON": ("run", "--json", "go"),
    "a run whose model fails": ("run", "-v", "fail"),
    "a run of an agent that is not there": ("run", "-v", "--agent", "nobody", "go"),
    "a tool by hand": ("tools", "call", "-v", "leak"),
    "the settings": ("config", "show"),
    "the settings as JSON": ("config", "show", "--json"),
    "a check of the settings": ("config", "check"),
    "a check-up": ("doctor",),
    "a check-up as JSON": ("doctor", "--json"),
    "the plugins": ("plugins",),
    "the plugins as JSON": ("plugins", "--json"),
    "the models": ("models",),
    "the tools": ("tools", "--json"),
}


@pytest.fixture
def leaky(fake_dist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder, and a plugin whose settings hold the canary: from a file, the environment, a folder of secrets."""
    folder, secrets = tmp_path / "here", tmp_path / "secrets"
    folder.mkdir()
    secrets.mkdir()
    fake_dist("leaky", LEAKY)
    (secrets / "EXECUTUS_LEAKY__PASSWORD").write_text(CANARY)
    (folder / "executus.toml").write_text(
        f'[plugins]\nsecrets_dir = "{secrets}"\n'
        f'[plugin.leaky]\napi_key = "{CANARY}"\napi_keys = {{ acme = "{CANARY}" }}\n'
        f'store = "postgres://me:{CANARY}@db.example/runs"\n'
    )
    monkeypatch.setenv("EXECUTUS_LEAKY__INNER__CLIENT_SECRET", CANARY)
    monkeypatch.setenv("EXECUTUS_LEAKY__PLACE", f"redis://:{CANARY}@cache.example/0")
    monkeypatch.setenv("EXECUTUS_PLUGINS", "leaky")
    monkeypatch.setenv("ACME_API_KEY", CANARY)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def heard(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Everything that was printed and logged in the test, searched when it ends."""
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    yield said
    out, err = capsys.readouterr()
    logged = [logging.Formatter().format(record) for record in caplog.records]
    assert_silent("".join([*said, out, err, *logged]))


def test_the_plugin_that_holds_secrets_takes_part(leaky: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Else nothing here would show anything."""
    assert main(["config", "show", "--json"]) == 0
    settings = {one["key"]: one for one in json.loads(capsys.readouterr().out)["settings"]}
    assert {"api_key", "api_keys", "password", "store", "place", "inner"} <= set(settings)
    main(["run", "--json", "go"])
    (step,) = json.loads(capsys.readouterr().out)["steps"]
    assert (step["tool"], step["is_error"]) == ("leak", True)


def assert_silent(text: str) -> None:
    """Find the line that says it."""
    assert [line for line in text.splitlines() if CANARY in line] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_says_what_settings_hold(leaky: Path, heard: list[str], command: str) -> None:
    """Well or badly, with the log or without."""
    main([*COMMANDS[command]])


@pytest.mark.parametrize(
    "line",
    [
        'api_key = ["{}"]',
        'api_key = {{ acme = "{}" }}',
        'api_keys = "{}"',
        'api_keys = {{ acme = ["{}"] }}',
        'password = ["{}"]',
        'inner = {{ client_secret = ["{}"] }}',
        'inner = "{}"',
        'inner = {{ client_secret = "x", other_token = "{}" }}',
        'apikey = "{}"',
        'store = "postgres://me:{}@db.example:port/runs"',
        'limit = "https://me:{}@example.org"',
    ],
)
@pytest.mark.parametrize(
    "command",
    [
        "run",
        *(
            pytest.param(one, marks=pytest.mark.slow)
            for one in ("config show", "config check", "plugins --json", "doctor")
        ),
    ],
)
def test_no_complaint_about_a_setting_repeats_a_secret(
    leaky: Path, heard: list[str], command: str, line: str
) -> None:
    """Written in the wrong place, under a wrong name, or in the wrong shape."""
    (leaky / "executus.toml").write_text(f"[plugin.leaky]\n{line.format(CANARY)}\n")
    main([*command.split(), *(["go"] if command == "run" else [])])


URL = f"http://me:{CANARY}@127.0.0.1:9/v1"


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "-v", "--base-url", URL, "go"),
        ("run", "-v", "--base-url", f"ftp://me:{CANARY}@host", "go"),
        ("run", "--json", "-m", f"openai/x@{URL}", "go"),
        ("chat", "-m", f"openai/x@{URL}"),
        ("models", "--base-url", URL),
        ("doctor", "--base-url", URL),
    ],
)
def test_no_command_repeats_the_user_of_a_url(
    leaky: Path, heard: list[str], arguments: tuple[str, ...]
) -> None:
    """It is refused, since a spec is shown wherever a model is named."""
    assert main([*arguments]) != 0


@pytest.mark.parametrize("place", ["[models]\nfast", "[defaults]\nmodel_tier", "agent", "variable"])
def test_no_file_and_no_variable_puts_the_user_of_a_url_on_record(
    leaky: Path, heard: list[str], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each door a spec comes in by."""
    spec = f"openai/x@{URL}"
    if place == "variable":
        monkeypatch.setenv("EXECUTUS_MODEL", spec)
    elif place == "agent":
        (leaky / "spy.toml").write_text(f'name = "spy"\nmodel_tier = "{spec}"\n')
    else:
        (leaky / "executus.toml").write_text(f'{place} = "{spec}"\n')

    assert main(["run", "-v", *(["--agent", "spy.toml"] if place == "agent" else []), "go"]) != 0
    main(["config", "show"])
    main(["config", "check"])


def test_no_object_of_a_host_says_it(heard: list[str]) -> None:
    """Neither agents nor defaults take it in; a target and an invocation don't show it."""
    for make in (
        lambda: Agent(name="x", model_tier=f"openai/x@{URL}"),
        lambda: Defaults(model_tier=f"x@{URL}"),
    ):
        with pytest.raises(ConfigError) as caught:
            make()
        heard.append("".join(traceback.format_exception(caught.value)))
    target = Target("webhook", f"https://hooks.example/services/{CANARY}?token={CANARY}")
    heard.append(f"{target!r} {Invocation(delivery=target)!r}")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("port", ["audit", "observers", "delivery"])
async def test_no_failure_of_a_port_says_where_its_output_was_to_go(
    heard: list[str], port: str, fault: str
) -> None:
    """The notes name the provider and what it raised; a target that is often secret is in none of them."""
    from executus_core.testing import MemoryDelivery

    @tool
    async def work() -> str:
        """Work."""
        return "worked"

    ports = {"audit": MemoryAudit(), "observers": MemoryObserver(), "delivery": MemoryDelivery(["webhook"])}
    methods = {"audit": "start_run", "observers": "on_event", "delivery": "deliver"}
    ports[port] = faulty(ports[port], methods[port], fault)  # type: ignore[assignment]
    defaults = Defaults(port_timeout_s=0.05, cleanup_timeout_s=0.05, cancel_grace_s=0.01)
    executor = Executor(
        models=ScriptedModel([call("work"), "done"]), registry=[work], ports=Ports(**ports), defaults=defaults
    )
    target = Target("webhook", f"https://hooks.example/services/{CANARY}")
    result = await executor.run(Agent(name="x", tools=("work",)), "go", Invocation(delivery=target))

    heard.append(f"{result!r} {result.notes} {executor.faults}")


# ------------------------------------------------------------------------------------------ with real parts


class Echo(BaseHTTPRequestHandler):
    """A model server that refuses every call, and says back all that it was sent."""

    status: ClassVar[int] = 401
    heard: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        said = f"{self.path} {' '.join(f'{name}: {value}' for name, value in self.headers.items())}"
        self.heard.append(said)
        key = self.headers.get("authorization", "") or self.headers.get("x-api-key", "")
        body = json.dumps({"error": {"message": f"wrong key {key}", "all": said}, "path": said}).encode()
        self.send_response(self.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def echo() -> Iterator[str]:
    """The address of a server that says everything back."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.batteries
@pytest.mark.parametrize(
    ("provider", "status"),
    [
        ("openai", 401),
        pytest.param("openai", 500, marks=pytest.mark.slow),
        pytest.param("anthropic", 401, marks=pytest.mark.slow),
        pytest.param("anthropic", 400, marks=pytest.mark.slow),
        pytest.param("gemini", 400, marks=pytest.mark.slow),
        pytest.param("ollama_chat", 404, marks=pytest.mark.slow),
    ],
)
def test_a_key_that_a_server_says_back_is_neither_shown_nor_recorded(
    tmp_path: Path, echo: str, provider: str, status: int
) -> None:
    """Neither on the streams of any command, nor in a byte of the database."""
    Echo.status = status
    Echo.heard.clear()
    (tmp_path / "executus.toml").write_text(
        f'[plugin.model-litellm]\napi_keys = {{ "{echo}" = "{CANARY}" }}\n'
    )
    (tmp_path / "notes.txt").write_text("nothing\n")
    database = tmp_path / "audit.db"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXECUTUS_")}
    environ = {
        **kept,
        "EXECUTUS_AUDIT_SQLITE__PATH": str(database),
        "PYTHONSAFEPATH": "1",
        "MISTRAL_API_KEY": CANARY,
    }
    said: list[str] = []
    for arguments in (
        ("run", "-v", "-m", f"{provider}/test-model@{echo}", "Which key is it?"),
        ("runs", "show", "--last", "--json"),
        ("doctor", "--json", "--base-url", echo),
        ("config", "show", "--json"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", START, *arguments],
            check=False,
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            timeout=120,
        )
        said.append(f"{arguments}: {done.stdout.decode()} {done.stderr.decode()}")

    assert any(CANARY in one for one in Echo.heard), "the key was sent, so it could be said back"
    assert "test-model" in said[1]
    assert_silent("\n".join(said))
    files = [path for path in tmp_path.iterdir() if path.name.startswith("audit.db")]
    assert files
    assert [path.name for path in files if CANARY.encode() in path.read_bytes()] == []
