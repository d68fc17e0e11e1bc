"""The text of a large module, cut into sections that are made when they are first asked for.

    if TYPE_CHECKING or "Step7" in _wanted:

        class Step7(Signature):

`mlsig.sections` says how that runs. A section is a declaration with all that is bound for it; it names the
sections that its text names.
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from textwrap import fill, indent
from typing import Final

from mlsig_compiler.bugs import InternalError
from mlsig_compiler.inspection import BETWEEN
from mlsig_compiler.literals import literal

MANY: Final = 100
"""A module of at least so many exported declarations is cut: making that many takes 30 ms."""

# Of a module that is cut: `from __future__ import annotations` leaves its name there as well.
_OWN: Final = frozenset({"TYPE_CHECKING", "annotations", "_sections", "_wanted"})
_CLASS: Final = re.compile(r"class ([A-Za-z_][A-Za-z0-9_]*)[(:]")
_MARGIN: Final = re.compile(r"\n(?=[^\s)\]}])")
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STRING: Final = re.compile(
    r'''(?<![A-Za-z0-9_])(?:"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')'''
)
_WIDTH: Final = 88
LONGEST: Final = 110
"""What a line may have, in characters, in generated modules."""

_LONG: Final = re.compile(rf'^(?=.{{{LONGEST + 1},}}$)( *)"""[^"].*"""$', re.MULTILINE)
_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")
_PLACES: Final = frozenset({",", "if", "else", "and", "or"})
_LONGER: Final = re.compile(rf"^.{{{LONGEST + 1},}}$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SectionUnit:
    """A section, for `sections.py.j2`: its name as a literal, and whether a line stays free before it."""

    key: str
    text: str
    spaced: bool


@dataclass(frozen=True, slots=True)
class SectionsUnit:
    """A module in sections, for `sections.py.j2`."""

    head: str
    gencode: str
    require: str
    needs: tuple[str, ...]
    imports: str
    exports: str
    sections: tuple[SectionUnit, ...]


@dataclass(slots=True)
class _Section:
    name: str
    text: str
    spaced: bool
    bound: set[str]


def sectioned(text: str) -> SectionsUnit | None:
    """Return the parts of a module's text; None where it cannot be cut."""
    head: list[str] = text.split("\n", 2)[:2]
    imports: list[tuple[str, str]] = []
    exports = require = ""
    sections: list[_Section] = []
    for statement, said in _statements(text):
        if isinstance(statement, str):
            sections.append(_Section(statement, said, True, {statement}))
        elif isinstance(statement, ast.If):
            return None  # what is imported from other files goes by the module's name
        elif isinstance(statement, ast.ImportFrom) and statement.module != "__future__":
            imports.append((statement.module or "", said))
        elif isinstance(statement, ast.ImportFrom):
            head += ["", said]
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            require = said
        elif isinstance(statement, ast.Expr) and not sections:
            head.append(said)
        elif isinstance(statement, ast.Expr):
            sections[-1].text += f"\n{said}"  # the docstring of what stands before it
        elif (names := _bound(statement)) == {"__all__"}:
            exports = said
        else:
            sections.append(_Section(min(names), said, isinstance(statement, ast.ClassDef), names))
    homes = {name: section for section in sections for name in section.bound}
    if _OWN & homes.keys() or any("TYPE_CHECKING" in said for _, said in imports):
        return None
    units = tuple(SectionUnit(literal(one.name), _deeper(one.text), one.spaced) for one in sections)
    if any(_LONGER.search(unit.text) for unit in units):
        return None  # as generated code is never
    return SectionsUnit(
        head="\n".join(head),
        gencode="gencode" if require.startswith("gencode.") else f"gencode as {require.partition('.')[0]}",
        require=require,
        needs=tuple(_needs(section.name, _named(section, homes)) for section in sections),
        imports=_deeper("\n".join(_grouped(imports))),
        exports=exports,
        sections=units,
    )


def _statements(text: str) -> Iterator[tuple[ast.stmt | str, str]]:
    """Yield what stands at the margin of a module, with its text: statements, of a class alone its name.

    To parse all of it would take as long as all else.
    """
    for part in BETWEEN.split(text):
        alone = _CLASS.match(part)
        if alone and not _MARGIN.search(part):
            yield alone[1], part.rstrip("\n")
            continue
        lines = part.split("\n")
        for statement in ast.parse(part).body:
            yield statement, "\n".join(lines[statement.lineno - 1 : statement.end_lineno])


def _bound(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.ClassDef):
        return {statement.name}
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    targets = [statement.target] if isinstance(statement, ast.AnnAssign) else targets
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    if not names:
        raise InternalError(f"a {type(statement).__name__} stands between the declarations")
    return names


def _named(section: _Section, homes: Mapping[str, _Section]) -> list[str]:
    """Return the sections that the words of one name, without itself: too many do little harm."""
    words = homes.keys() & set(_WORD.findall(_STRING.sub('""', section.text)))
    return sorted({homes[word].name for word in words} - {section.name})


def _needs(name: str, named: Sequence[str]) -> str:
    """Return the lines of a section in the table."""
    each = [literal(other) for other in named]
    line = f"{literal(name)}: ({', '.join(each)}{',' if len(each) == 1 else ''}),"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"{literal(name)}: (", *(f"            {other}," for other in each), "        ),"])


def _grouped(imports: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield imports, with a free line between Python's modules and the others."""
    before = True
    for module, said in imports:
        python = module.partition(".")[0] not in {"mlsig", "msgspec"}
        if before and not python:
            yield ""
        before = python
        yield said


def _deeper(text: str) -> str:
    """Return lines one level further in; docstrings that no longer fit into theirs are broken."""
    deeper = _LONG.sub(_broken, indent(text, "    "))
    return _folded(deeper) if _LONGER.search(deeper) else deeper


def _folded(text: str) -> str:
    """Return code whose lines are broken where they are too long, inside of brackets."""
    lines = text.split("\n")
    places: dict[int, int] = {}
    depth = 0
    quoted = 0  # from Python 3.12 on, f-strings are several tokens
    for token in tokenize.generate_tokens(StringIO(text).readline):
        name = tokenize.tok_name[token.type]
        quoted += (name == "FSTRING_START") - (name == "FSTRING_END")
        depth += (token.string in _OPENING) - (token.string in _CLOSING) if name == "OP" else 0
        row, column = token.end if token.string == "," else token.start
        if depth and not quoted and token.string in _PLACES and column <= LONGEST:
            places[row] = column
    for row, column in places.items():
        line = lines[row - 1]
        if len(line) > LONGEST:
            before = len(line) - len(line.lstrip())
            lines[row - 1] = f"{line[:column].rstrip()}\n{' ' * (before + 4)}{line[column:].lstrip()}"
    return "\n".join(lines)


def _broken(line: re.Match[str]) -> str:
    return fill(line[0], LONGEST, subsequent_indent=line[1], break_long_words=False, break_on_hyphens=False)
