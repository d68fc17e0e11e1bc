"""What is logged, and that no key is in it, nor in any error, whatever a server sends."""

from __future__ import annotations

import asyncio
import logging
import secrets
import subprocess
import sys
import traceback
from typing import Any

import pytest
from misbehaving import Misbehaving, answer, body, drip, events, reset, status, truncated
from mlsig.errors import MlsigError, ProviderError
from mlsig.providers.breaker import Circuit
from mlsig.providers.declared import Env
from mlsig.providers.routing import Fallback, Target
from mlsig.providers.transport import Timeouts

from telemetry.asking import ASK, KEY, client, declared, program
from telemetry.stub import GOOD


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    """Everything that is logged, whatever tests before, or libraries that they brought, made of logging."""
    monkeypatch.setattr(logging.root.manager, "disable", logging.NOTSET)
    for name in ("mlsig", "mlsig.providers", "mlsig.telemetry"):
        logger = logging.getLogger(name)
        for attribute, value in {"disabled": False, "propagate": True, "level": logging.NOTSET}.items():
            monkeypatch.setattr(logger, attribute, value)
    caplog.set_level(logging.DEBUG)  # of the root: every library's records too; it forgets what was cached
    return caplog


def ours(heard: pytest.LogCaptureFixture) -> list[str]:
    mine = [one for one in heard.records if one.name.startswith("mlsig")]
    return [f"{one.levelname} {one.name} {one.getMessage()}" for one in mine]


def ask(url: str, **changes: Any) -> Any:
    async def once() -> Any:
        async with client(declared(url, **changes)) as lm:
            return await lm.complete(ASK)

    return asyncio.run(once())


def test_answers_retries_and_failures(server: Misbehaving, heard: pytest.LogCaptureFixture) -> None:
    server.script(status(503, "busy"), answer("fine"), status(400, "no"))
    ask(server.url)
    with pytest.raises(ProviderError):
        ask(server.url)
    retry, answered, failed = ours(heard)
    assert retry.startswith(
        "INFO mlsig.providers local/small: attempt 1 failed (ProviderBusy: local: failed with status 503: "
        "busy); again in 0.00 s"
    )
    assert answered.startswith("DEBUG mlsig.providers local/small: answered in 0.")
    assert answered.endswith(" s, 1000 + 500 tokens, $0.004000, stop")
    assert failed == (
        "DEBUG mlsig.providers local/small: failed: RequestRejected: local: failed with status 400: no"
    )


def test_streams_log_the_same(server: Misbehaving, heard: pytest.LogCaptureFixture) -> None:
    piece = {"choices": [{"index": 0, "delta": {"content": "fine"}, "finish_reason": "stop"}]}
    server.script(status(500), events(piece))

    async def read() -> None:
        async with client(declared(server.url)) as lm:
            async for _ in lm.stream(ASK):
                pass

    asyncio.run(read())
    assert [line.partition(":")[0] for line in ours(heard)] == [
        "INFO mlsig.providers local/small",
        "DEBUG mlsig.providers local/small",
    ]


def test_a_circuit_that_opens_and_a_fallback_are_warnings(
    server: Misbehaving, heard: pytest.LogCaptureFixture
) -> None:
    server.script(status(500))
    circuit = Circuit(failures=2, rest=60)

    async def call() -> None:
        async with client(declared(server.url), circuit=circuit) as lm:
            for _ in range(2):
                with pytest.raises(ProviderError):
                    await Fallback(lm, Target("local", "other")).complete(ASK)

    asyncio.run(call())
    warnings = [line for line in ours(heard) if line.startswith("WARNING")]
    assert warnings[:2] == [
        "WARNING mlsig.providers local: failed so often in a row that it is left alone for a while",
        "WARNING mlsig.providers local/small failed (CircuitOpen)",
    ]
    assert sum("left alone" in line for line in warnings) == 1


def everything(error: BaseException | None, seen: set[int]) -> str:
    """All that a log or a debugger would print of an error, and of those that it came from."""
    if error is None or id(error) in seen:
        return ""
    seen.add(id(error))
    own = [repr(error), str(error), repr(vars(error)), *getattr(error, "__notes__", [])]
    own += traceback.format_exception(error)
    return "\n".join([*own, everything(error.__cause__, seen), everything(error.__context__, seen)])


