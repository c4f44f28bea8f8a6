"""What to run: an agent and its phases, as data."""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, Self, TypeAlias, cast  # noqa: TID251 - a JSON schema as the caller wrote it

from pydantic import Field, field_serializer, field_validator, model_validator
from pydantic import JsonValue as PydanticJsonValue
from typing_extensions import TypeVar, override

from executus_core.errors import ConfigError
from executus_core.record.credentials import refuse_credentials
from executus_core.record.document import Document
from executus_core.record.output import Output, as_output, name_of_type
from executus_core.schema.build import build_value_schema

OutputT = TypeVar("OutputT", default=None)

Name = Annotated[str, Field(min_length=1, max_length=200)]
PositiveInt = Annotated[int, Field(gt=0)]
PositiveSeconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]

if TYPE_CHECKING:
    from collections.abc import Sequence

    # what is given may be a list, as people write it; what is kept is a tuple
    Names: TypeAlias = Sequence[str]
    Phases: TypeAlias = "Sequence[Phase]"
    OutputType: TypeAlias = type[OutputT] | Output[OutputT] | dict[str, Any] | None
else:
    Names = tuple[str, ...]
    Phases = tuple["Phase", ...]
    OutputType = Any | OutputT  # any type form: the validator below looks closer


class Phase(Document):
    """A named stretch of an agent's steps, with its own prompt and caps.

    Attributes:
        name: How later phases speak of its output.
        prompt: Template of the phase's input; ``{{ input }}`` and ``{{ phases.NAME }}`` are filled in.
        system_prompt: In place of the agent's when given.
        model_tier: In place of the agent's when given.
        tools: In place of the agent's when given.
        max_steps: Step ceiling of this phase.
    """

    kind: ClassVar[str] = "phase"

    name: Name
    prompt: str
    system_prompt: str | None = None
    model_tier: str | None = None
    tools: Names | None = None
    max_steps: PositiveInt | None = None

    @field_validator("model_tier")
    @classmethod
    def _no_credentials(cls, spec: str | None) -> str | None:
        return refuse_credentials(spec) if spec else spec


class Agent(Document, Generic[OutputT]):
    """What to run. Immutable, and validated when it is made.

    Attributes:
        id: Stable id for audit, budgets and delegation; the name when it is not given.
        name: A name to show.
        description: What it is for, for palettes and listings.
        system_prompt: What the model is told first.
        model_tier: Tier or spec; the defaults' when not given.
        max_steps: Ceiling of model calls; the defaults' when not given.
        max_runtime_s: Seconds from the start of the bounds; the defaults' when not given.
        tools: Names and globs of registry tools, and names of session tool packs.
        required_tools: Tools without which the run must not start.
        skills: Skills that it may delegate to, as ``skill__NAME``.
        sub_agents: Agents that it may delegate to, as ``agent__NAME``.
        phases: A pipeline in place of one prompt.
        critic: Whether to ask for supervision.
        durable: Whether to ask for a checkpoint.
        output_type: What ``Result.value`` is: a type, a JSON schema, or an ``Output`` that says more; None for text only. A
            type form that is no class, such as ``int | str``, stands in an ``Output``, or as it is where no checker looks.
        model_options: Options for the model, passed on as they are.
    """

    kind: ClassVar[str] = "agent"

    id: str = ""
    name: Name
    description: str = ""
    system_prompt: str = ""
    model_tier: str | None = None
    max_steps: PositiveInt | None = None
    max_runtime_s: PositiveSeconds | None = None
    tools: Names = ()
    required_tools: Names = ()
    skills: Names = ()
    sub_agents: Names = ()
    phases: Phases = ()
    critic: bool = False
    durable: bool = False
    output_type: OutputType[OutputT] = None
    model_options: dict[str, PydanticJsonValue] = Field(default_factory=dict)

    @property
    def subject_id(self) -> str:
        """The id, or the name when there is none."""
        return self.id or self.name

    @override
    def dumps(self, format: str = "toml") -> str:
        """Write it as ``toml``, ``yaml`` or ``json``, leaving out what was never set; ``load`` reads it back equal.

        Raises:
            ConfigError: Its ``output_type`` is a Python type, or an ``Output``, which no file can say.
        """
        if not isinstance(self.output_type, (dict, NoneType)):
            raise ConfigError(
                f"agent '{self.name}': a file can't say its output_type {name_of_type(self.output_type)}; "
                "give a JSON schema"
            )
        return super().dumps(format)

    @field_serializer("output_type", when_used="json")
    def _as_schema(self, given: object) -> object:
        return given if given is None else build_value_schema(as_output(given).type).bare

    @field_validator("tools", "required_tools", "skills", "sub_agents")
    @classmethod
    def _no_blank_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for position, name in enumerate(names):
            if not name.strip():
                message = f"entry {position} is blank"
                raise ValueError(message)
        return names

    @field_validator("model_tier")
    @classmethod
    def _no_credentials(cls, spec: str | None) -> str | None:
        return refuse_credentials(spec) if spec else spec

    @property
    def output(self) -> Output[OutputT] | None:
        """What its answer must be, and what is done until it is; None for text only."""
        given: object = self.output_type
        return None if given is None else cast("Output[OutputT]", as_output(given))

    @field_validator("output_type")
    @classmethod
    def _no_unfit_type(cls, given: object) -> object:
        if given is not None:
            try:
                as_output(given)
            except ConfigError as error:
                raise ValueError(str(error)) from None
        return given

    @model_validator(mode="after")
    def _check_phases(self) -> Self:
        from executus_core.record.template import check_phases  # noqa: PLC0415 - only whoever needs it pays for it

        if self.phases:
            check_phases([(phase.name, phase.prompt) for phase in self.phases])
        return self
