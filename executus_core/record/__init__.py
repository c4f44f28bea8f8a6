"""Frozen values that cross a port: what a run is started with, what it tells, and what it came to.

They live below the ports, so that a port can speak of a run without knowing the executor, and they do nothing by
themselves. Import each from the file that defines it; there is no shortcut here on purpose, since agents need pydantic and
the rest does not.
"""
