"""``executus approvals``."""
