"""What a model writes as JSON: described to it as a schema, read back as values of Python types.

``arguments`` builds both for what a function takes, ``build`` for a single ``value``: of a Python type (``typed``) or of a
JSON schema (``described``). ``tighten`` closes what pydantic would let pass, ``strict_json`` what JSON readers do.
"""
