"""A draft is proved by the compiler itself: what is refused is weakened, said, and proved again.

    default = 7 of a str      ->   no default, and a comment with the compiler's words
    pattern "(a+)+"           ->   no pattern
    A | B not told apart      ->   json

Each round weakens one thing about each place that is refused, and there is little to weaken, so it ends.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from pathlib import Path
from typing import Final

from mlsig_compiler import model
from mlsig_compiler.diagnostics import Diagnostic, Diagnostics
from mlsig_compiler.drafting.draft import (
    JSON,
    Alias,
    Declaration,
    Draft,
    Field,
    Record,
    Signature,
    Space,
    Tuned,
    fields_of,
)
from mlsig_compiler.drafting.printing import Line, lines
from mlsig_compiler.formatting import formatted
from mlsig_compiler.front import analyse
from mlsig_compiler.source import Source

# What the codes of constraints, patterns and defaults are about; of every other the whole type is in doubt.
PATTERNS: Final = frozenset({"MLS0406", "MLS0408"})
CONSTRAINTS: Final = frozenset({"MLS0401", "MLS0403", "MLS0405", "MLS0407"})
ANNOTATION: Final = "MLS0422"
NONE: Final = model.Constraints()


class Unproved(Exception):
    """The draft has a mistake that weakening does not mend: the reader made what it should not."""


def proved(draft: Draft) -> str:
    """Weaken a draft until the compiler accepts it, and return its text as `mlsig fmt` lays it out.

    Raises:
        Unproved: It cannot be mended.
    """
    while True:
        layout = lines(draft)
        text = "".join(f"{line.text}\n" for line in layout)
        found = [finding for finding in _findings(text) if finding.severity == "error"]
        if not found:
            source = Source(Path("draft.mlsig"), "draft", text)
            return formatted(source, Diagnostics(source)) or text  # what nests too deeply stays as it is
        if not _weakened(draft, layout, found):
            raise Unproved("; ".join(f"{finding.code}: {finding.message}" for finding in found[:3]))


def _findings(text: str) -> list[Diagnostic]:
    return list(analyse(Source(Path("draft.mlsig"), "draft", text))[1])


def _weakened(draft: Draft, layout: list[Line], found: list[Diagnostic]) -> bool:
    """Weaken each place that has a finding, once; say whether anything was."""
    starts = [0]
    for line in layout:
        starts.append(starts[-1] + len(line.text) + 1)
    seen: set[int] = set()
    weaker = False
    for finding in found:
        owner = layout[min(bisect_right(starts, finding.span.start), len(layout)) - 1].owner
        if owner is None or id(owner) in seen:
            continue
        seen.add(id(owner))
        if isinstance(owner, Tuned):
            weaker = _without_rules(owner, finding, draft) or weaker
        else:
            weaker = _weaken(owner, finding, draft) or weaker
    return weaker


def _without_rules(owner: Tuned, finding: Diagnostic, draft: Draft) -> bool:
    """Leave out a rule that is refused, or those that read a refused variable, or else its condition."""
    spaces = [node for node in draft.declarations if isinstance(node, Space)]
    rules = [each for space in spaces for each in space.members if not each.domain and not each.left_out]
    refused = [each for each in rules if each is owner or (owner.domain and owner.name in each.reads)]
    why = f"{finding.message} ({finding.code})"
    for rule in refused:
        rule.left_out = True
        draft.warn(rule, f"not carried over: forbid {rule.name}: {why}")
    if refused or not owner.when:
        return bool(refused)
    draft.warn(owner, f"not carried over: when {owner.when}: {why}")
    owner.when = ""
    return True


def _weaken(owner: Field | Declaration, finding: Diagnostic, draft: Draft) -> bool:
    why = f"{finding.message} ({finding.code})"
    if finding.code == ANNOTATION and owner.deprecated is not None:
        owner.deprecated = None
        draft.warn(owner, f"not carried over: the deprecation: {why}")
        return True
    if (
        isinstance(owner, Field)
        and not isinstance(owner.default, model.Missing)
        and finding.code not in PATTERNS | CONSTRAINTS
        and _is_about_default(owner, finding)
    ):
        return _without_default(owner, why, draft)
    if isinstance(owner, Field | Alias):
        weaker = _looser(owner.type, finding.code)
        if weaker != owner.type:
            said = _dropped(owner.type, finding.code)
            owner.type = weaker
            draft.warn(owner, f"not carried over: {said}: {why}")
            return True
    if isinstance(owner, Field) and not isinstance(owner.default, model.Missing):
        return _without_default(owner, why, draft)
    return isinstance(owner, Record | Signature) and _drop_all(owner, why, draft)


def _is_about_default(field: Field, finding: Diagnostic) -> bool:
    """Say whether a finding stands behind the `=` of a field, or is known to be of a value."""
    text = finding.source.text
    start = text.rfind("\n", 0, finding.span.start) + 1
    before = text[start : finding.span.start]
    return " = " in before and before.strip().startswith((field.name, "input", "output"))


def _without_default(field: Field, why: str, draft: Draft) -> bool:
    from mlsig_compiler.drafting.printing import value_text  # noqa: PLC0415

    said = field.default
    shown = "" if isinstance(said, model.Missing) else value_text(said)
    # A field with a default may be left out: so it still may be.
    field.default = None
    if not isinstance(field.type, model.OptionalType) and field.type != JSON:
        field.type = JSON if isinstance(field.type, model.LiteralType) else model.OptionalType(field.type)
    elif said is None:
        field.default, field.type = model.REQUIRED, JSON
    draft.warn(field, f"not carried over: default {shown}: {why}")
    return True


def _drop_all(owner: Record | Signature, why: str, draft: Draft) -> bool:
    """Make every field `json`: the last resort for a record that as a whole is refused."""
    changed = False
    for _, field in fields_of(owner):
        if field.type != JSON:
            field.type, changed = JSON, True
            if not isinstance(field.default, model.Missing):
                field.default = None
    if isinstance(owner, Record) and owner.extends is not None and not changed:
        owner.extends, changed = None, True
    if changed:
        draft.warn(owner, f"not carried over: the types of these fields: {why}")
    return changed


def _dropped(type_: model.Type, code: str) -> str:
    from mlsig_compiler.drafting.printing import type_text  # noqa: PLC0415

    if code in PATTERNS:
        return ", ".join(f"pattern {pattern}" for pattern in _patterns(type_))
    return f"`{type_text(type_)}`"


def _patterns(type_: model.Type) -> list[str]:
    match type_:
        case model.ScalarType(_, constraints):
            return [] if constraints.pattern is None else [constraints.pattern]
        case model.ListType(inner) | model.MapType(inner) | model.OptionalType(inner):
            return _patterns(inner)
        case model.UnionType(options):
            return [pattern for option in options for pattern in _patterns(option)]
        case _:
            return []


def _looser(type_: model.Type, code: str) -> model.Type:
    """Return a type without what a finding of this code is about; `json` where that is all that is left."""
    if code not in PATTERNS | CONSTRAINTS:
        return JSON
    match type_:
        case model.ScalarType(name, constraints):
            kept = replace(constraints, pattern=None) if code in PATTERNS else NONE
            return model.ScalarType(name, kept)
        case model.ListType(inner, constraints):
            return model.ListType(_looser(inner, code), constraints if code in PATTERNS else NONE)
        case model.MapType(inner, constraints):
            return model.MapType(_looser(inner, code), constraints if code in PATTERNS else NONE)
        case model.OptionalType(inner):
            return model.OptionalType(_looser(inner, code))
        case model.UnionType(options):
            return model.UnionType(tuple(_looser(option, code) for option in options))
        case _:
            return type_
