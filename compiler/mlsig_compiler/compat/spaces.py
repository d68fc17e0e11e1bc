"""What changed in a space: whether every configuration that was legal still is."""

from __future__ import annotations

from collections.abc import Iterable

from mlsig_compiler import model
from mlsig_compiler.compat.comparing import Pair, same


def compare_space(pair: Pair, old: model.Space, new: model.Space) -> None:
    """Note what changed between two versions of a space."""
    compare_variables(pair, old.variables, new.variables)

    def constrained(before: model.Constraint, after: model.Constraint) -> None:
        if not same(before.condition, after.condition):
            pair.note("CH408", after.name, f"the constraint `{after.name}` is another", new=after.span)

    pair.named(
        old.constraints,
        new.constraints,
        gone="CH409",
        added=lambda _: "CH408",
        kept=constrained,
        what="the constraint",
    )

    def composed(before: model.Composite, after: model.Composite) -> None:
        if before.type != after.type:
            pair.note(
                "CH410",
                after.name,
                f"`{after.name}` was `{before.type}`, and is `{after.type}`",
                new=after.span,
            )
        elif not same(before, after):
            pair.note("CH411", after.name, f"`{after.name}` is computed in another way", new=after.span)

    pair.named(
        old.composites,
        new.composites,
        gone="CH410",
        added=lambda _: "CH411",
        kept=composed,
        what="the composite",
    )


def compare_variables(pair: Pair, old: Iterable[model.Variable], new: Iterable[model.Variable]) -> None:
    """Note what changed between variables."""

    def kept(before: model.Variable, after: model.Variable) -> None:
        if before.kind != after.kind:
            said = f"`{after.name}` was of kind {before.kind}, and is of kind {after.kind}"
            pair.note("CH403", after.name, said, new=after.span)
            return
        if not same(before.domain, after.domain):
            larger = contains(after.domain, before.domain)
            word = "larger" if larger else "smaller or another"
            code = "CH405" if larger else "CH404"
            pair.note(code, after.name, f"the domain of `{after.name}` is {word}", new=after.span)
        if not same(before.default, after.default):
            said = f"the default of `{after.name}` was {before.default!r}, and is {after.default!r}"
            pair.note("CH406", after.name, said, new=after.span)
        if not (same(before.branches, after.branches) and same(before.active, after.active)):
            pair.note("CH407", after.name, f"the conditions of `{after.name}` are others", new=after.span)

    pair.named(old, new, gone="CH401", added=lambda _: "CH402", kept=kept, what="the variable")


def contains(outer: model.Domain, inner: model.Domain) -> bool:
    """Say whether a domain has every value of another of its kind; False where that is not plain."""
    match outer, inner:
        case model.OptionsDomain(), model.OptionsDomain():
            options = {(type(option), option) for option in outer.options}
            return all((type(option), option) in options for option in inner.options)
        case model.IntDomain(), model.IntDomain():
            inside = outer.low <= inner.low and inner.high <= outer.high
            return inside and inner.step % outer.step == 0 and (inner.low - outer.low) % outer.step == 0
        case model.FloatDomain(), model.FloatDomain():
            inside = outer.low <= inner.low and inner.high <= outer.high
            return inside and (outer.step is None or (outer.step == inner.step and outer.low == inner.low))
        case _:
            return False
