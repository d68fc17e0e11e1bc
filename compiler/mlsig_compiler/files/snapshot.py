"""What a run looked at, so that the next one sees at a glance that nothing has changed.

    recall(Command(("schemas",), "out"))    ->  Summary("compiled 2 files: wrote 0, 2 unchanged", …), or None

`out/__pycache__/mlsig.stat` has the sizes and times of all that the last run of one command depended on: the
sources, the folders that were looked through, the configuration, the output, and the compiler itself. While
they all hold, the same command has nothing to do, and says so without reading a file or importing the rest of
the compiler. The file is as dispensable as what else is in that folder, and the truth is always in the texts:
whatever differs, even a time alone, leads to a run that reads them.

Nothing is noted of a run that found, wrote or deleted anything: its warnings have to be said again. Nor while
something is so new that it could change once more and keep its time (`GRAIN`), which git calls racy.
What cannot be seen is a file that changes and keeps its size, its number and both of its times; where the
system keeps no time of change (Windows), setting back the time of writing is enough to hide a change of the
same length.
"""

from __future__ import annotations

import os
import sys
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import PurePath

FOLDER: Final = "__pycache__"
NAME: Final = "mlsig.stat"
FORMAT: Final = 1
CONFIG: Final = "pyproject.toml"
# The coarsest times that a file system keeps are two seconds apart.
GRAIN: Final = 2 * 10**9
HERE: Final = os.path.dirname(__file__)  # noqa: PTH120  (pathlib is half of what a run without work would load)


class Command(NamedTuple):
    """What was asked for, as it was written."""

    paths: tuple[str, ...]
    out: str | None


class Begun(NamedTuple):
    """A run, and the time at which it began, in nanoseconds."""

    command: Command
    when: int


class Summary(NamedTuple):
    """What a run says that has nothing to do, with `--check` and without."""

    compiled: str
    checked: str


def recall(command: Command) -> Summary | None:
    """Return what a run of this command would say, if it is sure to find everything as it was."""
    config = _config()
    try:
        out = command.out if command.out is not None else _configured(config)
        with open(_file(out), "rb") as file:  # noqa: PTH123
            head, _, body = file.read().partition(b"\n")
        if head != _head(body):
            return None
        asked, compiled, checked, *entries = body.decode("utf-8", "surrogateescape").split("\n")
        if asked != _asked(command, config):
            return None
        for entry in entries:
            path = entry.split(" ", 4)[4]
            if entry != _entry(path, os.stat(path)):  # noqa: PTH116
                return None
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return Summary(compiled, checked)


def note(begun: Begun, out: PurePath, used: Iterable[PurePath], said: Summary) -> None:
    """Remember a run that had nothing to do.

    Args:
        begun: What was asked for, and when: what has not changed since is what was read.
        out: The output folder.
        used: Every file and folder that the outcome depends on.
        said: What the same run may say again.
    """
    config = _config()
    paths = list(dict.fromkeys([config] * bool(config) + [str(path) for path in used]))
    file = _file(str(out))
    folder = os.path.dirname(file)  # noqa: PTH120
    # nothing is written outside the output folder, whatever links stand in the way
    if any("\n" in path for path in paths) or os.path.islink(folder):  # noqa: PTH114
        return
    try:
        found = {path: os.stat(path) for path in paths}  # noqa: PTH116
        if any(max(now.st_mtime_ns, now.st_ctime_ns) >= begun.when - GRAIN for now in found.values()):
            return
        entries = [_entry(path, now) for path, now in found.items()]
        body = "\n".join([_asked(begun.command, config), *said, *entries]).encode("utf-8", "surrogateescape")
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        _replace(file, _head(body) + b"\n" + body)
    except OSError:
        return  # the next run reads everything again


def _replace(file: str, data: bytes) -> None:
    from pathlib import Path  # noqa: PLC0415

    from mlsig_compiler.write import replace  # noqa: PLC0415

    replace(Path(file), data)


def _file(out: str) -> str:
    return os.path.join(out, FOLDER, NAME)  # noqa: PTH118


def _head(body: bytes) -> bytes:
    return f"mlsig {FORMAT} {zlib.crc32(body)}".encode()


def _asked(command: Command, config: str) -> str:
    """Return one line that is another for another command, place, compiler or Python."""
    return repr((os.getcwd(), HERE, sys.version, config, *command))  # noqa: PTH109


def _entry(path: str, found: os.stat_result) -> str:
    return f"{found.st_mtime_ns} {found.st_ctime_ns} {found.st_size} {found.st_ino} {path}"


def _config() -> str:
    """Return the nearest configuration, as `config.load` finds it, or an empty string."""
    folder, parent = os.getcwd(), ""  # noqa: PTH109
    while folder != parent:
        path = os.path.join(folder, CONFIG)  # noqa: PTH118
        if os.path.isfile(path):  # noqa: PTH113
            return path
        parent, folder = folder, os.path.dirname(folder)  # noqa: PTH120
    return ""


def _configured(config: str) -> str:
    """Return the configured output folder, without asking whether the rest of the table is right.

    Raises:
        OSError: There is no configuration.
        ValueError: It is not TOML.
        LookupError: It names no folder.
        TypeError: What it names is none.
    """
    import tomllib  # noqa: PLC0415  (not needed with --out)

    with open(config, "rb") as file:  # noqa: PTH123
        return os.path.join(os.path.dirname(config), tomllib.load(file)["tool"]["mlsig"]["out"])  # noqa: PTH118, PTH120
