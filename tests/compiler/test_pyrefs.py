"""`--resolve-python`: whether what `python(…)` names is there, without running anything of the user's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from mlsig_compiler.cli import FINDINGS, OK, main
from mlsig_compiler.diagnostics import Diagnostic
from mlsig_compiler.findings.fixes import applied
from mlsig_compiler.front import analyse_all
from mlsig_compiler.pyrefs import Modules, resolve
from mlsig_compiler.source import Source

MODULE = '''
"""Everything that a module can define."""
raise SystemExit("this must never run")
import os.path as paths, json
import shop.till
from shop import till, price
from shop.till import Till as Counter
from .beside import neighbour

def plain(): ...
async def waiting(): ...
class Tool:
    def call(self): ...
    class Inner:
        value = 1
class Heir(Tool): ...
constant: int = 1
first, (second, *rest) = 1, (2, 3)
if constant:
    branch = 1
else:
    other = 2
try:
    tried = 1
except ImportError:
    caught = 2
finally:
    last = 3
with open("x") as opened:
    within = 1
for item in []:
    pass
match constant:
    case 1:
        matched = 1
if (walrus := 2):
    pass
'''


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Some Python modules in the working folder."""
    files = {
        "everything.py": MODULE,
        "beside.py": "def neighbour(): ...\n",
        "anything.py": "def __getattr__(name): ...\n",
        "star.py": "from json import *\n",
        "dynamic.py": "globals()['x'] = 1\n",
        "broken.py": "def (:\n",
        "shop/__init__.py": "from .till import total\nfrom shop import inner_name\n",
        "shop/till.py": "def total(): ...\nclass Till:\n    def ring(self): ...\n",
        "shop/price.py": "def of(): ...\n",
        "round_a.py": "from round_b import x\n",
        "round_b.py": "from round_a import x\n",
        "space/deep.py": "def found(): ...\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(reference: str, **elsewhere: str) -> list[Diagnostic]:
    tool = f'tool t(a: str) -> str = python("{reference}")'
    sources = [
        Source(Path(f"{name}.mlsig"), name, text) for name, text in {"case": tool, **elsewhere}.items()
    ]
    analysis = analyse_all(sources, lambda _: None)
    assert analysis.errors == 0
    resolve(analysis, [])
    return list(analysis)


@pytest.mark.parametrize(
    "reference",
    [
        *(f"everything:{name}" for name in ("plain", "waiting", "Tool", "Tool.call", "Tool.Inner.value")),
        *(f"everything:{name}" for name in ("constant", "constant.anything", "first", "second", "rest")),
        *(f"everything:{name}" for name in ("branch", "other", "tried", "caught", "last", "opened")),
        *(
            f"everything:{name}"
            for name in ("within", "item", "matched", "walrus", "json.loads", "paths.join")
        ),
        *(f"everything:{name}" for name in ("till.total", "price.of", "Counter.ring", "shop.total")),
        "everything:Heir.inherited",
        "everything:neighbour",
        "anything:whatever",
        "star:loads",
        "dynamic:x",
        "broken:whatever",
        "shop:total",
        "shop:inner_name",
        "shop.till:Till.ring",
        "space.deep:found",
        "round_a:x",
        "json:loads",
        "json.decoder:JSONDecoder.decode",
        "sys:exit",
        "os.path:join",
        "math:sqrt",
        "pytest:fixture",
    ],
)
@pytest.mark.usefixtures("modules")
def test_what_is_there(reference: str) -> None:
    assert found(reference) == []


@pytest.mark.parametrize(
    ("reference", "code", "message", "help"),
    [
        ("everythin:plain", "MLS0330", "there is no Python module `everythin`", "did you mean `everything`?"),
        (
            "shop.tills:total",
            "MLS0330",
            "there is no Python module `shop.tills`",
            "did you mean `shop.till`?",
        ),
        ("shpo.till:total", "MLS0330", "there is no Python module `shpo.till`", "did you mean `shop.till`?"),
        ("nowhere.at.all:x", "MLS0330", "there is no Python module `nowhere.at.all`", ""),
        ("beside.inner:x", "MLS0330", "there is no Python module `beside.inner`", ""),
        ("everything:plian", "MLS0331", "`everything` defines no `plian`", "did you mean `plain`?"),
        ("everything:Tool.cal", "MLS0331", "`Tool` defines no `cal`", "did you mean `call`?"),
        ("everything:till.totl", "MLS0331", "`till` defines no `totl`", "did you mean `total`?"),
        ("everything:json.lodas", "MLS0331", "`json` defines no `lodas`", "did you mean `loads`?"),
        ("beside:zzz", "MLS0331", "`beside` defines no `zzz`", "it has `neighbour`"),
        ("space:found", "MLS0331", "`space` defines no `found`", ""),
        (
            "shop:price.of",
            "MLS0331",
            "`shop` defines no `price`",
            'it is a module: write `python("shop.price:of")`',
        ),
    ],
)
@pytest.mark.usefixtures("modules")
def test_what_is_not_there(reference: str, code: str, message: str, help: str) -> None:
    (problem,) = found(reference)
    assert (problem.code, problem.message, problem.help) == (code, message, help)
    assert problem.source.text[problem.span.start : problem.span.end] == f'"{reference}"'


@pytest.mark.parametrize(
    ("reference", "fixed"),
    [
        ("everything:Tool.cal", "everything:Tool.call"),
        ("shpo.till:total", "shop.till:total"),
        ("shop:price.of", "shop.price:of"),
    ],
)
@pytest.mark.usefixtures("modules")
def test_a_near_name_is_a_fix(reference: str, fixed: str) -> None:
    (problem,) = found(reference)
    assert problem.fix is not None
    assert applied(problem.source.text, [problem.fix])[0].endswith(f'python("{fixed}")')


@pytest.mark.usefixtures("modules")
def test_references_are_found_wherever_they_stand() -> None:
    text = """
    schema A { x: str  transform python("gone:a") }
    signature S { input a: str  output b: str }
    space T { var n: int  var provider: provider(p)  var model: model(provider) }
    provider p { protocol: openai  base_url: "http://h/v1"  model "m" {} }
    program P { signature: S  space: T  metric m = python("gone:b")  maximize m }
    """
    assert [one.code for one in found("everything:plain", other=text)] == ["MLS0330", "MLS0330"]


@pytest.mark.usefixtures("modules")
def test_what_another_file_declares_is_reported_there() -> None:
    base = 'schema A { x: str  transform python("gone:a") }'
    heir = "from base import A\nschema B extends A { y: str }"
    (problem,) = found("everything:plain", heir=heir, base=base)
    assert problem.source.module == "base"


@pytest.mark.usefixtures("modules")
def test_a_module_in_a_folder_that_cannot_be_read() -> None:
    assert Modules(["/nowhere/at/all", ""]).near("shp") == "shop"


def test_the_commands_look_beside_the_source_roots(
    modules: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (modules / "schemas").mkdir()
    (modules / "schemas" / "a.mlsig").write_text('tool t(a: str) -> str = python("beside:neighbour")\n')
    (modules / "elsewhere").mkdir()
    monkeypatch.chdir(modules / "elsewhere")
    assert main(["check", "../schemas", "--resolve-python"]) == OK
    (modules / "schemas" / "a.mlsig").write_text('tool t(a: str) -> str = python("beside:neighbor")\n')
    assert main(["check", "../schemas"]) == OK
    capsys.readouterr()
    assert main(["check", "../schemas", "--resolve-python", "--output-format", "concise"]) == FINDINGS
    assert "MLS0331" in capsys.readouterr().out
    (modules / "schemas" / "a.mlsig").write_text('tool t(a: str) -> str = python("besides:neighbor")\n')
    assert main(["check", "../schemas", "--resolve-python", "--output-format", "concise"]) == FINDINGS
    assert "MLS0330" in capsys.readouterr().out
    assert "everything" not in sys.modules