SECRET_BODY = f'{{"error": {{"message": "key {KEY} is bad", "code": "{KEY}"}}}}'.encode()
REPLIES: dict[str, Any] = {
    "answered": answer(KEY),
    "429": body(SECRET_BODY, status=429, x_request_id=KEY),
    "400": body(SECRET_BODY, status=400),
    "401": body(SECRET_BODY, status=401),
    "redirect": body(b"", status=302, location=f"https://example.com/?key={KEY}"),
    "html": body(f"<html>{KEY}</html>".encode(), status=502, content_type=f"text/html; k={KEY}"),
    "no answer": body(f'{{"hello": "{KEY}"}}'.encode(), content_type=f"text/{KEY}"),
    "not JSON": body(KEY.encode()),
    "truncated": truncated,
    "reset": reset,
    "drip": drip,
}


@pytest.mark.parametrize("name", REPLIES)
@pytest.mark.parametrize("protocol", ["openai", "anthropic", "google"])
def test_no_key_in_any_record_or_error(
    server: Misbehaving,
    heard: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    protocol: str,
    name: str,
) -> None:
    """The key goes out with the request, the server sends it back in all places, and everybody logs."""
    monkeypatch.setenv("SOME_KEY", KEY)
    server.script(REPLIES[name])
    said = ""

    async def call(lm: Any) -> None:
        async for _ in lm.stream(ASK):
            pass

    async def both() -> str:
        said = ""
        timeouts = Timeouts(read=0.2, total=0.3)
        async with client(
            declared(server.url, protocol=protocol, key=Env("SOME_KEY")), timeouts=timeouts
        ) as lm:
            for work in (lm.complete(ASK), call(lm)):
                try:
                    await work
                except MlsigError as error:
                    said += everything(error, set())
            return said + repr(lm) + repr(vars(lm))

    said = asyncio.run(both(), debug=False)
    assert KEY in str(server.requests[0].headers)
    logged = "\n".join(
        logging.Formatter("%(name)s %(message)s %(exc_text)s").format(one) for one in heard.records
    )
    assert KEY not in said + logged
    assert heard.records


def test_no_key_in_the_errors_of_programs(
    server: Misbehaving, heard: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", KEY)
    server.script(body(SECRET_BODY, status=401))
    served = program(server.url, key=Env("SOME_KEY"))
    with pytest.raises(MlsigError) as caught:
        served(review="words")
    logged = "\n".join(one.getMessage() for one in heard.records)
    assert KEY in str(server.requests[0].headers)
    assert KEY not in everything(caught.value, set()) + logged + repr(served) + repr(served.providers)


@pytest.mark.parametrize(
    "url",
    [f"https://user:{KEY}@127.0.0.1:1/v1", f"http://{KEY}@127.0.0.1:1/v1", f"ftp://127.0.0.1/v1?key={KEY}"],
)
def test_no_secret_of_an_address(url: str, heard: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ProviderError) as caught:
        ask(url)
    assert KEY not in everything(caught.value, set()) + "".join(one.getMessage() for one in heard.records)


def test_a_query_in_the_address_is_not_logged(server: Misbehaving, heard: pytest.LogCaptureFixture) -> None:
    """httpx would write every URL at INFO, and aiohttp does not."""
    ask(f"{server.url}?key={KEY}")
    assert KEY in server.requests[0].path
    assert KEY not in "".join(one.getMessage() for one in heard.records)


def test_nothing_is_printed_by_whoever_does_not_ask_for_logs() -> None:
    code = f"""\
import sys; sys.path[:0] = {sys.path!r}
from mlsig.telemetry.calls import log
log.warning("hidden")
import logging
logging.basicConfig(level=logging.INFO, format="%(name)s %(message)s")
log.warning("shown")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "mlsig.providers shown\n"


def test_no_prompt_and_no_answer_is_logged(server: Misbehaving, heard: pytest.LogCaptureFixture) -> None:
    asked, added = secrets.token_hex(8), secrets.token_hex(8)  # in no record of anybody else
    server.script(answer(f"{GOOD}\n{added}"))
    asyncio.run(program(server.url).acall(review=asked))
    assert asked in str(server.requests[0].body)
    assert ours(heard)
    logged = "".join(one.getMessage() for one in heard.records)
    assert asked not in logged
    assert added not in logged
