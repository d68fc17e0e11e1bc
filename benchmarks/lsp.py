"""How quickly the language server answers in a workspace of 100,000 lines, over its real connection.

    python -m benchmarks.lsp                 # needs mlsig[lsp]

Files have 200 lines and import from a common file; one has 1,000 lines. An edit is from the message of a key
to the findings of the new text; beside it stands the time that the server itself worked, which depends less
on what else the machine does.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from lsprotocol import types
from pygls import uris
from pygls.lsp.client import LanguageClient

from benchmarks.sources import PAIR
from benchmarks.timing import Figure

LINES = 100_000
EACH = 11  # pairs of a signature and a space in a file: 200 lines
LARGE = 55  # pairs in the large file
EDITS = 20
LAST = "zz.mlsig"  # the last to be proved, and the only one with a mistake
COMMON = "enum Tone { terse, friendly }\n\nschema Passage { text: str  score: probability = 0.5 }\n"
HEAD = "from common import Passage, Tone\n\nschema Note{n} {{ passage: Passage  tone: Tone }}\n"


def workspace(folder: Path) -> int:
    """Write the files, and return how many lines they have."""
    (folder / "common.mlsig").write_text(COMMON, encoding="utf-8")
    lines = number = 0
    while lines < LINES:
        pairs = LARGE if number == 0 else EACH
        text = HEAD.format(n=number) + "".join(PAIR.format(n=number * 100 + at) for at in range(pairs))
        lines += text.count("\n")
        (folder / f"m{number}.mlsig").write_text(text, encoding="utf-8")
        number += 1
    (folder / LAST).write_text("schema Last { wrong: strng }\n", encoding="utf-8")
    return lines


class Typist:
    """A client that types, and waits for what is said of what it typed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.client = LanguageClient("benchmark", "1")
        self.seen: dict[str, int] = {}
        self.files: set[str] = set()
        self.news = asyncio.Event()

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(params: types.PublishDiagnosticsParams) -> None:
            self.files.add(params.uri)
            if params.version is not None:
                self.seen[params.uri] = params.version
            self.news.set()

    async def start(self) -> None:
        root = uris.from_fs_path(str(self.folder)) or ""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(["compiler", "runtime"])}
        await self.client.start_io(sys.executable, "-m", "mlsig_compiler", "lsp", env=environment)
        folders = [types.WorkspaceFolder(root, "benchmark")]
        asked = types.InitializeParams(types.ClientCapabilities(), root_uri=root, workspace_folders=folders)
        await self.client.initialize_async(asked)
        self.client.initialized(types.InitializedParams())

    async def until(self, uri: str, number: int) -> None:
        while self.seen.get(uri) != number:
            self.news.clear()
            await self.news.wait()

    async def said_of(self, uri: str) -> None:
        while uri not in self.files:
            self.news.clear()
            await self.news.wait()

    async def open(self, uri: str, text: str) -> None:
        document = types.TextDocumentItem(uri, "mlsig", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(document))
        await self.until(uri, 1)

    async def edits(self, uri: str, text: str) -> list[float]:
        """Type in the middle of a file; return how long each key took, in seconds."""
        at = text.index("is asked", len(text) // 2)
        took: list[float] = []
        for number in range(2, EDITS + 2):
            text = text[:at] + "x" + text[at:]
            started = time.perf_counter()
            identifier = types.VersionedTextDocumentIdentifier(number, uri)
            change = types.TextDocumentContentChangeWholeDocument(text)
            self.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))
            await self.until(uri, number)
            took.append(time.perf_counter() - started)
        return took

    def worked(self) -> float:
        """Return the seconds of processor time that the server has used."""
        fields = Path(f"/proc/{self.client._server.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def stop(self) -> None:
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()


async def measured(folder: Path) -> list[Figure]:
    """Return the figures of one run."""
    lines = workspace(folder)
    count = len(list(folder.iterdir()))
    where = f"in {lines:,} lines, {count} files"
    started = time.perf_counter()
    typist = Typist(folder)
    await typist.start()
    middle, large = folder / f"m{count // 2}.mlsig", folder / "m0.mlsig"
    uri = uris.from_fs_path(str(middle)) or ""
    text = middle.read_text(encoding="utf-8")
    await typist.open(uri, text)
    first, first_work = time.perf_counter() - started, typist.worked()
    await typist.said_of(uris.from_fs_path(str(folder / LAST)) or "")
    whole, whole_work = time.perf_counter() - started, typist.worked()
    small = await typist.edits(uri, text)
    small_work = typist.worked() - whole_work
    other = uris.from_fs_path(str(large)) or ""
    await typist.open(other, large.read_text(encoding="utf-8"))
    opened = typist.worked()
    big = await typist.edits(other, large.read_text(encoding="utf-8"))
    big_work = typist.worked() - opened
    await typist.stop()

    def edit(took: list[float], work: float) -> str:
        return f"{1000 * median(took):.0f} ms, {1000 * work / EDITS:.0f} ms of work"

    return [
        Figure(
            f"an opened file's findings, from the start, {where}",
            "3 s",
            f"{first:.2f} s, {first_work:.2f} s of work",
        ),
        Figure(f"an edit of a file of 200 lines, {where}, median", "60 ms", edit(small, small_work)),
        Figure(f"an edit of a file of 1,000 lines, {where}, median", "60 ms", edit(big, big_work)),
        Figure(f"findings of all files, {where}", "none", f"{whole:.1f} s, {whole_work:.1f} s of work"),
    ]


def run(folder: Path) -> list[Figure]:
    """Return the figures; `folder` is for the workspace."""
    folder.mkdir(parents=True, exist_ok=True)
    return asyncio.run(measured(folder))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        for figure in run(Path(place)):
            print(*figure.cells(), sep=" | ")
