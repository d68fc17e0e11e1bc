"""What is known of one code."""

from __future__ import annotations

from textwrap import fill, indent
from typing import Final, Literal, NamedTuple

from mlsig_compiler.findings.terminal import printable

LONGEST: Final = 200


# Names the pages of docs/errors.md: their address, once they stand on the web.
PAGES: Final = "urn:mlsig:errors"


class Code(NamedTuple):
    """One code. `wrong` and `right` are whole files, empty where the mistake is not in a file."""

    code: str
    title: str
    explanation: str
    wrong: str = ""
    right: str = ""

    @property
    def severity(self) -> Literal["error", "warning"]:
        """How bad it is: lint warns, everything else is an error."""
        return "warning" if self.code.startswith("MLS07") else "error"

    @property
    def anchor(self) -> str:
        """Where the page stands in docs/errors.md."""
        return self.code.lower()

    @property
    def uri(self) -> str:
        """What identifies the page."""
        return f"{PAGES}#{self.anchor}"

    def page(self) -> str:
        """Return what `mlsig explain` prints."""
        parts = [f"{self.code}: {self.title}", fill(self.explanation, 100)]
        if self.wrong:
            parts += ["Wrong:", indent(_short(self.wrong), "    ")]
            parts += ["Right:", indent(_short(self.right), "    ")]
        return "\n\n".join(parts) + "\n"

    def markdown(self) -> str:
        """Return the page as docs/errors.md has it, without its heading and title."""
        parts = [self.explanation]
        if self.wrong:
            parts += ["Wrong:", f"```text\n{_short(self.wrong)}\n```"]
            parts += ["Right:", f"```text\n{_short(self.right)}\n```"]
        return "\n\n".join(parts) + "\n"


def _short(example: str) -> str:
    """Return an example for people: long repetitions cut, characters that cannot be seen spelt out."""
    lines = [printable(line) for line in example.strip().split("\n")]
    return "\n".join(line if len(line) <= LONGEST else f"{line[:LONGEST]}…" for line in lines)
