"""The report in a real browser, without a network: light and dark, wide and on a phone, with filters."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from browsing import browsing, in_a_browser
from mlsig import report
from mlsig.providers.messages import Reply, Request
from mlsig.simba import Settings
from mlsig.simba.experiment import Experiment, Findings, conduct
from mlsig.store import Store
from simulated import SimulatedLM
from toy import Review, reviews

LOOKS = {
    "report": (("light", 1280), ("dark", 1280), ("light", 390)),
    "hurtful": (("light", 390),),
    "fed": (("dark", 390),),
}
HOSTILE = "</script><script>window.hurt = 1</script><img src=x onerror='window.hurt = 1'>${title}"

pytestmark = [in_a_browser, pytest.mark.xdist_group("report")]  # one browser and one run for all


class Hostile(SimulatedLM):
    """Gives hostile advice, and sometimes a hostile answer, which cannot be read."""

    async def complete(self, request: Request) -> Reply:
        reply = await super().complete(request)
        asked = request.messages[-1].content
        advice = "Write one short general rule" in asked or "Write a new instruction" in asked
        hostile = advice or (request.seed or 0) % 9 == 0
        return msgspec.structs.replace(reply, text=HOSTILE) if hostile else reply


class Seen:
    """A browser, and all that its pages complained of or asked for."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser
        self.said: list[str] = []
        self.asked: list[str] = []

    def open(self, file: Path, scheme: str = "light", width: int = 1280) -> Any:
        context = self.browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 844}, offline=True
        )
        page = context.new_page()
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto(file.as_uri())
        page.wait_for_selector("#importance .bars .point", state="attached", timeout=60_000)
        return page


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report of a run, the same with hostile texts wherever there may be one, and one of hostile data."""
    folder = tmp_path_factory.mktemp("browser")
    experiment = Experiment(
        program=Review,
        train=reviews(60),
        test=reviews(20, start=1_000),
        settings=Settings(budget_calls=260, seed=2, earned=True),
    )
    with Store(folder / "runs.db") as store:
        findings = asyncio.run(conduct(experiment, SimulatedLM(), store, "new"))
        details = report.details(findings, store)
    report.write(findings, folder / "report.html", details)
    report.write(hurtful(findings), folder / "hurtful.html", details)
    fed = Experiment(
        program=Review,
        train=[spoilt(one) for one in reviews(60)],
        test=[spoilt(one) for one in reviews(20, start=1_000)],
        settings=Settings(budget_calls=260, seed=2, earned=True),
    )
    with Store(folder / "fed.db") as store:
        findings = asyncio.run(conduct(fed, Hostile(), store, "new"))
        report.write(findings, folder / "fed.html", report.details(findings, store))
    assert HOSTILE in str(findings.outcome.pool)
    return {name: folder / f"{name}.html" for name in LOOKS}


@pytest.fixture(scope="module")
def seen(files: dict[str, Path]) -> Iterator[Seen]:
    # After the files: while it is open, an event loop runs in this thread.
    with browsing() as browser:
        yield Seen(browser)


def spoilt(example: Any) -> Any:
    return Review.signature.example(
        {**example.expected.to_dict(), "review": f"{example.inputs.review} {HOSTILE}"}
    )


def hurtful(findings: Findings) -> Findings:
    outcome = findings.outcome
    prompt = tuple(msgspec.structs.replace(message, content=HOSTILE * 9) for message in findings.prompt)
    pool = tuple(
        msgspec.structs.replace(
            member,
            strategy=HOSTILE,
            body={
                **member.body,
                "rules": [HOSTILE],
                "config": {**member.body["config"], HOSTILE: member.key},
            },
        )
        for member in outcome.pool
    )
    return msgspec.structs.replace(
        findings,
        program=HOSTILE,
        prompt=prompt,
        config={HOSTILE: HOSTILE},
        objectives=tuple(
            msgspec.structs.replace(one, name=f"{one.name} {HOSTILE}") for one in findings.objectives
        ),
        outcome=msgspec.structs.replace(outcome, pool=pool, body={**outcome.body, "rules": [HOSTILE]}),
    )


def until(page: Any, expression: str) -> None:
    """Wait until something is true; the page itself may evaluate nothing."""
    for _ in range(1_200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"not so after a minute: {expression}")


def paint(page: Any, what: str) -> str:
    found: str = page.evaluate(f"getComputedStyle(document.querySelector({what!r})).backgroundColor")
    return found


def least(page: Any, score: float) -> None:
    """Move the slider."""
    page.eval_on_selector(
        "#filter-least",
        "(slider, score) => { slider.value = score; slider.dispatchEvent(new Event('input')); }",
        score,
    )


def test_it_reads_well_in_the_light_in_the_dark_and_on_a_phone(seen: Seen, files: dict[str, Path]) -> None:
    pages: dict[str, Path] = files
    body: dict[str, str] = {}
    for name, file in pages.items():
        for scheme, width in LOOKS[name]:
            page = seen.open(file, scheme, width)
            assert page.evaluate("document.documentElement.scrollWidth") == width, (name, width)
            for chart in ("history", "front", "parallel", "importance"):
                assert page.locator(f"#{chart} .trace").count() > 0
            assert page.evaluate("window.hurt") is None
            body[scheme] = paint(page, "body")
            ink = page.evaluate("getComputedStyle(document.querySelector('#history .xtick text')).fill")
            assert ink == page.evaluate(
                "(() => { const one = document.createElement('i'); one.style.color = 'var(--muted)';"
                "document.body.append(one); return getComputedStyle(one).color; })()"
            )
            page.context.close()
    assert body["light"] != body["dark"]
    assert seen.said == []
    assert {url.split(":")[0] for url in seen.asked} == {"file"}
    assert len(seen.asked) == 5


def test_charts_follow_a_change_of_scheme(seen: Seen, files: dict[str, Path]) -> None:
    page = seen.open(files["report"])
    ink = "getComputedStyle(document.querySelector('#history .xtick text')).fill"
    before = page.evaluate(ink)
    page.emulate_media(color_scheme="dark")
    until(page, f"{ink} !== '{before}'")
    page.context.close()


def test_filters_sorting_and_axes_work(seen: Seen, files: dict[str, Path]) -> None:
    page = seen.open(files["report"])
    rows = page.locator("#candidates tbody tr:visible")
    whole = rows.count()
    count = page.locator("#filter-count")
    assert count.inner_text() == f"{whole} of {whole} candidates"
    page.check("#filter-finalists")
    finalists = rows.count()
    assert 1 <= finalists < whole
    page.uncheck("#filter-finalists")
    page.select_option("#filter-made", "append_demo")
    made = rows.count()
    assert 1 <= made < whole
    assert all(
        "append_demo" in text
        for text in page.locator("#candidates tbody tr:visible td:nth-child(2)").all_inner_texts()
    )
    page.fill("#filter-text", "no such thing")
    assert rows.count() == 0
    assert count.inner_text() == f"0 of {whole} candidates"
    page.fill("#filter-text", "")
    page.select_option("#filter-made", "")
    least(page, 1)
    assert rows.count() < whole
    least(page, 0)
    assert rows.count() == whole
    page.click("#candidates th:nth-child(5) button")
    scores = [
        float(one)
        for one in page.eval_on_selector_all(
            "#candidates tbody td:nth-child(5)", "cells => cells.map(cell => cell.dataset.value || '-1')"
        )
    ]
    assert scores == sorted(scores, reverse=True)
    page.click("#candidates th:nth-child(5) button")
    assert page.get_attribute("#candidates th:nth-child(5)", "aria-sort") == "ascending"
    title = "document.querySelector('#front .xtitle').textContent"
    before = page.evaluate(title)
    page.select_option("#front-x", "2")
    until(page, f"{title} !== {before!r}")
    page.context.close()
