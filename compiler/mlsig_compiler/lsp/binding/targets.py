"""Targets: what a name can mean; occurrences: where one is written."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from mlsig_compiler import model, syntax
from mlsig_compiler.source import Span


class Target(NamedTuple):
    """A declaration, `("Passage",)`, a member of one, `("Passage", "text")`, or a module, `()`.

    What an `any` or `all` goes through is `("Passage", "x@120")`, by the place where it is named.
    """

    module: str
    path: tuple[str, ...] = ()

    @property
    def owner(self) -> Target:
        """The declaration of a member."""
        return Target(self.module, self.path[:1])

    @property
    def name(self) -> str:
        """The last word, as it was declared."""
        return self.path[-1].partition("@")[0] if self.path else self.module


class PythonPlace(NamedTuple):
    """What `python("module:attribute")` names."""

    module: str
    attribute: str


class Occurrence(NamedTuple):
    """A name as it is written; `declares` where it is introduced, `alias` where it is another name than that.

    `kind` is the word for what it means: that which declares it, or "field", "input", "member", and so on.
    """

    span: Span
    target: Target | PythonPlace
    kind: str
    declares: bool = False
    alias: bool = False


# The names that an expression can use, by what they are called: what they mean, the word for it, their type.
Names: TypeAlias = "dict[str, Known]"


class Known(NamedTuple):
    """What a name of a place means."""

    target: Target
    kind: str
    type: model.Type | None = None


@dataclass(slots=True)
class Bound:
    """The occurrences of a file, in its order.

    `names` are those that a declaration or an import gives, `scopes` those that the expressions in a span can
    use; `steps` and `items` have types that are worked out, not written.
    """

    module: str
    occurrences: list[Occurrence] = field(default_factory=list[Occurrence])
    names: dict[str, Known] = field(default_factory=dict[str, Known])
    scopes: list[tuple[Span, Names]] = field(default_factory=list[tuple[Span, Names]])
    steps: list[tuple[syntax.Step, model.Type]] = field(default_factory=list[tuple[syntax.Step, model.Type]])
    items: list[tuple[Span, model.Type]] = field(default_factory=list[tuple[Span, model.Type]])
    _starts: list[int] = field(default_factory=list[int])

    def finish(self) -> None:
        """Put the occurrences into their order."""
        self.occurrences = sorted(set(self.occurrences), key=lambda each: (each.span, not each.declares))
        self._starts = [each.span.start for each in self.occurrences]

    def at(self, offset: int) -> Occurrence | None:
        """Return the name at a place, or just before it."""
        last = bisect_right(self._starts, offset) - 1
        for index in range(last, max(-1, last - 4), -1):
            found = self.occurrences[index]
            if found.span.start <= offset <= found.span.end:
                return found
        return None

    def scope(self, offset: int) -> Names:
        """Return the names that an expression at a place can use: those of the innermost scope.

        What stands below a declaration that is not closed yet is taken to be in it.
        """
        inside = [(span, names) for span, names in self.scopes if span.start <= offset <= span.end]
        if inside:
            return min(inside, key=lambda each: each[0].end - each[0].start)[1]
        above = [(span, names) for span, names in self.scopes if span.end <= offset]
        return max(above, key=lambda each: each[0])[1] if above else {}
