"""``executus models``."""
