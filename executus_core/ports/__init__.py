"""One Protocol per port, with its contract, and ``Ports``, which holds one host's choice of providers.

No logic lives here. A provider need not inherit from anything: it satisfies the Protocol by its shape, and
``executus_core.testing`` has a conformance suite for each.
"""

from executus_core.ports.asker import Asker
from executus_core.ports.audit import Audit, RunRecorder
from executus_core.ports.budget import Budget, MeteredBudget
from executus_core.ports.checkpointer import Checkpointer, CheckpointerFactory
from executus_core.ports.clock import Alarm, Clock
from executus_core.ports.compactor import AskingCompactor, CompactionRun, Compactor, CompactorFactory
from executus_core.ports.critic import Critic, CriticHandle, NotifyingCriticHandle
from executus_core.ports.delivery import Delivery
from executus_core.ports.identity import Identity
from executus_core.ports.input_files import InputFileStager
from executus_core.ports.model_source import (
    EndpointModelSource,
    FindingModelSource,
    ListingEndpointSource,
    ListingModelSource,
    ModelSource,
)
from executus_core.ports.observer import Observer
from executus_core.ports.palette import Delegate, PaletteSource
from executus_core.ports.permission import Approver, CallPolicy, StandingApprovals
from executus_core.ports.ports import Ports
from executus_core.ports.scheduler import Scheduler
from executus_core.ports.sinks import Redactor, TraceSink, UsageSink
from executus_core.ports.sources import (
    AgentSource,
    ChangingConfigSource,
    ConfigSource,
    SkillSource,
    WritableAgentSource,
)
from executus_core.record.budget import Estimate, Reservation, Spend
from executus_core.record.caller import Caller, Target
from executus_core.record.checkpoint import CheckpointEntry, InterruptedRun
from executus_core.record.finding import ModelFinding
from executus_core.record.permission import (
    Approval,
    ApprovalRequest,
    ApprovalScope,
    BoundCall,
    Decision,
    StandingApproval,
    Verdict,
)
from executus_core.record.question import Question
from executus_core.record.run import KillCause, Note, PluginUse, RunInfo, RunStats, RunStatus, RunTally

__all__ = [
    "AgentSource",
    "Alarm",
    "Approval",
    "ApprovalRequest",
    "ApprovalScope",
    "Approver",
    "Asker",
    "AskingCompactor",
    "Audit",
    "BoundCall",
    "Budget",
    "CallPolicy",
    "Caller",
    "ChangingConfigSource",
    "CheckpointEntry",
    "Checkpointer",
    "CheckpointerFactory",
    "Clock",
    "CompactionRun",
    "Compactor",
    "CompactorFactory",
    "ConfigSource",
    "Critic",
    "CriticHandle",
    "Decision",
    "Delegate",
    "Delivery",
    "EndpointModelSource",
    "Estimate",
    "FindingModelSource",
    "Identity",
    "InputFileStager",
    "InterruptedRun",
    "KillCause",
    "ListingEndpointSource",
    "ListingModelSource",
    "MeteredBudget",
    "ModelFinding",
    "ModelSource",
    "Note",
    "NotifyingCriticHandle",
    "Observer",
    "PaletteSource",
    "PluginUse",
    "Ports",
    "Question",
    "Redactor",
    "Reservation",
    "RunInfo",
    "RunRecorder",
    "RunStats",
    "RunStatus",
    "RunTally",
    "Scheduler",
    "SkillSource",
    "Spend",
    "StandingApproval",
    "StandingApprovals",
    "Target",
    "TraceSink",
    "UsageSink",
    "Verdict",
    "WritableAgentSource",
]
