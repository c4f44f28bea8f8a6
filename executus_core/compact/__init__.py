"""Shorter transcripts for long runs: strategies, and the compactor that any of them makes.

Each strategy is a ``CompactorFactory``: ``Executor(compactor=Tiered(DropToolResults(), SlidingWindow()))``. Strategies are
plain functions over a ``Draft``; one that asks a model is handed a way to ask by the run.
"""

from executus_core.compact.compactor import StrategyCompactor
from executus_core.compact.draft import Draft
from executus_core.compact.drop import DropToolResults
from executus_core.compact.size import estimate_tokens
from executus_core.compact.strategy import Strategy
from executus_core.compact.summarise import Summarise
from executus_core.compact.tiered import Tiered
from executus_core.compact.window import SlidingWindow

__all__ = [
    "Draft",
    "DropToolResults",
    "SlidingWindow",
    "Strategy",
    "StrategyCompactor",
    "Summarise",
    "Tiered",
    "estimate_tokens",
]
