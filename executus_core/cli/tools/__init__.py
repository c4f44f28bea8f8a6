"""``executus tools``."""
