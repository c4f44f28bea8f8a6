"""What a model source found by itself."""

from __future__ import annotations

from attrs import frozen


@frozen
class ModelFinding:
    """One place in which a model source looked: a key in the environment, a model server on this machine.

    Attributes:
        place: Where it looked, as a person would say it: "OPENAI_API_KEY in the environment", "Ollama on 127.0.0.1:11434".
        specs: Specs that can be asked for because of it, the one to prefer first; empty when there are none.
        problem: Why there are none, as the end of a sentence: "is not set", "serves no model"; "" when there are some.
        remedy: What a person can do about the problem: a command to type, or a sentence; "" when nothing needs doing.
    """

    place: str
    specs: tuple[str, ...] = ()
    problem: str = ""
    remedy: str = ""
