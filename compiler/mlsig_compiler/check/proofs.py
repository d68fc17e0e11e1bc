"""What follows from the domains and rules of a space together, proved over all its configurations.

    constraint a: n > 3        "these rules cannot be met together: `a` and `b`"
    constraint b: n < 3

What was not proved is not reported: the engine says so itself where it is asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any, Final, TypeAlias

from mlsig_compiler import model
from mlsig_compiler.diagnostics import Diagnostics, Label
from mlsig_compiler.proofs.cells import INACTIVE, Listed
from mlsig_compiler.proofs.components import Component
from mlsig_compiler.proofs.conflicts import conflict
from mlsig_compiler.proofs.study import Study
from mlsig_compiler.source import Span

Own: TypeAlias = Callable[[Any], bool]
_MOST: Final = 8  # rules that a finding points at


class Findings:
    """Reports what a study of one space found.

    Args:
        study: The study.
        own: Says whether something is written in the space itself.
        diagnostics: Where findings go.
    """

    def __init__(self, study: Study, own: Own, diagnostics: Diagnostics) -> None:
        self._study = study
        self._space = study.space
        self._own = own
        self._diagnostics = diagnostics

    def possible(self) -> bool:
        """Report rules that no configuration meets; return whether there are none."""
        fixed = self._study.contradiction
        if fixed is not None and fixed.constraint is not None:
            self._report_conflict([fixed.constraint])
            return False
        for component in self._study.components:
            if component.diagram is None or component.diagram.legal:
                continue
            self._report_conflict(conflict(component) or self._rules(component))
            return False
        for component in self._study.components:
            if component.diagram is not None and not component.mass[0]:
                self._report_thin(component)
                return False
        return True

    def unreachable(self) -> None:
        """Report variables that are never there, arms that never apply, options that nobody can choose."""
        for component in self._study.components:
            if component.diagram is None:
                continue
            reached = component.diagram.reached()
            for variable in self._space.variables:
                if variable.name in component.names and self._own(variable):
                    self._variable(variable, component, reached[variable.name])

    def _variable(self, variable: model.Variable, component: Component, reached: Collection[int]) -> None:
        cells = component.cells[variable.name]
        alive = {cells[k].arm for k in reached}
        if variable.active is not None and alive <= {INACTIVE}:
            there = [k for k, cell in enumerate(cells) if cell.arm != INACTIVE]
            why, labels = self._why(component, variable.name, there, "the condition of its group never holds")
            message = f"`{variable.name}` is never there: {why}"
            help = "delete it, or change the condition of the group that it stands in"
            self._diagnostics.report("MLS0525", variable.span, message, labels=labels, help=help)
            return
        if variable.kind == "model":  # its arms and options are those of the providers
            return
        for number, branch in enumerate(variable.branches):
            if number not in alive and branch.condition is not None:
                places = [k for k, cell in enumerate(cells) if cell.arm == number]
                nothing = "wherever its condition holds, an earlier one does too"
                if self._never(component, variable, branch.condition):
                    nothing = "its condition holds nowhere"
                why, labels = self._why(component, variable.name, places, nothing)
                message = f"this arm never applies: {why}"
                help = "delete it, or change its condition"
                self._diagnostics.report("MLS0522", branch.condition.span, message, labels=labels, help=help)
        self._options(variable, component, reached)

    def _options(self, variable: model.Variable, component: Component, reached: Collection[int]) -> None:
        cells = component.cells[variable.name]
        if not isinstance(variable.domain, model.OptionsDomain):
            return
        alive = {cells[k].arm for k in reached}
        chosen = {
            _identity(value)
            for k in reached
            if isinstance(piece := cells[k].piece, Listed)
            for value in piece.values
        }
        for option in variable.domain.options:
            if _identity(option) in chosen:
                continue
            having = [
                k
                for k, cell in enumerate(cells)
                if isinstance(cell.piece, Listed)
                and cell.arm != INACTIVE
                and _identity(option) in map(_identity, cell.piece.values)
            ]
            if having and not alive & {cells[k].arm for k in having}:
                continue  # the arms that have it have been reported
            why, labels = self._why(component, variable.name, having, "none of its arms allows it")
            shown = json.dumps(option, ensure_ascii=False)
            message = f"no legal configuration has {shown} for `{variable.name}`: {why}"
            help = "leave the option out, or change the rules that exclude it"
            self._diagnostics.report("MLS0526", variable.span, message, labels=labels, help=help)

    def _why(
        self, component: Component, name: str, cells: Collection[int], nothing: str
    ) -> tuple[str, tuple[Label, ...]]:
        """Return why a variable cannot have certain cells, and the rules to point at."""
        found = conflict(component, {name: cells}) if cells else []
        if found is None:
            return "the rules together exclude it", ()
        if not found:
            return nothing, ()
        return self._exclude(found), self._labels(found, "this rule excludes it")

    def _never(self, component: Component, variable: model.Variable, condition: model.Expr) -> bool:
        """Tell whether a condition holds nowhere in the domains."""
        if component.tries is None:
            return False
        names = self._study.meanings.reads(condition)
        root = component.tries.add(names, self._study.cutting.decision(condition))
        arms = {name: node for name, node in component.arms.items() if name != variable.name}
        return not component.possible([*arms.values(), root])

    def _report_conflict(self, found: Collection[int]) -> None:
        rules = [self._space.constraints[k] for k in found]
        if not rules:
            message = f"`{self._space.name}` has no configuration at all: its composites never have a value"
            self._diagnostics.report("MLS0523", self._space.span, message)
            return
        own = [rule for rule in rules if self._own(rule)]
        span = own[-1].span if own else self._space.span
        if len(rules) == 1:
            message = f"no configuration meets this rule, {self._called(rules[0])}"
            help = "change the rule, or the domains of what it reads"
        else:
            message = f"no configuration meets these rules together: {self._list(rules)}"
            help = "change one of them: without any one of them the others can be met"
        labels = self._labels(found, "cannot be met together with this", span)
        self._diagnostics.report("MLS0523", span, message, labels=labels, help=help)

    def _report_thin(self, component: Component) -> None:
        rules = [self._space.constraints[k] for k in self._rules(component)]
        own = [rule for rule in rules if self._own(rule)]
        message = (
            f"the rules leave single points of a continuum, which nothing drawn ever is: {self._list(rules)}"
        )
        self._diagnostics.report(
            "MLS0524",
            own[-1].span if own else self._space.span,
            message,
            help="give the variables steps, or put a range in the place of `==`",
        )

    @staticmethod
    def _rules(component: Component) -> list[int]:
        return [form.constraint for form in component.forms if form.constraint is not None]

    def _exclude(self, found: Collection[int]) -> str:
        rules = [self._space.constraints[k] for k in found]
        return f"{self._list(rules)} {'excludes' if len(rules) == 1 else 'exclude'} it"

    def _list(self, rules: list[model.Constraint]) -> str:
        named = [self._called(rule) for rule in rules[:_MOST]]
        more = f" and {len(rules) - _MOST} more" if len(rules) > _MOST else ""
        return f"{', '.join(named[:-1])} and {named[-1]}{more}" if len(named) > 1 else named[0]

    def _called(self, rule: model.Constraint) -> str:
        forbids = isinstance(rule.condition, model.Unary) and rule.condition.op == "not"
        covered = forbids and rule.condition.span == getattr(rule.condition, "operand", rule.condition).span
        return f"`{'forbid ' if covered else ''}{rule.text}`"

    def _labels(self, found: Collection[int], words: str, besides: Span | None = None) -> tuple[Label, ...]:
        rules = [self._space.constraints[k] for k in found]
        own = [rule for rule in rules if self._own(rule) and rule.span != besides]
        return tuple(Label(rule.span, words) for rule in own[:_MOST])


def _identity(value: Any) -> tuple[bool, Any]:
    """1 is 1.0, and true is only true."""
    return isinstance(value, bool), str(value) if isinstance(value, str) else value
