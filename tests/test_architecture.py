"""The shape of the code, held to what docs/architecture.md says of it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
COMPILER = ROOT / "compiler" / "mlsig_compiler"
RUNTIME = ROOT / "runtime" / "mlsig"

# Left to right; a stage imports only what stands to its left.
STAGES = (
    "source",
    "diagnostics",
    "syntax",
    "parse",
    "model",
    "resolve",
    "check",
    "plan",
    "emit",
    "write",
    "pipeline",
    "cli",
)


def imports(path: Path) -> set[str]:
    """Return the modules that a file imports, type-checking imports included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def stage_of(path: Path) -> str:
    return path.relative_to(COMPILER).parts[0].removesuffix(".py")


def stage_files() -> list[Path]:
    return [path for path in sorted(COMPILER.rglob("*.py")) if stage_of(path) in STAGES]


@pytest.mark.parametrize("path", stage_files(), ids=lambda path: str(path.relative_to(COMPILER)))
def test_stages_import_only_what_stands_to_their_left(path: Path) -> None:
    own = STAGES.index(stage_of(path))
    imported = {name.split(".")[1] for name in imports(path) if name.startswith("mlsig_compiler.")}
    to_the_right = {name for name in imported if name in STAGES and STAGES.index(name) > own}
    assert not to_the_right


def test_every_stage_exists() -> None:
    found = {stage_of(path) for path in stage_files()}
    assert found == set(STAGES)


@pytest.mark.parametrize(
    "path", sorted(RUNTIME.rglob("*.py")), ids=lambda path: str(path.relative_to(RUNTIME))
)
def test_the_runtime_knows_nothing_of_the_compiler(path: Path) -> None:
    roots = {name.split(".")[0] for name in imports(path)}
    assert not roots & {"lark", "jinja2", "mlsig_compiler"}


def test_one_function_asks_for_the_compiler_by_name() -> None:
    """It does when a schema is created, or a `.mlsig` file imported: compiled modules need no compiler."""
    asking = [
        path
        for path in RUNTIME.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and str(node.value).startswith("mlsig_compiler")
    ]
    assert asking == [RUNTIME / "compiler.py"]


@pytest.mark.parametrize(
    "path", sorted(RUNTIME.rglob("*.py")), ids=lambda path: str(path.relative_to(RUNTIME))
)
def test_pydantic_is_known_where_it_asks(path: Path) -> None:
    knows = {name.split(".")[0] for name in imports(path)} & {"pydantic", "pydantic_core"}
    asked = {"records/pydantic.py", "records/pydantic_types.py", "spaces/pydantic.py"}
    assert not knows or path.relative_to(RUNTIME).as_posix() in asked


@pytest.mark.parametrize(
    "path", sorted(RUNTIME.rglob("*.py")), ids=lambda path: str(path.relative_to(RUNTIME))
)
def test_one_module_knows_the_http_client(path: Path) -> None:
    knows = {name.split(".")[0] for name in imports(path)} & {"httpx", "httpx_aiohttp", "aiohttp"}
    assert not knows or path.name == "transport.py"


def test_one_folder_knows_the_server() -> None:
    server = {"starlette", "uvicorn", "prometheus_client"}
    files = [*COMPILER.rglob("*.py"), *RUNTIME.rglob("*.py")]
    knowing = {path.parent for path in files if {name.split(".")[0] for name in imports(path)} & server}
    assert knowing == {RUNTIME / "serving"}


@pytest.mark.parametrize(
    "path", sorted(RUNTIME.rglob("*.py")), ids=lambda path: str(path.relative_to(RUNTIME))
)
def test_one_module_knows_opentelemetry(path: Path) -> None:
    """Others name its types only, for type checkers."""
    knows = {name.split(".")[0] for name in imports(path)} & {"opentelemetry"}
    assert not knows or path.relative_to(RUNTIME).as_posix() in {"telemetry/otel.py", "telemetry/__init__.py"}


@pytest.mark.parametrize(
    "path", sorted([*COMPILER.rglob("*.py"), *RUNTIME.rglob("*.py")]), ids=lambda path: path.name
)
def test_nothing_unpickles_evaluates_or_shells_out(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"eval", "exec"}
    assert not {name.split(".")[0] for name in imports(path)} & {"pickle", "marshal", "shelve", "dill"}
    keywords = {
        keyword.arg for node in ast.walk(tree) if isinstance(node, ast.Call) for keyword in node.keywords
    }
    assert "shell" not in keywords


HEAVY = (
    "numpy",
    "httpx",
    "aiohttp",
    "sqlalchemy",
    "rich",
    "lark",
    "jinja2",
    "pydantic",
    "plotly",
    "opentelemetry",
    "mcp",
    "pydantic_monty",
    "pyarrow",
    "starlette",
    "uvicorn",
    "prometheus_client",
    "pebble",
    "sklearn",
    "distributed",
    "ray",
    "mlsig_compiler",
)


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import mlsig", (*HEAVY, "msgspec", "asyncio")),
        ("import mlsig; mlsig.Orchestrator", HEAVY),
        ("import sentiment", HEAVY),
        ("import mlsig_compiler.cli", ("lark", "jinja2", "pydantic", "msgspec", "rich", "sqlalchemy")),
    ],
)
def test_imports_stay_light(statement: str, unwanted: tuple[str, ...]) -> None:
    code = f"import sys; {statement}; print(*sys.modules)"
    paths = [COMPILER.parent, RUNTIME.parent, ROOT / "examples" / "sentiment" / "generated"]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {[str(path) for path in paths]!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not set(unwanted) & set(done.stdout.split())
