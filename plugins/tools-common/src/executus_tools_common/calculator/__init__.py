"""Exact, bounded arithmetic: reading an expression, working it out, and showing what it comes to.

Nothing is evaluated as code: ``reading`` knows a small grammar and a table of functions, and every number is bounded before
it is made.
"""
