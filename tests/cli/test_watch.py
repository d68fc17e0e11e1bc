"""`mlsig watch`, as a real process that is told of changes by the file system."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from in_process import Shell

GOOD = "enum Mood { calm, cross }\n"


class Watching:
    """The process, and the lines that it has printed."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mlsig_compiler", "watch", "schemas", "--out", "generated"],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)

    def until(self, words: str) -> str:
        """Return all lines up to one that has some words."""
        said = ""
        while words not in said:
            said += self.lines.get(timeout=120)
        return said

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(120)
        self.reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "moods.mlsig").write_text(GOOD, encoding="utf-8")
    made = Watching(tmp_path)
    yield made
    if made.process.poll() is None:
        made.end()


def test_it_compiles_when_files_change_and_ends_when_told(watching: Watching, tmp_path: Path) -> None:
    watching.until("watching; Ctrl-C ends it")
    made = tmp_path / "generated" / "moods.py"
    before = made.read_text(encoding="utf-8")
    source = tmp_path / "schemas" / "moods.mlsig"
    source.write_text("enum Mood { calm, cros }}\n", encoding="utf-8")
    assert "moods.mlsig:1:" in watching.until("nothing was written")
    assert made.read_text(encoding="utf-8") == before
    new = tmp_path / "schemas" / "new"
    new.write_text("enum Mood { calm, cross, glad }\n", encoding="utf-8")
    new.replace(source)  # as editors do
    watching.until("wrote 1")
    assert "glad" in made.read_text(encoding="utf-8")
    assert watching.end() == 0


def test_it_does_not_start_without_anything_to_watch(tmp_path: Path) -> None:
    done = Shell(tmp_path)("watch")
    assert done.returncode == 2
    assert "set `src`" in done.stderr
