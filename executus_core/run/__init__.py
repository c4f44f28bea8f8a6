"""One run with all its ports: opened, driven, settled."""
