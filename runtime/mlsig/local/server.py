"""The child process that serves the model, `python -m mlsig.local.server`.

    stdin   one line of JSON (`Settings`), then nothing: its end is the order to stop
    stdout  one line of JSON (`Ready`), when the server listens
    stderr  the log

Standard input is also the lifeline: the system closes it when the parent ends, however it ends, so the
server cannot outlive whoever started it.
"""

from __future__ import annotations

import os
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import msgspec

from mlsig.local.settings import Ready, Settings
from mlsig.local.weights import ENGINE, assembled

MODEL: Final = "gemma-3-270m"
GRACE_SECONDS: Final = 3.0
SPARE_PROMPTS_MIB: Final = 256
WARNINGS: Final = 2  # a log level of llama.cpp; 3 writes several lines for every request

# A base model knows no chat markup (with ChatML it answered 0 of 40 sentiment questions), so messages are
# joined as plain text: an answer follows its question on the same line, a blank line separates the rest.
PLAIN: Final = (
    "{% for m in messages %}{{ m['content'] }}"
    "{% if m['role'] == 'assistant' %}{{ '\n\n' }}"
    "{% elif m['role'] == 'user' %}{{ ' ' if not loop.last else '' }}"
    "{% else %}{{ '\n\n' }}{% endif %}{% endfor %}"
)


def parameters(llama: Any, settings: Settings, model: Path) -> Any:
    """Return the parameters of `llama` (the module xllamacpp) for these settings."""
    wanted = llama.CommonParams()
    wanted.model.path = str(model)
    wanted.model_alias = {MODEL}
    wanted.hostnames = ["127.0.0.1"]
    wanted.port = settings.port
    wanted.n_parallel = settings.slots
    wanted.n_ctx = settings.context
    # Where OpenMP's threads spin and the machine is busy, two gave 1-17 tokens a second, and one gave 60.
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = settings.threads
    # Gemma attends through a sliding window, and a cache of only that window cannot be rewound to a shared
    # prefix: every call would read its demonstrations again. Measured with 4 to 8 of them: 2.0 s a call, and
    # 0.25-0.45 s with the full cache.
    wanted.swa_full = True
    # Prompts that lost their slot are kept in memory, up to 8 GiB unless told otherwise.
    wanted.cache_ram_mib = SPARE_PROMPTS_MIB
    wanted.chat_template = PLAIN
    wanted.api_keys = list(settings.keys)
    wanted.verbosity = WARNINGS
    # No page in a browser has business here, and /slots would show one user's prompts to another.
    wanted.cors_origins = "http://127.0.0.1"
    wanted.ui = False
    wanted.endpoint_slots = False
    return wanted


def main() -> int:
    """Serve until standard input ends."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever the libraries print belongs in the log
    settings = msgspec.json.decode(sys.stdin.buffer.readline(), type=Settings)
    llama: Any = import_module(ENGINE)
    try:
        server = llama.Server(parameters(llama, settings, assembled()))
    except (OSError, ValueError, RuntimeError) as error:  # no room for the weights, broken weights, no port
        hint = f"; is port {settings.port} free?" if settings.port else ""
        sys.stderr.write(f"{error}{hint}\n")
        return 1
    try:
        answers.write(msgspec.json.encode(Ready(server.listening_address)) + b"\n")
        sys.stdin.buffer.read()
    except BrokenPipeError:
        pass  # nobody waits for us any more
    # Stopping waits for answers that are being written; nobody will read them.
    deadline = threading.Timer(GRACE_SECONDS, os._exit, (0,))
    deadline.daemon = True
    deadline.start()
    del server
    deadline.cancel()
    return 0


if __name__ == "__main__":
    sys.exit(main())
