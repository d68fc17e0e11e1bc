"""The documentation as a site: it builds without a warning; a real browser reads and searches it offline."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import browsing, in_a_browser
from nightly import unmeasured

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.xdist_group("site")  # which is built once
PAGES = ("index", "tutorial", "language", "api", "benchmarks", "guides/from-dspy")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("site")
    command = [
        *(sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going"),
        *("-b", "html", "-d", str(made / "doctrees"), str(ROOT / "docs"), str(made / "pages")),
    ]
    done = subprocess.run(command, cwd=ROOT, env=unmeasured(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return made / "pages"


@pytest.fixture(scope="module")
def browser(site: Path) -> Iterator[Any]:
    with browsing() as browser:
        yield browser


def test_every_page_of_the_documentation_is_in_it(site: Path) -> None:
    pages = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    assert pages == {page for page in pages if (site / page).exists()}
    said = (site / "index.html").read_text(encoding="utf-8")
    assert not [page for page in pages if page.name != "index.html" and page.as_posix() not in said]
    assert "MLS0504" in (site / "errors.html").read_text(encoding="utf-8")
    assert "with_candidate" in (site / "api.html").read_text(encoding="utf-8")


@in_a_browser
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_pages_need_no_network_and_fit(browser: Any, site: Path, scheme: str, width: int) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 844}, offline=True)
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    shades = set()
    for name in PAGES:
        page.goto((site / f"{name}.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        shades.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    context.close()
    assert not [url for url in asked if not url.startswith(("file:", "data:"))]
    assert not said
    (shade,) = shades
    numbers = [int(number) for number in shade.removeprefix("rgb(").removesuffix(")").split(",")]
    assert (sum(numbers) > 600) == (scheme == "light")


@in_a_browser
def test_search_works_offline(browser: Any, site: Path) -> None:
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto((site / "index.html").as_uri())
    page.get_by_placeholder("Search").first.fill("idempotency")
    page.get_by_placeholder("Search").first.press("Enter")
    page.wait_for_selector("ul.search li a", timeout=60_000)
    assert "providers" in page.inner_text("ul.search").lower()
    context.close()
