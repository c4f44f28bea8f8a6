"""Dates, times and time zones: what is asked about, which zone is meant, and what a calendar makes of it.

A day and a month are the calendar's, an hour is always an hour; where clocks are put forward or back, that is said.
"""
