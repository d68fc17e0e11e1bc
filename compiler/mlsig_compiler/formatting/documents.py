"""What may be laid out on one line or on several: the algebra of Wadler's "A prettier printer".

    Group(Join([Text("["), Indent(Join([Line(""), Text("1,"), Line(), Text("2")])), Line(""), Text("]")]))

is `[1, 2]` where there is room, and else four lines. A comment ends its line, so what holds one in its
middle cannot be on one line: each document knows whether it `starts` below a comment, `ends` with one, or
is `hard`, which has to be broken.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from mlsig_compiler.formatting.trivia import NOTHING, Above, Around


class Text:
    """Characters that stay together, and the comments around them; only in strings are line breaks."""

    __slots__ = ("around", "ends", "hard", "starts", "text")

    starts: bool
    ends: bool
    hard: bool

    def __init__(self, text: str, around: Around = NOTHING) -> None:
        self.text = text
        self.around = around
        self.starts = bool(around.before)
        self.ends = bool(around.after)
        self.hard = "\n" in text


class Line:
    """A space, or what else `flat` is, where everything fits; else a new line, after a blank one if `blank`.

    `always` breaks, and so does every group around it. A line that `begins` is that of a member.
    """

    __slots__ = ("always", "begins", "blank", "ends", "flat", "hard", "starts")

    starts: bool
    ends: bool
    hard: bool

    def __init__(
        self, flat: str = " ", *, blank: bool = False, always: bool = False, begins: bool = False
    ) -> None:
        self.flat = flat
        self.blank = blank
        self.always = self.hard = always
        self.begins = begins
        self.starts = self.ends = False


class Join:
    """Documents one after the other."""

    __slots__ = ("ends", "hard", "parts", "starts")

    starts: bool
    ends: bool
    hard: bool

    def __init__(self, parts: Sequence[Doc]) -> None:
        self.parts: list[Doc] = [
            part for part in parts if not (isinstance(part, Text) and part.text == "" and _bare(part))
        ]
        inner = self.parts
        self.starts = bool(inner) and inner[0].starts
        self.ends = bool(inner) and inner[-1].ends
        self.hard = (
            any(part.hard for part in inner)
            or any(part.starts for part in inner[1:])
            or any(part.ends for part in inner[:-1])
        )


def _bare(part: Text) -> bool:
    return not (part.starts or part.ends)


class Group:
    """Everything in it on one line if that fits, else broken at its own lines; `broken` does not even try."""

    __slots__ = ("broken", "ends", "hard", "part", "starts")

    starts: bool
    ends: bool
    hard: bool

    def __init__(self, part: Doc, *, broken: bool = False) -> None:
        self.part: Doc = part
        self.broken = broken or part.hard
        self.starts, self.ends, self.hard = part.starts, part.ends, part.hard


class Indent:
    """New lines inside stand two columns further to the right."""

    __slots__ = ("ends", "hard", "part", "starts")

    starts: bool
    ends: bool
    hard: bool

    def __init__(self, part: Doc) -> None:
        self.part: Doc = part
        self.starts, self.ends, self.hard = part.starts, part.ends, part.hard


class Switch:
    """One text where its group is on one line, another where it is broken; comments stay in both."""

    __slots__ = ("around", "broken", "ends", "flat", "hard", "starts")

    starts: bool
    ends: bool
    hard: bool

    def __init__(self, flat: str, broken: str, around: Around = NOTHING) -> None:
        self.flat = flat
        self.broken = broken
        self.around = around
        self.starts = bool(around.before)
        self.ends = bool(around.after)
        self.hard = False


class Tab:
    """Where a column begins, which lines that stand together share: at least `width` spaces."""

    __slots__ = ("ends", "hard", "kind", "starts", "width")

    starts: bool
    ends: bool
    hard: bool

    def __init__(self, kind: str, width: int = 1) -> None:
        self.kind = kind
        self.width = width
        self.starts = self.ends = self.hard = False


class Described:
    """The description of a member: in a column beside it, or below it where it does not fit."""

    __slots__ = ("ends", "hard", "starts", "text")

    starts: bool
    ends: bool
    hard: bool

    def __init__(self, text: Text) -> None:
        self.text = text
        self.starts, self.ends, self.hard = text.starts, text.ends, text.hard


class Remarks:
    """Comments that stand before a closing bracket."""

    __slots__ = ("above", "ends", "hard", "starts")

    starts: bool
    ends: bool
    hard: bool

    def __init__(self, above: list[Above]) -> None:
        self.above = above
        self.hard = True
        self.starts = self.ends = False


Doc: TypeAlias = Text | Line | Join | Group | Indent | Switch | Tab | Described | Remarks
