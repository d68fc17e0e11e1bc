"""The wire formats that llama.cpp speaks, driven against it: a server that is none of ours."""

from __future__ import annotations

import asyncio
import json

import pytest
from mlsig.providers.client import Client
from mlsig.providers.declared import Model, Provider
from mlsig.providers.messages import Message, Reply, Request

pytestmark = pytest.mark.model

SCHEMA = {
    "type": "object",
    "properties": {"mood": {"type": "string", "enum": ["good", "bad"]}},
    "required": ["mood"],
    "additionalProperties": False,
}
ASK = Request(
    provider="local",
    model="gemma-3-270m",
    messages=(Message("system", "Answer in JSON."), Message("user", 'review: a fine film\n{"mood":')),
    temperature=0.0,
    max_tokens=24,
    seed=1,
    schema=SCHEMA,
)


@pytest.mark.parametrize("protocol", ["openai", "openai_responses", "anthropic"])
def test_llama_cpp_answers_whole_and_in_pieces(server: str, protocol: str) -> None:
    provider = Provider(
        name="local", protocol=protocol, base_url=server, models=(Model(name="gemma-3-270m"),)
    )

    async def both() -> tuple[Reply, list[str], Reply]:
        async with Client({"local": provider}) as client:
            whole = await client.complete(ASK)
            *texts, last = [piece async for piece in client.stream(ASK)]
        assert isinstance(last, Reply)
        return whole, [str(text) for text in texts], last

    whole, texts, last = asyncio.run(both())
    for reply in (whole, last):
        assert reply.finish in {"stop", "length"}
        assert reply.input_tokens > 5
        assert 0 < reply.output_tokens <= 24
        assert reply.text
    assert "".join(texts) == last.text
    assert whole.text == last.text
    if protocol == "openai":
        assert json.loads(whole.text)["mood"] in {"good", "bad"}
