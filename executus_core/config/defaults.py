"""The caps of a run that its agent leaves open."""

from __future__ import annotations

from attrs import fields, frozen

from executus_core.errors import ConfigError
from executus_core.record.credentials import ADVICE, has_credentials


@frozen
class Defaults:
    """Caps and bounds that hold where an agent does not say.

    Attributes:
        model_tier: Tier or spec of agents that name none.
        max_steps: Ceiling of model calls per run.
        max_runtime_s: Seconds that a run has once its bounds start.
        max_consecutive_tool_errors: Tool errors in a row that end a run; None for no such guard.
        max_same_tool_call_repeats: Equal calls in a row that end a run; None for no such guard.
        max_parallel_tool_calls: Tool calls of one response that run at the same time.
        max_tool_argument_chars: Longer arguments are refused unread.
        max_tool_result_chars: Of longer tool results a model sees both ends, and can read on in the rest.
        max_kept_result_bytes: Bytes of such results that one run keeps; those beyond are cut in the middle.
        max_artifacts: Files that one run may keep for its result.
        max_artifact_bytes: Bytes that they may have in all.
        max_depth: How deep runs may nest; a root run has depth 1.
        compaction_threshold_ratio: Share of the model's context window from which a transcript is shortened.
        summary_timeout_s: Seconds that the shortening of a transcript may wait for a model's summary.
        critic_soft_timeout_s: Seconds without progress after which a critic looks closer.
        port_timeout_s: Seconds that one call of a port may take before and during the loop.
        post_run_timeout_s: Seconds that a session's post-run hook may take.
        cleanup_timeout_s: Seconds that settling may take, and again cleaning up.
        cancel_grace_s: Seconds that foreign code gets to end after it was cancelled.
    """

    model_tier: str = "fast"
    max_steps: int = 12
    max_runtime_s: float = 60.0
    max_consecutive_tool_errors: int | None = 3
    max_same_tool_call_repeats: int | None = 3
    max_parallel_tool_calls: int = 16
    max_tool_argument_chars: int = 1_000_000
    max_tool_result_chars: int = 50_000
    max_kept_result_bytes: int = 100_000_000
    max_artifacts: int = 1_000
    max_artifact_bytes: int = 100_000_000
    max_depth: int = 8
    compaction_threshold_ratio: float = 0.7
    summary_timeout_s: float = 30.0
    critic_soft_timeout_s: float = 90.0
    port_timeout_s: float = 10.0
    post_run_timeout_s: float = 60.0
    cleanup_timeout_s: float = 10.0
    cancel_grace_s: float = 1.0

    def __attrs_post_init__(self) -> None:
        """Refuse caps that would stop every run, naming all of them."""
        problems = [
            f"Defaults.{field.name} is {value!r}; it must be a number greater than 0"
            for field in fields(Defaults)
            if (value := getattr(self, field.name)) is not None
            and not isinstance(value, str)
            and not value > 0
        ]
        if has_credentials(self.model_tier):
            problems.append(f"a URL in Defaults.model_tier has a user or a password; {ADVICE}")
        if self.max_same_tool_call_repeats == 1:
            problems.append(
                "Defaults.max_same_tool_call_repeats is 1, which ends a run at its first call; give 2 or more"
            )
        if problems:
            raise ConfigError("; ".join(problems), problems=problems)

    @property
    def settle_limit_s(self) -> float:
        """Seconds after which the end of a run is given up: every hook, every port and the grace had their time."""
        return self.post_run_timeout_s + 2 * (self.cleanup_timeout_s + self.cancel_grace_s)
