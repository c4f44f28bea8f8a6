"""A model server on loopback that speaks like the real ones, follows a script, and goes wrong on purpose.

``server`` is what a test holds. A ``listener`` takes HTTP in, a ``dialect`` reads requests and writes answers as one family
of providers does, a ``script`` says what is answered, and ``faults`` what goes wrong with it.
"""
