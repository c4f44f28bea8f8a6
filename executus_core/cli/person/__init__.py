"""The person at the terminal: who allows calls and answers questions of a run."""
