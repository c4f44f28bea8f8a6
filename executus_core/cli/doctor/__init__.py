"""``executus doctor``."""
