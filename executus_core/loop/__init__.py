"""The loop: one run's steps, from a transcript to an answer. It knows models and tools, and no port."""
