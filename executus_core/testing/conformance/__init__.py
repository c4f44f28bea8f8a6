"""One suite per port: subclass it, give it your provider as a fixture, and pytest checks the port's whole contract.

Import them from ``executus_core.testing``; an author of one port pays for the suite of no other.
"""
