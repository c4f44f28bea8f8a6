"""``executus agents``."""
