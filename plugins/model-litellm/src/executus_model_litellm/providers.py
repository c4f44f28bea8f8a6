"""What is known of providers without asking litellm, whose import takes seconds."""

from __future__ import annotations

from typing import Final

from attrs import frozen


@frozen
class Provider:
    """A provider whose key stands in the environment.

    Attributes:
        name: Its name in litellm and in specs.
        title: Its name among people.
        key_variables: Variables that may hold its key, the one to recommend first.
        base_variables: Variables that may hold another address for it.
        model: A small, capable model to begin with.
    """

    name: str
    title: str
    key_variables: tuple[str, ...]
    model: str
    base_variables: tuple[str, ...] = ()


_ANTHROPIC_URL: Final = ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE")
_OPENAI_URL: Final = ("OPENAI_BASE_URL", "OPENAI_API_BASE")

# In the order in which a key is preferred when nobody has named a model.
KEYED: Final = (
    Provider("anthropic", "Anthropic", ("ANTHROPIC_API_KEY",), "claude-haiku-4-5", _ANTHROPIC_URL),
    Provider("openai", "OpenAI", ("OPENAI_API_KEY",), "gpt-5-mini", _OPENAI_URL),
    Provider("gemini", "Google Gemini", ("GEMINI_API_KEY", "GOOGLE_API_KEY"), "gemini-2.5-flash"),
    Provider("mistral", "Mistral", ("MISTRAL_API_KEY",), "mistral-small-latest", ("MISTRAL_API_BASE",)),
    Provider("groq", "Groq", ("GROQ_API_KEY",), "openai/gpt-oss-20b", ("GROQ_API_BASE",)),
    Provider("deepseek", "DeepSeek", ("DEEPSEEK_API_KEY",), "deepseek-chat", ("DEEPSEEK_API_BASE",)),
    Provider("xai", "xAI", ("XAI_API_KEY",), "grok-3-mini", ("XAI_API_BASE",)),
    Provider("cerebras", "Cerebras", ("CEREBRAS_API_KEY",), "gpt-oss-120b", ("CEREBRAS_API_BASE",)),
    Provider("openrouter", "OpenRouter", ("OPENROUTER_API_KEY",), "openai/gpt-5-mini", ("OPENROUTER_API_BASE",)),
)  # fmt: skip
KEYED_BY_NAME: Final = {provider.name: provider for provider in KEYED}

OLLAMA_CHAT: Final = "ollama_chat"
OLLAMA: Final = frozenset({"ollama", OLLAMA_CHAT})
OLLAMA_URL: Final = "http://127.0.0.1:11434"

# Whose thoughts are signed, and have to go back with the calls that they led to.
SIGNS_THOUGHTS: Final = frozenset({"anthropic", "bedrock", "vertex_ai"})

# Servers of OpenAI's wire serve it under /v1, which people leave out.
SERVED_UNDER_V1: Final = frozenset(
    {"hosted_vllm", "litellm_proxy", "llamafile", "lm_studio", "openai", "openai_like"}
)

# Chat providers that both the lowest and the newest litellm know; a test compares. What is new there is a setting here.
# fmt: off
PROVIDERS: Final = frozenset({
    "ai21", "ai21_chat", "aiml", "amazon_nova", "anthropic", "azure", "azure_ai", "baseten", "bedrock",
    "cerebras", "chutes", "clarifai", "cloudflare", "codestral", "cohere", "cohere_chat", "cometapi",
    "compactifai", "dashscope", "databricks", "datarobot", "deepinfra", "deepseek", "docker_model_runner",
    "featherless_ai", "fireworks_ai", "friendliai", "galadriel", "gemini", "gigachat", "github",
    "github_copilot", "gradient_ai", "groq", "heroku", "hosted_vllm", "huggingface", "hyperbolic",
    "infinity", "lambda_ai", "lemonade", "litellm_proxy", "llamafile", "lm_studio", "maritalk",
    "meta_llama", "minimax", "mistral", "moonshot", "morph", "nebius", "novita", "nscale", "nvidia_nim",
    "oci", "ollama", "ollama_chat", "openai", "openai_like", "openrouter", "ovhcloud", "perplexity", "poe",
    "predibase", "publicai", "replicate", "sagemaker", "sagemaker_chat", "sambanova", "sap", "snowflake",
    "synthetic", "together_ai", "v0", "vercel_ai_gateway", "vertex_ai", "volcengine", "wandb", "watsonx",
    "xai", "xiaomi_mimo", "xinference", "zai",
})
# fmt: on
