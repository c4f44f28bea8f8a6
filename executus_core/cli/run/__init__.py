"""``executus run``."""
