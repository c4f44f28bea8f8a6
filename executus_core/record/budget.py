"""What a budget is asked, what it grants, and what was spent."""

from __future__ import annotations

from attrs import Factory, define

from executus_core.llm.usage import Usage


@define
class Estimate:
    """What a run may consume at most, as far as that is known before it starts.

    Attributes:
        run_id: The run that asks.
        model_tier: Tier or spec that it will use.
        max_steps: Its step ceiling.
        max_runtime_s: Its time limit in seconds.
        tenant: The caller's tenant.
        parent_run_id: The run that delegated to it; "" for a root.
    """

    run_id: str = ""
    model_tier: str = ""
    max_steps: int = 0
    max_runtime_s: float = 0.0
    tenant: str = ""
    parent_run_id: str = ""


@define
class Reservation:
    """What a budget set aside for a run.

    Attributes:
        id: The budget's own key.
        caller_id: Who the run is for.
        estimate: What was asked.
    """

    id: str
    caller_id: str
    estimate: Estimate = Factory(Estimate)


@define
class Spend:
    """What a run really consumed.

    Attributes:
        runtime_s: Seconds.
        usage: Tokens, cost and requests.
    """

    runtime_s: float = 0.0
    usage: Usage = Factory(lambda: Usage(requests=0, cost_usd=0.0))
