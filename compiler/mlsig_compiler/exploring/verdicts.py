"""Which lines of a file of configurations are illegal, and why.

for verdict in verdicts(Tuning, stream):
    verdict.line, verdict.issues
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

from mlsig.errors import Issue

if TYPE_CHECKING:
    from mlsig.spaces import Space

LONGEST: Final = 2**20


class Verdict(NamedTuple):
    """What is wrong with the configuration in a line, which is counted from 1; nothing of a legal one."""

    line: int
    issues: tuple[Issue, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as data."""
        issues = [{"path": issue.path, "code": issue.code, "message": issue.message} for issue in self.issues]
        return {"line": self.line, "legal": not self.issues, "issues": issues}


def verdicts(space: type[Space], stream: IO[bytes]) -> Iterator[Verdict]:
    """Yield a verdict for each line that has a configuration; empty lines have none."""
    number = 0
    while line := stream.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST and not line.endswith(b"\n"):
            while (rest := stream.readline(LONGEST)) and not rest.endswith(b"\n"):
                pass
            yield Verdict(number, (Issue("", "too_long", f"the line has more than {LONGEST:,} bytes"),))
            continue
        text = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
        if text:
            yield Verdict(number, tuple(_issues(space, text)))


def _issues(space: type[Space], text: bytes) -> list[Issue]:
    import msgspec  # noqa: PLC0415

    try:
        values: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return [Issue("", "json", f"this is not JSON: {error}")]
    except RecursionError:
        return [Issue("", "json", "this is nested too deeply")]
    return space.check(values)
