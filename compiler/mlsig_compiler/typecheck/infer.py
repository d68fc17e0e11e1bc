"""The sorts of an expression, and what is wrong inside it.

    infer(text + 1)   reports that `+` adds two numbers or joins two strings

One message for one cause: a part that has been reported is unknown to what is around it.
"""

from __future__ import annotations

from mlsig_compiler import model
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.source import Span
from mlsig_compiler.typecheck import calls, members, operators
from mlsig_compiler.typecheck.calls import accepts
from mlsig_compiler.typecheck.narrowing import NOTHING, Facts, Known, name_of, narrowed
from mlsig_compiler.typecheck.sorts import (
    BOOL,
    JSON,
    NULL,
    NUMBER,
    UNKNOWN,
    Environment,
    ListOf,
    Sorts,
    assignable,
    unknown,
)
from mlsig_compiler.typecheck.words import shown


def infer(expr: model.Expr, env: Environment, diagnostics: Diagnostics) -> Sorts | None:
    """Return what the value of an expression can be, None where that is unknown; report what is wrong."""
    found = Inference(env, diagnostics).of(expr, NOTHING)
    return None if unknown(found) else found


def expect(expr: model.Expr, wanted: Sorts, what: str, env: Environment, diagnostics: Diagnostics) -> None:
    """Report an expression whose value is not one that is wanted; `what` is "a condition", "`retry`"."""
    Inference(env, diagnostics).expect(expr, wanted, what, NOTHING)


class Inference:
    """One place whose expressions are typed. `facts` are what the conditions around an expression tell."""

    def __init__(self, env: Environment, diagnostics: Diagnostics) -> None:
        self.env = env
        self.diagnostics = diagnostics
        self.known = Known(env)

    def report(self, code: str, expr: model.Expr, message: str, help: str = "") -> Sorts:
        """Report an expression, of which nothing is known then."""
        self.diagnostics.report(code, expr.span, message, help=help)
        return UNKNOWN

    def of(self, expr: model.Expr, facts: Facts) -> Sorts:  # noqa: PLR0912  (one case for each node)
        """Return what the value of an expression can be, and report what is wrong inside it."""
        match expr:
            case model.Constant():
                return self.known.constant(expr)
            case model.VariableRef():
                return self.known.at(expr, facts) or UNKNOWN
            case model.Attribute():
                return members.attribute(self, expr, facts)
            case model.Index():
                return members.index(self, expr, facts)
            case model.Unary("not", operand):
                self.expect(operand, BOOL, "what `not` negates", facts)
                return BOOL
            case model.Unary(_, operand):
                found = self.expect(operand, NUMBER, "what `-` negates", facts)
                return operators.number(found)
            case model.Binary():
                return operators.arithmetic(self, expr, facts)
            case model.Comparison():
                operators.comparison(self, expr, facts)
                return BOOL
            case model.BoolOp():
                self._logic(expr, facts)
                return BOOL
            case model.Conditional(then, condition, otherwise):
                self.expect(condition, BOOL, "what stands after `if`", facts)
                one = self.of(then, narrowed(self.known, condition, facts, True))
                return one | self.of(otherwise, narrowed(self.known, condition, facts, False))
            case model.ListOf(items):
                sorts = frozenset(sort for item in items for sort in self.of(item, facts))
                return UNKNOWN if unknown(sorts) else frozenset({ListOf(sorts)})
            case model.Call():
                return calls.call(self, expr, facts)
            case model.Each():  # only the argument of `any` or `all`, which have read it
                return UNKNOWN

    def expect(self, expr: model.Expr, wanted: Sorts, what: str, facts: Facts) -> Sorts:
        """Report an expression that is not one of what is wanted; return its sorts, null left out."""
        if isinstance(expr, model.Conditional):
            self.expect(expr.condition, BOOL, "what stands after `if`", facts)
            one = self.expect(expr.then, wanted, what, narrowed(self.known, expr.condition, facts, True))
            other = narrowed(self.known, expr.condition, facts, False)
            return one | self.expect(expr.otherwise, wanted, what, other)
        found = self.of(expr, facts)
        return self.judge(expr, found, wanted, f"{what} is {shown(wanted)}")

    def judge(self, expr: model.Expr, found: Sorts, wanted: Sorts, rule: str) -> Sorts:
        """Report sorts that are not among those wanted; `rule` says what is needed."""
        if assignable(found, wanted):
            return found
        rest = found - NULL
        if rest and rest != found and assignable(rest, wanted):
            return self.maybe_null(expr, rest)
        if found >= JSON:
            self.untyped(expr)
            return UNKNOWN
        return self.report(
            "MLS0509", expr, f"{rule}, and this is {shown(found)}", _tested(expr, found, wanted)
        )

    def maybe_null(self, expr: model.Expr, rest: Sorts) -> Sorts:
        """Report a value that is used as if it were never null."""
        name = name_of(expr)
        if not rest:
            self.report("MLS0460", expr, f"{f'`{name}`' if name else 'this'} is null here")
            return UNKNOWN
        if name is None:
            self.report("MLS0460", expr, "this may be null", "test that it is not null first")
            return rest
        reason = self.reason(name)
        help = f"test `{name} != null and …` first{f'; {reason}' if reason else ''}"
        self.report("MLS0460", expr, f"`{name}` may be null", help)
        return rest

    def reason(self, name: str) -> str:
        """Say why a name may be null, where a place knows it."""
        del name
        return ""

    def untyped(self, expr: model.Expr) -> None:
        """Report a `json` value that is used as if its type were known."""
        help = "it can be compared with `==` and `in`; give it a type, such as a schema, for anything else"
        self.report("MLS0461", expr, "of a `json` value nothing is known here", help)

    def report_pair(
        self, code: str, left: model.Expr, right: model.Expr, message: str, help: str = ""
    ) -> None:
        """Report two sides, in either order, and the operator between them."""
        start, end = min(left.span.start, right.span.start), max(left.span.end, right.span.end)
        self.diagnostics.report(code, Span(start, end), message, help=help)

    def divisor(self, expr: model.Expr, facts: Facts) -> None:
        """Judge a divisor: in a record, a division by 0 is found when it happens, unless it always does."""
        del facts
        if isinstance(expr, model.Constant) and expr.value == 0:
            self.report("MLS0511", expr, "this divisor is 0", "divide by another number")

    def refused(self, left: operators.Side, right: operators.Side) -> bool:
        """Report what a place knows better about two sides that are compared; say whether it did."""
        del left, right
        return False

    def _logic(self, expr: model.BoolOp, facts: Facts) -> None:
        known = dict(facts)
        for operand in expr.operands:
            self.expect(operand, BOOL, f"each side of `{expr.op}`", known)
            known.update(self.known.learn(operand, known, expr.op == "and"))


def _tested(expr: model.Expr, found: Sorts, wanted: Sorts) -> str:
    """Say how a value that is no condition becomes one."""
    name = name_of(expr)
    if wanted != BOOL or not name:
        return ""
    if found > NULL:
        return f"test `{name} != null`, or compare it with something"
    sized = all(accepts("sized", one) for one in found)
    return f"test `len({name}) > 0`, or compare it with something" if sized else "compare it with something"
