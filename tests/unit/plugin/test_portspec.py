"""The table of ports agrees with the Protocols and with ``Ports``."""

import attrs
import pytest

from executus_core import ports as room
from executus_core.plugin.portspec import PORTS
from executus_core.ports import Ports

PROTOCOLS = {
    "model": "ModelSource",
    "audit": "Audit",
    "budget": "Budget",
    "critic": "Critic",
    "checkpointer": "CheckpointerFactory",
    "palette": "PaletteSource",
    "delivery": "Delivery",
    "input_files": "InputFileStager",
    "compactor": "CompactorFactory",
    "identity": "Identity",
    "agents": "AgentSource",
    "skills": "SkillSource",
    "policies": "CallPolicy",
    "approver": "Approver",
    "standing_approvals": "StandingApprovals",
    "asker": "Asker",
    "scheduler": "Scheduler",
    "config": "ConfigSource",
    "usage_sink": "UsageSink",
    "trace_sink": "TraceSink",
    "redactor": "Redactor",
}


@pytest.mark.parametrize("port", PROTOCOLS)
def test_a_provider_must_have_every_method_of_the_protocol(port: str) -> None:
    protocol = vars(getattr(room, PROTOCOLS[port]))
    members = {name for name in protocol if not name.startswith("_") or name == "__call__"}

    assert set(PORTS[port].methods) == members


def test_every_port_has_its_place() -> None:
    fields = {field.name for field in attrs.fields(Ports)} - {"observers", "clock", "plugins", "names"}

    assert fields == set(PORTS) - {"model", "tools", "config"}


def test_a_port_of_many_is_a_tuple_and_a_single_one_is_none_when_nobody_serves_it() -> None:
    empty = Ports()

    for name, spec in PORTS.items():
        if name not in ("model", "tools", "config", "session_tools"):
            assert getattr(empty, name) == (None if spec.is_single else ())
