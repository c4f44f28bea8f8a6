"""The cases, in the order of the table."""

from benchmarks.cases.audit import AUDIT
from benchmarks.cases.compact import COMPACT
from benchmarks.cases.concurrent import CONCURRENT
from benchmarks.cases.discover import DISCOVER
from benchmarks.cases.failover import FAILOVER
from benchmarks.cases.growth import GROWTH
from benchmarks.cases.imports import IMPORT
from benchmarks.cases.output import OUTPUT
from benchmarks.cases.parallel import PARALLEL
from benchmarks.cases.peers import PEERS_CASE
from benchmarks.cases.start import START
from benchmarks.cases.step import RUN, STEP
from benchmarks.cases.stream import STREAM

__all__ = ["CASES"]

CASES = (
    STEP,
    GROWTH,
    RUN,
    PARALLEL,
    STREAM,
    FAILOVER,
    OUTPUT,
    COMPACT,
    CONCURRENT,
    AUDIT,
    IMPORT,
    START,
    DISCOVER,
    PEERS_CASE,
)
