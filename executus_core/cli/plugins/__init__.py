"""``executus plugins``."""
