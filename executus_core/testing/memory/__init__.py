"""In-memory providers, one file per port: small, honest, and there to be looked at after a run.

They keep the contracts of their ports (they pass the suites in ``executus_core.testing.conformance``) and nothing else: no
file, no thread, no task.
"""
