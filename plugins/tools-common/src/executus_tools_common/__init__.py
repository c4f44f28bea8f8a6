"""Common tools: web, files, arithmetic, time, JSON, notes, questions."""
