"""Files as they were at a revision of git.

with checked_out("v1.2", Path("app"), [Path("schemas")]) as folder: …
"""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path


class NoRevision(Exception):
    """Git has no such revision, or there is no git."""


def top(folder: Path) -> Path:
    """Return the top folder of the repository that a folder is in.

    Raises:
        NoRevision: It is in none.
    """
    return Path(_git(folder, "rev-parse", "--show-toplevel").decode().strip())


@contextmanager
def checked_out(revision: str, repository: Path, paths: Sequence[Path]) -> Generator[Path]:
    """Put the files at some paths of a revision into a folder of their own; paths may be missing there.

    Raises:
        NoRevision: Git has no such revision.
    """
    name = _commit(revision, repository)
    wanted = [path.as_posix() for path in paths]
    there = [
        each for each in wanted if each == "." or _git(repository, "ls-tree", "--name-only", name, "--", each)
    ]
    with tempfile.TemporaryDirectory(prefix="mlsig-") as made:
        if there:
            packed = _git(repository, "archive", "--format=tar", name, "--", *there)
            with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
                for member in archive:
                    file = archive.extractfile(member) if member.isfile() else None
                    if file is not None and member.name.endswith(".mlsig"):
                        target = Path(made, *Path(member.name).parts)
                        target.parent.mkdir(parents=True, exist_ok=True)
                        target.write_bytes(file.read())
        yield Path(made)


def _commit(revision: str, repository: Path) -> str:
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    try:
        return _git(repository, *words).decode().strip()
    except NoRevision as error:
        if str(error):
            raise
    help = "`git fetch` brings what a remote has, and `git fetch --unshallow` what a shallow clone left out"
    raise NoRevision(f"git has no revision `{revision}`; {help}")


def _git(folder: Path, *words: str) -> bytes:
    try:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        raise NoRevision("git is not installed") from None
    if done.returncode:
        raise NoRevision(done.stderr.decode("utf-8", "replace").strip())
    return done.stdout
