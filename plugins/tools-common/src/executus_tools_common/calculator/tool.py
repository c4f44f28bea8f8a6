"""The calculator as a tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executus_core import ToolError, tool
from executus_tools_common.calculator.number import CalculationError
from executus_tools_common.calculator.reading import work_out
from executus_tools_common.calculator.showing import show

if TYPE_CHECKING:
    from executus_core import Tool


def build_tools() -> list[Tool]:
    """Build the tool."""
    return [calculate]


@tool(visibility="public", effect="pure", timeout_s=10)
def calculate(expression: str) -> str:
    """Work out an arithmetic expression exactly: use it for every calculation rather than your own arithmetic.

    Fractions stay exact (1/3 + 1/6 is 0.5, 0.1 + 0.2 is 0.3); what had to be rounded says so. It knows + - * / ^, //
    (rounded down), ! and % (percent), parentheses, == != < <= > >=, pi, e and tau, and: abs sign sqrt cbrt root(x, n) pow
    exp ln log2 log10 log(x, base) sin cos tan asin acos atan (in radians) degrees radians floor ceil trunc
    round(x, digits) mod(a, b) gcd lcm factorial comb(n, k) perm(n, k) min max sum product mean median stdev.

    Args:
        expression: For example "1499 * (1 + 19%)", "round(2/3, 4)" or "mean(3, 5, 8) > 5". Numbers have no thousands
            separators.
    """
    try:
        return show(work_out(expression))
    except CalculationError as error:
        raise ToolError(f"the expression can't be worked out: {error}") from error
