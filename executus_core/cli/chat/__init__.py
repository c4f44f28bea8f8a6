"""``executus chat``."""
