"""A folder with nothing in it, and a plugin that finds models by itself."""

from pathlib import Path

import pytest

FINDER = """
    import asyncio
    import os

    from executus_core import Plugin, Provider, hookimpl
    from executus_core.errors import ModelAccessError, ModelUnavailableError
    from executus_core.llm import Message, Response, Usage
    from executus_core.ports import ModelFinding

    plugin = Plugin(summary="Finds models")

    class Model:
        context_tokens = 0

        def __init__(self, name):
            self.name = name

        @property
        def problem(self):
            if self.name.startswith("acme/shy"):
                raise ValueError("not now")
            return "'acme/keyless' needs a key; set ACME_KEY" if self.name == "acme/keyless" else ""

        async def generate(self, request):
            if self.name.startswith("acme/no-key"):
                raise ModelAccessError("acme refused the key: set ACME_KEY")
            if self.name.startswith("acme/down"):
                raise ModelUnavailableError("acme does not answer; start it")
            options = f" {dict(request.options)}" if request.options else ""
            return Response(Message.assistant(self.name + options), Usage(1200, 80, 0, 0, 0.0042), self.name)

    class Models:
        async def resolve(self, spec):
            return Model(spec) if spec.startswith("acme/") else None

        async def find_models(self, base_url=""):
            what = os.environ.get("FINDS", "some")
            if what == "waits":
                print("looking", flush=True)
                await asyncio.sleep(60)
            if what == "fails":
                raise ValueError("the plugin's fault")
            key = ModelFinding("ACME_KEY in the environment", (), "is not set", "export ACME_KEY=...")
            if what == "nothing":
                return [key]
            if "dead" in base_url:
                return [ModelFinding(f"the server at {base_url}", (), "does not answer", "acme serve")]
            if base_url:
                names = ("large:latest", "small")
                specs = tuple(f"acme/{name}@{base_url}" for name in names)
                return [ModelFinding(f"the server at {base_url}", specs)]
            return [key, ModelFinding("Acme on 127.0.0.1:9", ("acme/small", "acme/large"))]

    @hookimpl
    def executus_provide_model():
        yield Provider("finder", Models)

    class Impatient:
        def read(self):
            return {"failover": {"max_attempts": 2, "backoff_s": 0.001, "failures_to_rest": 1000}}

    @hookimpl
    def executus_provide_config():
        yield Provider("impatient", Impatient)
"""


@pytest.fixture
def finder(fake_dist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and one plugin: it serves ``acme/...`` and finds models by itself, as ``FINDS`` says."""
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("EXECUTUS_PLUGINS", "finder")
    monkeypatch.delenv("EXECUTUS_MODEL", raising=False)
    fake_dist("finder", FINDER)
    return folder
