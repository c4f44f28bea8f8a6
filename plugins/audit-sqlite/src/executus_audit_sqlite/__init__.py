"""An audit trail in SQLite for executus."""
