"""The reference of settings has every key of ``executus.toml``, and those of each plugin of this workspace.

After a change of a setting: ``nox -s reference``.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from attrs import NOTHING, fields
from pagekit import default_of, docstring_of, on_one_line, summary_of

from executus_core.config.defaults import Defaults
from executus_core.config.load import DISABLE_VARIABLE, MODEL_VARIABLE, ONLY_VARIABLE
from executus_core.config.settings import variable_prefix
from executus_core.config.tables import (
    CompactionTable,
    ConfigurationTables,
    PermissionsTable,
    PluginsTable,
    RuleTable,
    ToolsTable,
)
from executus_core.config.variables import ENDPOINT_VARIABLE, TIER_VARIABLE
from executus_core.model.policy import FailoverPolicy
from executus_core.model.tables import EndpointTable, PriceTable, TierTable
from executus_core.plugin.portspec import PORTS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "settings.md"

HEAD = f"""\
# Settings

A host that discovers its parts, as the command line does, reads `executus.toml`, or `[tool.executus]` of a `pyproject.toml`,
of the nearest folder from here upwards; `--config FILE` or `Executor.discover(config=...)` names another. A host that is
made of explicit parts reads nothing.

A key that is not known is refused, with the nearest name. Where several sources set the same key, the strongest wins:

