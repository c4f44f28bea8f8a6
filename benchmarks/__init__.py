"""What executus costs, each figure as a ratio to a bare loop that was measured in the same breath.

Run ``python -m benchmarks``. Nothing here is a test: a machine that is busy makes figures worse, never a change wrong.
"""
