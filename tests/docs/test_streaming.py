"""The piece of the page on providers that needs a server runs beside a real one."""

from __future__ import annotations

import asyncio
import contextlib
import io
import textwrap
from typing import Any

from docs.test_documents import PAGES, ROOT, blocks
from misbehaving import Misbehaving, events
from mlsig import Request
from mlsig.providers.client import Client
from mlsig.providers.declared import Model, Provider
from mlsig.providers.messages import Message

ASK = Request(provider="local", model="small", messages=(Message("user", "hello"),))
STREAM = [
    {"choices": [{"delta": {"content": "po"}}]},
    {"choices": [{"delta": {"content": "sitive"}}]},
    {"choices": [{"delta": {}, "finish_reason": "stop"}]},
]


def test_a_stream_is_read_as_the_page_reads_it() -> None:
    (block,) = [
        block for block in blocks(ROOT / "docs" / "providers.md") if block.language == "py" and not block.name
    ]
    names: dict[str, Any] = {"aclosing": contextlib.aclosing}
    exec("async def read(client, request):\n" + textwrap.indent(block.text, "    "), names)
    printed = io.StringIO()
    with Misbehaving() as server, contextlib.redirect_stdout(printed):
        server.script(events(*STREAM))
        models = (Model(name="small"),)
        here = Provider(name="local", protocol="openai", base_url=server.url, models=models)

        async def ask() -> None:
            async with Client({"local": here}) as client:
                await names["read"](client, ASK)

        asyncio.run(ask())
    assert printed.getvalue() == "po\nsitive\nstop\n"


def test_no_other_piece_of_python_is_left_out() -> None:
    """Those that are files are written for their page; the readme's is run with the tutorial."""
    left = [
        block.page.name
        for page in PAGES
        for block in blocks(page)
        if block.language == "py" and not block.name
    ]
    assert sorted(left) == ["README.md", "providers.md"]
