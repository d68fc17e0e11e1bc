"""Calculations: what a resource says about itself, by its attributes and relationships, or by Python.

    calculate optimization_count: int = len(runs)

An expression may read other calculations, of this resource and of related ones, as long as none comes to read
itself.
"""

from __future__ import annotations

from typing import NamedTuple

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.resolve import expressions
from mlsig_compiler.resolve.circles import MOST_NAMES, circles
from mlsig_compiler.resolve.pipelines import fitting
from mlsig_compiler.resolve.python import is_python, python_ref
from mlsig_compiler.resolve.records.fields import text
from mlsig_compiler.resolve.scope import Scope
from mlsig_compiler.resolve.types import notation
from mlsig_compiler.source import Span
from mlsig_compiler.typecheck.infer import Inference
from mlsig_compiler.typecheck.narrowing import NOTHING, Known
from mlsig_compiler.typecheck.sorts import Environment, One, RecordOf, Sorts, sorts_of
from mlsig_compiler.walking import variables_in


class Draft(NamedTuple):
    """A calculation whose type is known, and whose value is not."""

    node: syntax.Calculation
    type: model.Type


class Read(NamedTuple):
    """A calculation, and what it reads: the names of its resource, and fields of related ones."""

    made: model.Calculation
    reads: frozenset[tuple[str, str]]


class _Noting(Known):
    """What is known of paths, with a note of the fields of the file's resources that are asked for."""

    def __init__(self, env: Environment, module: str, asked: set[tuple[str, str]]) -> None:
        super().__init__(env)
        self.module = module
        self.asked = asked

    def field(self, one: One, name: str) -> Sorts | None:
        """Return the sorts of a field of one kind of record."""
        type_ = one.type if isinstance(one, RecordOf) else None
        if isinstance(type_, model.ResourceType) and type_.module == self.module:
            self.asked.add((type_.name, name))
        return super().field(one, name)


class Place:
    """A resource, for its calculations: what they can read, and what that is."""

    def __init__(self, owner: str, fields: dict[str, model.Type], poisoned: set[str], scope: Scope) -> None:
        self.owner = owner
        self.fields = fields
        self.scope = scope
        self.names = expressions.Names.of_fields(
            fields, poisoned, what="attribute", open=scope.partial(owner)
        )
        self.env = Environment(
            names={name: sorts_of(type_) for name, type_ in fields.items()},
            fields=scope.fields,
            enum=scope.enum,
            lenient=scope.lenient,
        )


def read(draft: Draft, place: Place) -> Read:
    """Return a calculation over the fields of its resource; a value of another type is reported.

    Raises:
        Skip: Its expression is wrong, which has been reported.
    """
    node = draft.node
    reads: set[tuple[str, str]] = set()
    value: model.Expr | model.PythonRef
    if is_python(node.value):
        value = python_ref(node.value, place.scope)
    else:
        value = expressions.read(node.value, place.names, place.scope)
        reads |= {(place.owner, name) for name in variables_in(value)}
        _check(value, draft, place, reads)
    made = model.Calculation(
        name=node.name.text,
        type=draft.type,
        value=value,
        description=text(node.description),
        span=node.name.span,
    )
    return Read(made, frozenset(reads))


def _check(expr: model.Expr, draft: Draft, place: Place, reads: set[tuple[str, str]]) -> None:
    scope, fields = place.scope, place.fields
    typing = Inference(place.env, scope.diagnostics)
    typing.known = _Noting(place.env, place.scope.module, reads)
    sorts = typing.of(expr, NOTHING)
    value = fitting.Offered(expr, sorts, notation.type_of(expr, sorts, fields, scope))
    what = f"calculation `{draft.node.name.text}`"
    labels = (Label(draft.node.type.span, "said here"),)
    fitting.check(value, fitting.Taker(what, f"{what} is", draft.type, labels), scope)


def check_circles(found: dict[tuple[str, str], Read], scope: Scope) -> None:
    """Report calculations that read each other in a circle."""
    shown = {f"{owner}.{name}": (owner, name) for owner, name in found}
    edges = {
        word: [f"{owner}.{name}" for owner, name in sorted(found[key].reads) if (owner, name) in found]
        for word, key in shown.items()
    }
    for circle in circles(edges):
        names = circle[:MOST_NAMES]
        first = found[shown[circle[0]]].made
        alone = len({owner for owner, _ in (shown[word] for word in circle)}) == 1
        words = [word.partition(".")[2] if alone else word for word in names]
        more = ["…"] if len(circle) > MOST_NAMES else []
        message = "these calculations read each other"
        if len(circle) == 1:
            message = f"`{first.name}` reads itself"
        labels = tuple(Label(_span(found[shown[word]].made), "in this circle") for word in names[1:])
        path = " -> ".join([*words, *more, words[0]])
        scope.report("MLS0657", first.span, message, label=path, labels=labels)


def _span(made: model.Calculation) -> Span:
    return made.span
