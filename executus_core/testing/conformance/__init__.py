"""One suite per port: subclass it, give it your provider as a fixture, and pytest checks the port's whole contract."""

from executus_core.testing.conformance.audit import AuditConformance, AuditReading
from executus_core.testing.conformance.budget import BudgetConformance
from executus_core.testing.conformance.checkpointer import CheckpointerConformance
from executus_core.testing.conformance.critic import CriticConformance
from executus_core.testing.conformance.delivery import DeliveryConformance, DeliveryReading
from executus_core.testing.conformance.identity import IdentityConformance
from executus_core.testing.conformance.input_files import InputFilesConformance
from executus_core.testing.conformance.model import ModelConformance
from executus_core.testing.conformance.model_source import ModelSourceConformance
from executus_core.testing.conformance.palette import PaletteConformance

__all__ = [
    "AuditConformance",
    "AuditReading",
    "BudgetConformance",
    "CheckpointerConformance",
    "CriticConformance",
    "DeliveryConformance",
    "DeliveryReading",
    "IdentityConformance",
    "InputFilesConformance",
    "ModelConformance",
    "ModelSourceConformance",
    "PaletteConformance",
]
