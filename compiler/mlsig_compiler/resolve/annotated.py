"""What annotations say about the declaration or member that follows them.

    read((@alias("q"), @deprecated("ask question")), "field", scope)
        -> Said(alias="q", deprecated="ask question")

An annotation that the language does not have, one that cannot stand where it does, one that is repeated, and
one with other arguments than it takes are reported, and say nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.findings.nearest import correction, listed, nearest
from mlsig_compiler.resolve.scope import Scope, article
from mlsig_compiler.source import Span

Hints: TypeAlias = dict[str, model.Scalar]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the annotations of one declaration or member say."""

    open: bool = False
    alias: str | None = None
    deprecated: str | None = None
    variable: bool = False
    hints: Hints = field(default_factory=Hints)


NOTHING: Final = Said()

DESCRIBED: Final = ("enum", "member", "type", "schema", "field", "input", "output", "signature")
PLACES: Final[dict[str, tuple[str, ...]]] = {
    "open": ("schema",),
    "alias": ("field", "input", "output"),
    "deprecated": (*DESCRIBED, "attribute"),
    "variable": ("field", "input", "attribute"),
    "hint": ("var", "tune"),
}
USES: Final = {
    "open": "write `@open`",
    "alias": 'write `@alias("other_name")`',
    "deprecated": 'say what to use instead: `@deprecated("use answer")`',
    "variable": "write `@variable`",
    "hint": 'for example `@hint(priority="cost")`',
}
# How messages call a place, where its word alone would be unclear.
WORDS: Final = {
    "member": "member of an enum",
    "type": "`type`",
    "field": "field",
    "import": "`import`",
    "var": "`var`",
    "tune": "`tune`",
    "check": "`check`",
    "transform": "`transform`",
    "include": "`include`",
    "composite": "`composite`",
    "constraint": "`constraint`",
    "prefer": "`prefer`",
    "group": "`when` group",
}


def read(annotations: syntax.Annotations, place: str, scope: Scope) -> Said:
    """Return what annotations say of a place: "schema", "field", "input", "var", "provider", and so on."""
    if not annotations:
        return NOTHING
    said = NOTHING
    first: dict[str, Span] = {}
    for annotation in annotations:
        name = annotation.name.text
        if name not in PLACES:
            _unknown(annotation, scope)
        elif place not in PLACES[name]:
            _misplaced(annotation, place, scope)
        elif name in first and name != "hint":
            labels = (Label(first[name], "first said here"),)
            scope.report("MLS0407", annotation.span, f"`@{name}` is said twice", labels=labels)
        else:
            first.setdefault(name, annotation.span)
            said = READERS[name](annotation, said, scope)
    return said


def _unknown(annotation: syntax.Annotation, scope: Scope) -> None:
    name = annotation.name.text
    meant = nearest(name, PLACES)
    help = f"did you mean `@{meant}`?" if meant else f"there are {listed(f'@{known}' for known in PLACES)}"
    fix = correction(name, annotation.name.span, list(PLACES))["fix"]
    scope.report("MLS0420", annotation.name.span, f"there is no annotation `@{name}`", help=help, fix=fix)


def _misplaced(annotation: syntax.Annotation, place: str, scope: Scope) -> None:
    name = annotation.name.text
    here = WORDS.get(place, place)
    allowed = [article(WORDS.get(other, other)) for other in PLACES[name]]
    stands = " or ".join(filter(None, (", ".join(allowed[:-1]), allowed[-1])))
    message = f"`@{name}` cannot stand before {article(here)}"
    scope.report("MLS0421", annotation.span, message, help=f"it stands before {stands}")


def _wrong(annotation: syntax.Annotation, span: Span, message: str, scope: Scope) -> None:
    scope.report("MLS0422", span, message, help=USES[annotation.name.text])


def _bare(annotation: syntax.Annotation, scope: Scope) -> bool:
    if not annotation.arguments:
        return True
    _wrong(annotation, annotation.span, f"`@{annotation.name.text}` takes no arguments", scope)
    return False


def _one_text(annotation: syntax.Annotation, scope: Scope) -> str | None:
    """Return the one string that an annotation needs."""
    name = annotation.name.text
    if len(annotation.arguments) != 1 or annotation.arguments[0].name is not None:
        _wrong(annotation, annotation.span, f"`@{name}` needs one string", scope)
        return None
    value = annotation.arguments[0].value
    if not isinstance(value, syntax.Literal) or not isinstance(value.value, str):
        _wrong(annotation, value.span, f"`@{name}` needs a string", scope)
        return None
    if not value.value.strip():
        _wrong(annotation, value.span, f"`@{name}` needs a string that is not empty", scope)
        return None
    return value.value


def _open(annotation: syntax.Annotation, said: Said, scope: Scope) -> Said:
    return replace(said, open=_bare(annotation, scope))


def _variable(annotation: syntax.Annotation, said: Said, scope: Scope) -> Said:
    return replace(said, variable=_bare(annotation, scope))


def _alias(annotation: syntax.Annotation, said: Said, scope: Scope) -> Said:
    return replace(said, alias=_one_text(annotation, scope))


def _deprecated(annotation: syntax.Annotation, said: Said, scope: Scope) -> Said:
    return replace(said, deprecated=_one_text(annotation, scope))


def _hint(annotation: syntax.Annotation, said: Said, scope: Scope) -> Said:
    hints = dict(said.hints)
    if not annotation.arguments:
        _wrong(annotation, annotation.span, "`@hint` says nothing", scope)
    for key, value in annotation.arguments:
        if key is None:
            _wrong(annotation, value.span, "a hint needs a name", scope)
        elif key.text in hints:
            scope.report("MLS0407", key.span, f"the hint `{key.text}` is said twice")
        elif not isinstance(value, syntax.Literal):
            _wrong(
                annotation,
                value.span,
                f"the hint `{key.text}` needs a string, a number, true or false",
                scope,
            )
        else:
            hints[key.text] = value.value
    return replace(said, hints=hints)


READERS: Final[dict[str, Callable[[syntax.Annotation, Said, Scope], Said]]] = {
    "open": _open,
    "alias": _alias,
    "deprecated": _deprecated,
    "variable": _variable,
    "hint": _hint,
}
