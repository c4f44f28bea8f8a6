"""Other people's loops, driven by the same script: each module makes what runs its agent once.

They are only measured where they are installed. A peer does what it does when it is left as it comes, apart from telemetry,
which is off.
"""

from __future__ import annotations

PEERS = {
    "llm": "llm",
    "agno": "agno",
    "agent-framework": "agent_framework",
    "langgraph": "langgraph",
    "openai-agents": "agents",
    "pydantic-ai": "pydantic_ai",
    "strands-agents": "strands",
}
"""The package that each is imported as."""
