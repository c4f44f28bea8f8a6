"""Tiers and endpoints on the installed command line, over real HTTP: what is tried, what is shown, and what is not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from executus_core.testing import ModelServer, http_error

pytestmark = pytest.mark.batteries

TOKEN = "sk-tHe-oNe-aNd-oNly-ToKeN-0987654321"
CODE = "import sys; from executus_core.cli import main; sys.exit(main())"
SETTINGS = """
[models]
fast = "box/test-model, spare/test-model"
locked = "shut/test-model"

[endpoints.box]
type = "openai"
url = "{box}"
token_env = "BOX_TOKEN"

[endpoints.spare]
type = "anthropic"
url = "{spare}"
token_env = "BOX_TOKEN"

[endpoints.shut]
type = "openai"
url = "{shut}"
token_env = "BOX_TOKEN"

[prices."spare/test-model"]
input_usd_per_million = 3
output_usd_per_million = 15
"""


def execute(folder: Path, *arguments: str) -> tuple[int, str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXECUTUS_")}
    done = subprocess.run(
        [sys.executable, "-c", CODE, *arguments],
        cwd=folder,
        env={**kept, "EXECUTUS_PLUGINS": "model-litellm", "BOX_TOKEN": TOKEN, "PYTHONSAFEPATH": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert TOKEN not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr


def test_endpoints_are_tried_and_shown_without_their_tokens(tmp_path: Path) -> None:
    """A list asks nobody; a test asks in order, until one answers, and says what each cost and why it failed."""
    busy = http_error(429, retry_after_s=60)
    with (
        ModelServer("openai", [busy, busy], key=TOKEN) as box,
        ModelServer("anthropic", ["ready", "It is a folder."], key=TOKEN) as spare,
        ModelServer("openai", [], key="sk-another") as shut,
    ):
        settings = SETTINGS.format(box=box.base_url, spare=spare.base_url, shut=shut.base_url)
        (tmp_path / "executus.toml").write_text(settings)

        _, listed, _ = execute(tmp_path, "models", "--json")
        assert box.look_ups == spare.look_ups == []
        code, tried, _ = execute(tmp_path, "models", "test", "--all", "--json")
        ran = execute(tmp_path, "run", "--tool", "count", "What is this?")

    tiers = json.loads(listed)["tiers"]
    assert [one["spec"] for one in tiers[0]["candidates"]] == ["box/test-model", "spare/test-model"]
    assert tiers[0]["candidates"][1]["price"]["output_usd_per_million"] == 15
    assert tiers[0]["candidates"][0]["endpoint"]["has_token"]

    fast, locked = json.loads(tried)["tests"]
    assert (fast["served_by"], fast["output"]) == ("spare/test-model", "ready")
    failed, answered = fast["attempts"]
    assert (failed["candidate"], failed["outcome"]) == ("box/test-model", "failed")
    assert "too many requests" in failed["error"]
    assert 0 < answered["first_token_s"] <= answered["duration_s"]
    assert (answered["input_tokens"], answered["output_tokens"]) == (10, 5)
    assert answered["cost_usd"] == pytest.approx((10 * 3 + 5 * 15) / 1e6)
    assert (locked["served_by"], locked["error"]["type"], code) == (None, "ModelAccessError", 2)

    said = " ".join(ran[2].split())
    assert ran[:2] == (0, "It is a folder.\n")
    assert said.startswith(
        "Model: spare/test-model answered in place of box/test-model: 'box/test-model' has had too"
    )
