"""The lines of a layout: where they break, and what they hold.

    printed(doc, 0)  ->  [Row("schema A {"), Row("  x: int"), Row("}")]

A group is broken only where it does not fit into the columns that are left, together with what follows it
up to the next place that may be broken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeAlias

from mlsig_compiler.formatting.docstrings import indented
from mlsig_compiler.formatting.documents import (
    Described,
    Doc,
    Group,
    Indent,
    Join,
    Line,
    Remarks,
    Switch,
    Tab,
    Text,
)
from mlsig_compiler.formatting.trivia import Above, Around

WIDTH: Final = 100
STEP: Final = 2

# An indentation, whether everything is on one line, and what is to be written.
Task: TypeAlias = tuple[int, bool, Doc]


@dataclass(slots=True)
class Row:
    """A line. `marks` are where its columns begin, `comment` is what ends it.

    `begins`: a member begins here. `remark`: it is only a comment. `below`: it is only a description.
    """

    text: str
    comment: str = ""
    marks: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    begins: bool = False
    remark: bool = False
    below: bool = False

    @property
    def indent(self) -> int:
        """How many spaces it begins with."""
        return len(self.text) - len(self.text.lstrip(" "))


def printed(doc: Doc) -> list[Row]:
    """Return the lines of a document."""
    printer = _Printer()
    printer.run(doc)
    return printer.rows


class _Printer:
    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.row = Row("", begins=True)

    def run(self, doc: Doc) -> None:
        tasks: list[Task] = [(0, False, doc)]
        while tasks:
            indent, flat, part = tasks.pop()
            match part:
                case Text():
                    self.text(part.text, part.around, indent)
                case Join():
                    tasks += [(indent, flat, inner) for inner in reversed(part.parts)]
                case Indent():
                    tasks.append((indent + STEP, flat, part.part))
                case Group():
                    fits = flat or (not part.broken and self.fits(indent, part.part, tasks))
                    tasks.append((indent, fits, part.part))
                case Line():
                    if flat:
                        self.write(part.flat, indent)
                    else:
                        self.end(begins=part.begins)
                        self.space(part.blank)
                case Switch():
                    self.text(part.flat if flat else part.broken, part.around, indent)
                case Tab():
                    self.tab(part.kind, 1 if flat else part.width)
                case Described():
                    self.described(part, indent, flat, tasks)
                case Remarks():
                    self.remarks(part.above, indent)
        self.end()

    def described(self, part: Described, indent: int, flat: bool, tasks: list[Task]) -> None:
        """Write a description beside its member, or below it."""
        text = part.text.text
        if flat:
            self.write(" ", indent)
        elif not part.starts and "\n" not in text and self.room(indent) >= len(text) + 2:
            self.tab("text", 2)
        else:
            self.end()
            self.row.below = True
            indent += STEP
        tasks.append((indent, flat, part.text))

    def room(self, indent: int) -> int:
        """Return how many columns are left."""
        return WIDTH - (len(self.row.text) if self.row.text and not self.row.comment else indent)

    def fits(self, indent: int, doc: Doc, tasks: list[Task]) -> bool:  # noqa: PLR0912  (one way for each kind)
        """Say whether a document fits on this line, with what follows up to where a line may end."""
        room = self.room(indent)
        waiting: list[tuple[bool, Doc]] = [(True, doc)]
        after, begun = len(tasks), False
        while room >= 0:
            if not waiting:
                if not after:
                    return True
                after -= 1
                waiting.append(tasks[after][1:])
                continue
            flat, part = waiting.pop()
            match part:
                case Text() | Switch():
                    text = part.text if isinstance(part, Text) else part.flat if flat else part.broken
                    if part.starts and begun:
                        return True
                    room = WIDTH - indent if part.starts else room  # below its comments
                    begun = True
                    room -= len(text.partition("\n")[0])
                    if part.ends or "\n" in text:
                        return room >= 0
                case Join():
                    waiting += [(flat, inner) for inner in reversed(part.parts)]
                case Indent() | Group():
                    waiting.append((flat, part.part))
                case Line():
                    if not flat:
                        return True
                    room -= len(part.flat)
                case Tab():
                    room -= 1 if flat else part.width
                case Described():
                    if not flat:
                        return True
                    waiting += [(flat, part.text), (flat, Text(" "))]
                case Remarks():
                    return True
        return False

    def text(self, text: str, around: Around, indent: int) -> None:
        """Write a token and the comments around it."""
        if around.before:
            self.end(begins=self.row.begins and not self.row.text)
            self.remarks(around.before, indent)
            self.space(around.blank)
        if text:
            self.write(text, indent, alone=bool(around.after))
        if around.after:
            if self.row.comment:
                self.end()
            self.row.comment = around.after
            self.row.text = self.row.text or " " * indent

    def write(self, text: str, indent: int, *, alone: bool = False) -> None:
        """Write characters; what comes after a comment stands on the next line, but a comma before it."""
        if self.row.comment and (text != "," or alone):
            self.end()
        if not self.row.text.strip(" "):
            if not text.strip(" "):
                return
            self.row.text = " " * indent
        if "\n" in text:
            lines = indented(text, indent).split("\n")
            self.row.text += lines[0]
            for line in lines[1:]:
                self.rows.append(self.row)
                self.row = Row(line, below=self.row.below)
            return
        self.row.text += text

    def tab(self, kind: str, width: int) -> None:
        """Begin a column."""
        if self.row.text and not self.row.comment:
            self.row.text += " " * width
            self.row.marks.append((kind, len(self.row.text)))

    def remarks(self, above: list[Above], indent: int) -> None:
        """Write comments that have lines of their own."""
        for place, (text, blank) in enumerate(above):
            self.space(blank and place > 0)
            self.rows.append(Row(" " * indent + text, begins=True, remark=True))

    def end(self, *, begins: bool = False) -> None:
        """End the line, if anything stands on it."""
        row = self.row
        text = row.text.rstrip(" ")
        if text or row.comment:
            if not text:
                row.text, row.comment, row.remark = row.text + row.comment, "", True
            else:
                row.text = text
            self.rows.append(row)
        self.row = Row("", begins=begins or (row.begins and not text))

    def space(self, blank: bool) -> None:
        """Leave a line blank, if one is wanted."""
        if blank and self.rows and self.rows[-1].text:
            self.rows.append(Row(""))