1. what the program says in code: `Executor.discover(settings=...)`;
2. the environment;
3. for a plugin's own settings, a secrets file;
4. the file;
5. what plugins of the port [`config`](ports.md#config) say;
6. the defaults.

A whole file:

```toml
# executus.toml
[plugins]
require = ["audit-sqlite"]

[models]
fast = "scripted"

[defaults]
max_steps = 20

[plugin.audit-sqlite]
flush_interval_s = 0.5
```

## Environment

| variable | |
|---|---|
| `{MODEL_VARIABLE}` | `[defaults] model_tier`: the tier or spec of agents that name none |
| `{TIER_VARIABLE}<NAME>` | `[models] <name>`: the chain of a tier |
| `{ENDPOINT_VARIABLE}<NAME>` | `[endpoints.<name>]`: an endpoint as `type\\|url\\|token`; the token may be left out |
| `{ONLY_VARIABLE}` | the only plugins that take part, with commas; for one start |
| `{DISABLE_VARIABLE}` | plugins that don't, with commas; adds to `[plugins] disable` |
| `EXECUTUS_<PLUGIN>__<KEY>` | a plugin's setting: `EXECUTUS_AUDIT_SQLITE__PATH`; JSON where it is no plain value |
| `EXECUTUS_NO_HISTORY` | anything: `executus chat` does not keep what was typed |
| `EXECUTUS_TEST_NO_MODELS` | `1`: providers of models refuse to call one; for tests |

Names at the end of a variable are read in small letters; where another source names a tier or an endpoint with a dash, as
`very-fast`, the variable's underscore means that dash. Keys of model providers stand in the variables of those providers.
"""


def key_table(described: type) -> Iterator[str]:
    """Give a table of the keys of a class of settings, with their defaults as TOML has them."""
    yield "| key | default | |\n|---|---|---|"
    for parameter in docstring_of(described).params:
        default = default_of(described, parameter.arg_name)
        written = "none" if default is None else "" if default is NOTHING else f"`{json.dumps(default)}`"
        said = on_one_line(parameter.description).replace("|", "\\|")
        yield f"| `{parameter.arg_name}` | {written} | {said} |"
    yield ""


SAID_OF_PORTS = """\
By port, the provider that serves it, or the order of those that do. A provider goes by its plugin's name, by its own, or by
both, `"plugin/provider"`; `executus plugins` shows them. Where a port takes many, those that a list leaves out follow
behind it: a budget must not be lost because a list forgot it. Without a line, the only provider serves, or all do, by plugin
name.
"""


PERMISSIONS = """\
Each rule is a table `[[permissions.rules]]`:

```toml
[permissions]
default = "ask"

[[permissions.rules]]
tool = "write_file"
arguments = { path = "drafts/**" }
verdict = "allow"
reason = "drafts are yours"
```

The first rule that matches decides; rules of a stronger source come before those of a weaker one. How a glob is held
against an argument, and what a rule does not override: [Permit tool calls](../how-to/permit-tool-calls.md).
"""


MODELS = """\
A chain alone may stand in place of a table:

```toml
[models]
fast = "openai/gpt-5-mini, box/qwen3"
smart = ["opus", "fast"]

[models.exact]
chain = "smart"
options = { temperature = 0.0 }

[model_aliases]
opus = "anthropic/claude-opus-4-5"

[endpoints.box]
type = "openai"
url = "http://127.0.0.1:8000/v1"
concurrency = 2

[prices."openai/gpt-5-mini"]
input_usd_per_million = 0.25
output_usd_per_million = 2.0
```

A spec is `provider/model`, `provider/model@base_url` or `endpoint/model`; `scripted` needs no key. More of it:
[Name tiers](../how-to/name-tiers.md).
"""


def write_models() -> Iterator[str]:
    """Say what the tables mean that speak of models."""
    tables = {name: on_one_line(text) for name, text in said_of_tables().items()}
    yield from ("## `[models]`\n", tables["models"] + "\n", MODELS, *key_table(TierTable))
    yield from ("## `[model_aliases]`\n", tables["model_aliases"] + "\n")
    yield from ("## `[endpoints]`\n", tables["endpoints"] + "\n", *key_table(EndpointTable))
    yield from ("## `[prices]`\n", tables["prices"] + "\n", *key_table(PriceTable))
    yield from ("## `[failover]`\n", tables["failover"] + "\n", *key_table(FailoverPolicy))


def write_ports() -> Iterator[str]:
    """Say of each port what its line looks like."""
    yield "## `[ports]`\n"
    yield SAID_OF_PORTS
    yield "| key | takes | without a provider |\n|---|---|---|"
    for port, spec in PORTS.items():
        takes = '`"name"`' if spec.is_single else '`["name", "name"]`'
        yield f"| [`{port}`](ports.md#{port}) | {takes} | {spec.without} |"
    yield ""


def settings_of_plugins() -> Iterator[tuple[str, type]]:
    """Give the plugins of this workspace that have settings, with the class of those."""
    for path in sorted([*ROOT.glob("plugins/*/pyproject.toml"), *ROOT.glob("contrib/*/pyproject.toml")]):
        points = tomllib.loads(path.read_text(encoding="utf-8"))["project"]["entry-points"]["executus.v1"]
        for name, target in points.items():
            settings = import_module(target).plugin.settings
            if settings:
                yield name, EntryPoint("", settings, "").load() if isinstance(settings, str) else settings


def write_plugins() -> Iterator[str]:
    """Write the settings of each plugin of this workspace."""
    for name, settings in settings_of_plugins():
        yield f"## `[plugin.{name}]`\n"
        yield f"{summary_of(settings)} In the environment: `{variable_prefix(name)}<KEY>`.\n"
        yield from key_table(settings)


COMPACTION = """\
From which size on stands among the [`[defaults]`](#defaults), as does the time that a summary may take. What each strategy
does: [Keep long runs going](../how-to/keep-long-runs-going.md).
"""


def render() -> str:
    """Write the page from the classes that read the settings."""
    tables = {name: on_one_line(text) for name, text in said_of_tables().items()}
    parts = [HEAD]
    parts += ["## `[plugins]`\n", tables["plugins"] + "\n", *key_table(PluginsTable)]
    parts += write_ports()
    parts += ["## `[tools]`\n", tables["tools"] + "\n", *key_table(ToolsTable)]
    parts += ["## `[permissions]`\n", tables["permissions"] + "\n", *key_table(PermissionsTable)]
    parts += [PERMISSIONS, *key_table(RuleTable)]
    parts += ["## `[compaction]`\n", tables["compaction"] + "\n", COMPACTION, *key_table(CompactionTable)]
    parts += write_models()
    parts += ["## `[defaults]`\n", tables["defaults"] + "\n", *key_table(Defaults)]
    parts += write_plugins()
    return "\n".join(parts)


def said_of_tables() -> dict[str, str]:
    """Give what each table of the file is for."""
    return {said.arg_name: said.description or "" for said in docstring_of(ConfigurationTables).params}


@pytest.mark.batteries
def test_the_page_is_what_the_classes_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run: nox -s reference"


@pytest.mark.batteries
def test_every_key_is_there() -> None:
    """In the table of its section, whoever wrote the page."""
    page = PAGE.read_text(encoding="utf-8")
    sections = {
        title: text for title, _, text in (part.partition("`\n") for part in page.split("\n## `")[1:])
    }
    owed = {
        "[plugins]": set(PluginsTable.model_fields),
        "[tools]": set(ToolsTable.model_fields),
        "[permissions]": {*PermissionsTable.model_fields, *RuleTable.model_fields},
        "[compaction]": set(CompactionTable.model_fields),
        "[models]": set(TierTable.model_fields),
        "[endpoints]": set(EndpointTable.model_fields),
        "[prices]": set(PriceTable.model_fields),
        "[failover]": {field.name for field in fields(FailoverPolicy)},
        "[defaults]": {field.name for field in fields(Defaults)},
        **{f"[plugin.{name}]": set(settings.model_fields) for name, settings in settings_of_plugins()},
    }

    assert {f"[{table}]" for table in ConfigurationTables.model_fields} - {"[plugin]"} <= set(sections)
    assert not [
        (title, key)
        for title, keys in owed.items()
        for key in keys
        if f"\n| `{key}` |" not in sections[title]
    ]
    assert not [port for port in PORTS if f"\n| [`{port}`]" not in sections["[ports]"]]


def test_every_variable_is_there() -> None:
    """Each that the core reads by its whole name."""
    sources = (ROOT / "executus_core").rglob("*.py")
    read = {
        name for path in sources for name in re.findall(r'"(EXECUTUS_[A-Z_]+[A-Z])"', path.read_text("utf-8"))
    }

    assert read
    assert not [name for name in read if f"| `{name}` |" not in PAGE.read_text(encoding="utf-8")]


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
