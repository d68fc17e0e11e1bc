"""`mlsig graph` and `mlsig doc`: what is drawn, and that no text of a file is more than text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from browsing import browsing, in_a_browser
from hypothesis import given, settings
from hypothesis import strategies as st
from in_process import Shell
from mlsig_compiler.picturing.graph import Arrow, Box, Graph
from mlsig_compiler.picturing.svg import svg
from mlsig_compiler.picturing.writing import dot, mermaid

SOURCE = '''\
enum Verdict { yes, no }

schema Passage "a part of a text, </script><b>bold</b>" {
  text: str
  inner: Passage?
  verdict: Verdict = yes
}

signature Judge {
  """Say whether it holds."""
  input  passages: list[Passage]
  input  sure: bool = false
  output verdict: Verdict        "what follows & why"
}

space Tuning {
  var layout: choice("block", "turns") = "turns"
  var demos: int(0..4) = 2 {
    when layout == "block": (0..2) = 1
    else: (0..4) = 2
  }
  constraint room: demos <= 3 or layout == "turns"  "there is no room"
}

pipeline Twice(passages: list[Passage]) -> Judge {
  first = Judge(passages=passages) retry 1 timeout 5s
  sure = first.verdict == Verdict.yes
  return Judge(passages=passages, sure=sure)
}
'''


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    made = Shell(tmp_path_factory.mktemp("pictures"))
    (made.folder / "judge.mlsig").write_text(SOURCE, encoding="utf-8")
    return made


def drawn(shell: Shell, *words: str) -> str:
    done = shell("graph", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_types_hold_one_another(shell: Shell) -> None:
    lines = drawn(shell, "judge.mlsig").splitlines()
    boxes = [line for line in lines if '["' in line]
    keys = {re.sub(r'.*\["(\w+ \w+).*', r"\1", line): line.split("[")[0].strip() for line in boxes}
    assert set(keys) == {"enum Verdict", "schema Passage", "signature Judge"}
    passage = keys["schema Passage"]
    assert f'  {keys["signature Judge"]} -->|"passages"| {passage}' in lines
    assert f'  {passage} -->|"inner"| {passage}' in lines


def test_a_pipeline_is_its_steps_and_a_space_its_conditions(shell: Shell) -> None:
    flow = drawn(shell, "judge.mlsig:Twice", "--format", "dot")
    assert 'label="first\\nJudge\\nretry 1\\ntimeout 5 s"' in flow
    assert flow.count("->") == 4
    conditions = drawn(shell, "judge.mlsig:Tuning")
    assert "constraint" in conditions
    assert conditions.count("-->") == 3


def test_a_picture_is_svg_whose_boxes_do_not_lie_on_one_another(shell: Shell) -> None:
    root = ET.fromstring(drawn(shell, "judge.mlsig:Twice", "--format", "svg"))
    boxes = [
        tuple(float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        for rect in root.iter("{http://www.w3.org/2000/svg}rect")
    ]
    assert len(boxes) == 4
    for number, (x, y, width, height) in enumerate(boxes):
        for left, top, wide, high in boxes[number + 1 :]:
            assert x + width <= left or left + wide <= x or y + height <= top or top + high <= y


def test_what_is_not_there_is_said(shell: Shell) -> None:
    done = shell("graph", "judge.mlsig:Tunings")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean `Tuning`?" in done.stderr
    assert shell("graph", "none.mlsig").returncode == 2
    (shell.folder / "wrong.mlsig").write_text("schema A { a: string }\n", encoding="utf-8")
    assert "MLS0301" in shell("graph", "wrong.mlsig").stdout
    assert shell("doc", "wrong.mlsig").returncode == 1
    assert "set `src`" in shell("doc").stderr


LABELS = st.text(max_size=12)
BOXES = st.tuples(LABELS, st.tuples(LABELS), st.booleans())
GRAPHS = st.lists(LABELS, min_size=1, max_size=5, unique=True).flatmap(
    lambda names: st.builds(
        Graph,
        st.just("any"),
        st.tuples(
            *(st.builds(Box, st.just(name), LABELS, st.tuples(LABELS), st.booleans()) for name in names)
        ),
        st.lists(st.builds(Arrow, st.sampled_from(names), st.sampled_from(names), LABELS), max_size=5).map(
            tuple
        ),
    )
)


@settings(max_examples=25)
@given(GRAPHS)
def test_texts_stay_texts(graph: Graph) -> None:
    for line in mermaid(graph).splitlines()[1:]:
        labels = re.findall(r'"([^"]*)"', line)
        assert len(labels) <= 1
        assert not any(set(label.replace("<br>", "")) & set('<>"[]|{}') for label in labels)
    assert len(mermaid(graph).splitlines()) == 1 + len(graph.boxes) + len(graph.arrows)
    assert not re.search(r'(?<!\\)(?:\\\\)*"[^];,\n {]', re.sub(r'"(?:[^"\\]|\\.)*"', "", dot(graph)))
    drawing = svg(graph)
    parsed = HTMLParser()
    tags: list[str] = []
    parsed.handle_starttag = lambda tag, attrs: tags.append(tag)  # type: ignore[method-assign]
    parsed.feed(drawing)
    assert {*tags} <= {"svg", "title", "style", "defs", "marker", "path", "g", "rect", "text"}
    assert tags.count("rect") == len(graph.boxes)


@pytest.fixture(scope="module")
def page(shell: Shell) -> Path:
    done = shell("doc", "judge.mlsig", "--out", "made/judge.html", "--title", "Judges")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == "wrote made/judge.html\n"
    return Path(shell.folder / "made" / "judge.html")


def test_the_page_has_every_declaration_and_no_text_of_the_file_is_html(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for name in ("Verdict", "Passage", "Judge", "Tuning", "Twice"):
        assert f'id="judge.{name}"' in text
    assert "&lt;/script&gt;&lt;b&gt;bold&lt;/b&gt;" in text
    assert "<b>" not in text
    assert "what follows &amp; why" in text
    assert "8 configurations" in text


@pytest.fixture(scope="module")
def browser(page: Path) -> Iterator[Any]:
    with browsing() as browser:
        yield browser


@in_a_browser
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_a_browser_shows_and_filters_it(browser: Any, page: Path, scheme: str, width: int) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 844}, offline=True)
    tab = context.new_page()
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(page.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.locator("section:visible").count() == 5
    tab.fill("#filter", "whether it holds")
    assert tab.locator("section:visible h3").all_inner_texts() == ["signature Judge"]
    context.close()
    assert not said
