"""``executus config``."""
