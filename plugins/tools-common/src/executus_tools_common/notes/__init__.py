"""Notes that an agent keeps for a caller, from one run to the next."""
