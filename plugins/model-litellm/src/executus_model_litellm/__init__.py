"""Real models, through litellm."""
