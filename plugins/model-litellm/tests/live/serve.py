"""The child process: a llama.cpp server for one model, until standard input is closed.

``python serve.py MODEL.gguf SLOTS CONTEXT_TOKENS`` prints its address when the model is loaded. Whatever ends the parent
ends this too.
"""

import sys

import xllamacpp


def main(path: str, slots: int, context_tokens: int) -> None:
    """Serve the model on a free port of this machine, with so many answers at once and so much context for each."""
    params = xllamacpp.CommonParams()
    params.model.path = path
    params.model_alias = {"tiny"}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_parallel = slots
    params.n_ctx = slots * context_tokens
    params.endpoint_metrics = True
    params.cpuparams.n_threads = 1  # so small a model is no faster with more
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)  # noqa: T201 - what the parent waits for
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
