"""What the screens of all commands share."""
