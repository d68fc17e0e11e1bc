from __future__ import annotations

import asyncio
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
from mlsig import report
from mlsig.errors import StoreError
from mlsig.evaluation import evaluate
from mlsig.insight import Insights, Share, convergence
from mlsig.providers.messages import Message
from mlsig.report import Details
from mlsig.report.charts import LINES, data, parallel
from mlsig.report.differences import difference
from mlsig.report.markup import script_safe
from mlsig.report.table import changes
from mlsig.report.text import measured, money, prompt_lines, table
from mlsig.simba import Settings
from mlsig.simba.experiment import Experiment, Findings, conduct
from mlsig.store import Store
from simulated import SimulatedLM
from toy import Review, reviews

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"'><svg/onload=alert(1)>",
    "<!-- ${title} $plotly -->",
    "&lt;b&gt; &amp;",
    "\u2028</pre>\u2029",
]


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    experiment = Experiment(
        program=Review,
        train=reviews(60),
        test=reviews(20, start=1_000),
        settings=Settings(budget_calls=120, seed=1),
    )
    with Store(tmp_path_factory.mktemp("report") / "runs.db") as store:
        return asyncio.run(conduct(experiment, SimulatedLM(), store, "new"))


class Page(HTMLParser):
    """The elements and the visible text of a page; every element must be closed."""

    VOID = frozenset({"meta", "br", "img", "link", "input"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        inside = self.open[-1] if self.open else ""
        (self.scripts if inside == "script" else self.texts).append(data)


def test_the_page_holds_what_was_found(findings: Findings) -> None:
    page = Page(report.render(findings))
    assert page.open == []
    text = "".join(page.texts)
    assert str(findings.best.metrics["accuracy"]) in text
    assert str(findings.baseline.metrics["accuracy"]) in text
    assert findings.run in text
    for message in findings.prompt:
        assert message.content in text
    for name, value in findings.config.items():
        assert name in text
        assert str(value) in text
    (chosen,) = [attributes for tag, attributes in page.elements if attributes.get("class") == "chosen"]
    assert chosen
    charts = json.loads(next(script for script in page.scripts if script.startswith("{")))
    assert charts["history"]["calls"] == [point.calls for point in findings.outcome.history]
    assert sum(point["finalist"] for point in charts["front"]["points"]) == len(findings.outcome.finalists)
    assert [line["chosen"] for line in charts["parallel"]["lines"]].count(True) == 1
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {attributes["href"] for tag, attributes in page.elements if tag == "a"}
    assert links == {f"#{one}" for one in ids if str(one).endswith("-section")}


def test_the_page_needs_no_network_and_fits_a_phone_in_the_dark(findings: Findings) -> None:
    page = Page(report.render(findings))
    for tag, attributes in page.elements:
        assert not {"src", "onload", "onerror"} & attributes.keys(), tag
        assert (attributes.get("href") or "#").startswith("#")
    metas = [attributes for tag, attributes in page.elements if tag == "meta"]
    assert any("default-src 'none'" in (meta.get("content") or "") for meta in metas)
    assert any(meta.get("name") == "viewport" for meta in metas)
    assert "prefers-color-scheme: dark" in report.render(findings)


def hostile(findings: Findings, text: str) -> Findings:
    """The findings with the text wherever a user, a model or a data set can put one."""
    outcome = findings.outcome
    body = {**outcome.body, "rules": [text]}
    prompt = tuple(msgspec.structs.replace(message, content=text) for message in findings.prompt)
    measures = tuple(msgspec.structs.replace(measure, name=text) for measure in findings.objectives)
    return msgspec.structs.replace(
        findings,
        run=text,
        program=text,
        prompt=prompt,
        baseline_prompt=prompt,
        objectives=measures,
        config={text: text},
        baseline=msgspec.structs.replace(findings.baseline, metrics={text: findings.baseline.score}),
        best=msgspec.structs.replace(findings.best, metrics={text: findings.best.score}),
        outcome=msgspec.structs.replace(
            outcome,
            body=body,
            best=findings.outcome.best,
            reason=text,
            pool=tuple(
                msgspec.structs.replace(
                    member,
                    strategy=text,
                    body={**member.body, "config": {**member.body["config"], text: text}},
                )
                for member in outcome.pool
            ),
        ),
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_are_shown_and_never_run(findings: Findings, text: str) -> None:
    plain, odd = Page(report.render(findings)), Page(report.render(hostile(findings, text)))
    kinds = {tag for tag, _ in plain.elements} | {"h3", "ul", "li", "ins", "del"}
    assert odd.open == []
    assert {tag for tag, _ in odd.elements} <= kinds
    assert len(odd.scripts) == len(plain.scripts)
    assert text in "".join(odd.texts)
    charts = json.loads(next(script for script in odd.scripts if script.startswith("{")))
    assert charts["front"]["axes"]


@pytest.mark.parametrize("text", HOSTILE)
def test_chart_data_cannot_end_its_script(text: str) -> None:
    safe = script_safe({"a": [text]})
    assert not re.search("[<>&\u2028\u2029]", safe)
    assert json.loads(safe) == {"a": [text]}


def test_the_summary_holds_both_accuracies_and_the_prompt(findings: Findings) -> None:
    text = report.summary(findings)
    assert str(findings.baseline.metrics["accuracy"]) in text
    assert str(findings.best.metrics["accuracy"]) in text
    assert f"{findings.outcome.calls} of 120 calls" in text
    assert "(chosen)" in text
    assert "final prompt" in text
    assert all(line in text for line in findings.prompt[-1].content.splitlines())
    assert f"held-out measurements: {findings.baseline.calls + findings.best.calls} calls" in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_the_summary_says_when_nothing_was_better(findings: Findings) -> None:
    outcome = msgspec.structs.replace(findings.outcome, finalists=(), front=())
    same = msgspec.structs.replace(findings, best=findings.baseline, outcome=outcome, lost=2)
    text = report.summary(same)
    assert "none: the budget left nothing for a comparison" in text
    assert f"held-out measurements: {findings.baseline.calls} calls" in text
    assert "2 evaluations lost to a kill" in text
    assert Page(report.render(same)).open == []


def test_one_measurement_names_its_first_errors() -> None:
    text = measured("Review", evaluate(Review, reviews(20), lm=SimulatedLM()))
    assert "accuracy (wilson)" in text
    assert text.count("example ") == 3
    assert re.search(r"… and \d+ more", text)
    assert "…" not in measured("Review", evaluate(Review, reviews(1), lm=SimulatedLM()))


def test_the_file_is_written_whole_or_not_at_all(findings: Findings, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "report.html"
    report.write(findings, path)
    assert path.read_text(encoding="utf-8") == report.render(findings)
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot write the report"):
        report.write(findings, tmp_path / "file" / "report.html")


def test_without_the_extra_it_says_what_to_install(
    findings: Findings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    with pytest.raises(report.ReportExtraMissing, match=r'pip install "mlsig\[report\]"'):
        report.require_extra()
    with pytest.raises(report.ReportExtraMissing):
        report.render(findings)


def said(*texts: str) -> tuple[Message, ...]:
    return tuple(Message(role="user", content=text) for text in texts)


def test_a_prompts_change_is_shown_line_by_line_and_word_by_word() -> None:
    html = difference(said("Say <what> it is.\nKeep"), said("Say <who> it is.\nKeep\nOne & more"))
    assert '<span class="same">[user]</span>' in html
    assert '<span class="cut">Say &lt;<del>what</del>&gt; it is.</span>' in html
    assert '<span class="add">Say &lt;<ins>who</ins>&gt; it is.</span>' in html
    assert '<span class="same">Keep</span>' in html
    assert '<span class="add">One &amp; more</span>' in html
    assert "<ins>" not in difference(said("abc def"), said("nothing alike, and long"))


def test_a_candidate_says_what_it_changed() -> None:
    parent = {"adapter": "JSON", "demos": 4, "(rules)": 0, "hops": 3}
    assert changes(parent, {"adapter": "Chat", "demos": 4, "(rules)": 1}) == [
        "adapter=Chat",
        "rules 0 → 1",
        "hops not active",
    ]
    assert changes(parent, dict(parent)) == ["other words"]


def test_parallel_coordinates_keep_the_best_and_leave_gaps(findings: Findings) -> None:
    member = findings.outcome.pool[0]
    pool = [
        msgspec.structs.replace(
            member,
            key=f"{number:016x}",
            mean=number / 400,
            count=4,
            body={
                "config": {"mode": "ab"[number % 2], **({"hops": number % 7} if number % 2 else {})},
                "rules": [],
                "demos": [],
            },
        )
        for number in range(LINES + 40)
    ]
    many = msgspec.structs.replace(
        findings, outcome=msgspec.structs.replace(findings.outcome, pool=tuple(pool), best=pool[-1].key)
    )
    found = parallel(many)
    assert len(found["lines"]) == LINES
    assert [axis["name"] for axis in found["axes"]] == ["mode", "hops", "score"]
    last = found["lines"][-1]
    assert (last["chosen"], last["rank"], last["at"][0], last["at"][2]) == (True, 1.0, 1.0, 1.0)
    without = [line for line in found["lines"] if line["at"][0] == 0]
    assert {line["at"][1] for line in without} == {None}
    assert "hops: not active" in without[0]["values"]


def test_a_surrogate_that_knows_little_says_so(findings: Findings) -> None:
    few = report.render(findings, Details(insights=Insights(candidates=3, quality=None)))
    assert "3 candidates are too few" in few
    shares = (Share("demos", 0.75), Share("adapter", 0.25))
    weak = Insights(
        candidates=20, quality=0.1, importance=shares, convergence=convergence(findings.outcome.history[:1])
    )
    page = report.render(findings, Details(insights=weak))
    assert "take this as a hint" in page
    assert "Nothing better than the beginning was found" in page
    assert data(findings, Details(insights=weak))["importance"] == {
        "names": ["demos", "adapter"],
        "values": [0.75, 0.25],
    }


def test_no_prompt_commands_a_terminal() -> None:
    lines = prompt_lines([Message("system", "plain\n\x1b[31m\tred \u202e")])
    assert lines == ["  [system]", "  plain", "  \\x1b[31m\tred \\u202e"]


def test_tables_and_amounts_read_well() -> None:
    assert table([("a", "bb"), ("ccc",)]) == ["  a    bb", "  ccc    "]
    assert [money(amount) for amount in (0.00012, 0.5, 1234.5)] == ["$0.0001", "$0.5000", "$1,234.50"]
    assert [money(amount) for amount in (0.0, 0.0000182, 3e-9)] == ["$0.0000", "$0.000018", "$0.0000000030"]


def test_a_single_objective_is_charted_too(findings: Findings) -> None:
    def first(struct: Any, name: str) -> Any:
        return msgspec.structs.replace(struct, **{name: getattr(struct, name)[:1]})

    outcome = findings.outcome
    outcome = msgspec.structs.replace(
        outcome, finalists=tuple(first(finalist, "measures") for finalist in outcome.finalists)
    )
    assert (
        Page(report.render(msgspec.structs.replace(first(findings, "objectives"), outcome=outcome))).open
        == []
    )
