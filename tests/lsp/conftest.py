"""A real client of a real `mlsig lsp`: one process for all tests of a module, each with files of its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls import uris
from pygls.lsp.client import LanguageClient

PATIENCE = 60  # seconds: what should come in milliseconds may take long on a machine that does much else

QA = '''from shared.kinds import Passage, Verdict as Mark

enum Tone { terse, friendly "warm words" }  # mlsig: ignore[MLS0702]

signature Answer {
  """Answer the question using only the passages."""
  input question: str(min_length=3)  "what the user asks"
  input passages: list[Passage]
  output answer: str
  output verdict: Mark
  tune tone: choice("terse", "friendly") = "terse"
  check cited: verdict != Mark.supported or len(answer) > 0  "a supported answer says something"
  check scored: all(each.score > 0.1 for each in passages)
}

tool search(query: str, k: int = 5) -> list[Passage] = python("corpus:search")  "find passages"

pipeline Research(question: str) -> Answer {
  docs = search(query=question)
  return Answer(question=question, passages=docs)
}
'''
KINDS = """# What is shared.
enum Verdict { supported, refuted, unknown "not enough evidence" }

schema Passage "A retrieved piece of text" {
  text: str(min_length=1)  "the passage itself"
  score: probability = 0.5
}
"""
CORPUS = '''"""Where passages are."""

raise SystemExit("this is never imported")


def search(query: str, k: int = 5) -> list[dict[str, str]]:
    """Find passages."""
    return []
'''


class Editor:
    """An editor: a client, the loop that it lives in, and a folder of files."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        folder: Path,
        encodings: list[types.PositionEncodingKind | str] | None = None,
    ) -> None:
        self.loop = loop
        self.encodings = encodings
        self.folder = folder
        self.client = LanguageClient("tests", "1")
        self.said: dict[str, list[types.Diagnostic]] = {}
        self.news = asyncio.Event()
        self.versions: dict[str, int] = {}
        self.texts: dict[str, str] = {}

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(params: types.PublishDiagnosticsParams) -> None:
            self.said[params.uri] = list(params.diagnostics)
            self.versions[f"said {params.uri}"] = params.version or 0
            self.news.set()

        @self.client.feature(types.CLIENT_REGISTER_CAPABILITY)
        def registered(_: types.RegistrationParams) -> None:
            return None

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, PATIENCE))

    def start(self) -> types.InitializeResult:
        return self.run(self._start())

    async def _start(self) -> types.InitializeResult:
        await self.client.start_io(sys.executable, "-m", "mlsig_compiler", "lsp", cwd=str(self.folder))
        watched = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
        found = await self.client.initialize_async(
            types.InitializeParams(
                capabilities=types.ClientCapabilities(
                    general=types.GeneralClientCapabilities(position_encodings=self.encodings),
                    workspace=types.WorkspaceClientCapabilities(did_change_watched_files=watched),
                ),
                root_uri=uris.from_fs_path(str(self.folder)),
                workspace_folders=[types.WorkspaceFolder(uris.from_fs_path(str(self.folder)) or "", "tests")],
            )
        )
        self.client.initialized(types.InitializedParams())
        return found

    def stop(self) -> None:
        async def ending() -> None:
            await self.client.shutdown_async(None)
            self.client.exit(None)
            await self.client.stop()

        self.run(ending())

    def code(self) -> int | None:
        """Return what the server ended with."""
        process = self.client._server
        return process.returncode if process else None

    # Files

    def uri(self, name: str) -> str:
        return uris.from_fs_path(str(self.folder / name)) or ""

    def identifier(self, name: str) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier(self.uri(name))

    def write(self, name: str, text: str) -> None:
        """Write a file, and let the server know as an editor would."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        change = types.FileEvent(self.uri(name), types.FileChangeType.Changed)
        self.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))

    def show(self, name: str, text: str) -> list[types.Diagnostic]:
        """Open a file or edit it, and return what is said of this text."""
        uri = self.uri(name)
        version = self.versions.get(uri, 0) + 1
        self.versions[uri], self.texts[uri] = version, text
        if version == 1:
            document = types.TextDocumentItem(uri, "mlsig", version, text)
            self.client.text_document_did_open(types.DidOpenTextDocumentParams(document))
        else:
            change = types.TextDocumentContentChangeWholeDocument(text)
            identifier = types.VersionedTextDocumentIdentifier(version, uri)
            self.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))
        self.until(lambda: self.versions.get(f"said {uri}") == version)
        return self.said[uri]

    def close(self, name: str) -> None:
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(self.identifier(name)))
        self.versions.pop(self.uri(name), None)

    def until(self, true: Any) -> None:
        """Wait for something that follows from what the server says."""

        async def waiting() -> None:
            while not true():
                self.news.clear()
                await self.news.wait()

        self.run(waiting())

    # Places

    def at(self, name: str, text: str, offset: int = 0, *, nth: int = 1) -> types.Position:
        """Return the place of a text in a file that is open, and so many characters after its start."""
        whole = self.texts[self.uri(name)]
        start = -1
        for _ in range(nth):
            start = whole.index(text, start + 1)
        before = whole[: start + offset]
        line = before.rpartition("\n")[2]
        return types.Position(before.count("\n"), len(line.encode("utf-16-le")) // 2)

    def ask(self, method: str, name: str, position: types.Position, **more: Any) -> Any:
        """Ask about a place of a file."""
        kind = types.METHOD_TO_TYPES[method][2] or types.TextDocumentPositionParams
        params = kind(text_document=self.identifier(name), position=position, **more)
        return self.request(method, params)

    def request(self, method: str, params: Any) -> Any:
        async def asking() -> Any:
            return await self.client.protocol.send_request_async(method, params)

        return self.run(asking())

    def text_at(self, location: types.Location) -> str:
        """Return the text at a location."""
        path = Path(uris.to_fs_path(location.uri) or "")
        text = self.texts.get(location.uri) or path.read_text(encoding="utf-8")
        return taken(text, location.range)


def taken(text: str, range_: types.Range) -> str:
    """Return the text in a range of one line."""
    line = text.split("\n")[range_.start.line].encode("utf-16-le")
    return line[2 * range_.start.character : 2 * range_.end.character].decode("utf-16-le")


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    folder = tmp_path_factory.mktemp("editor")
    (folder / "pyproject.toml").write_text('[tool.mlsig]\nsrc = ["schemas"]\n', encoding="utf-8")
    (folder / "schemas" / "shared").mkdir(parents=True)
    (folder / "schemas" / "shared" / "kinds.mlsig").write_text(KINDS, encoding="utf-8")
    (folder / "schemas" / "qa.mlsig").write_text(QA, encoding="utf-8")
    (folder / "corpus.py").write_text(CORPUS, encoding="utf-8")
    loop = asyncio.new_event_loop()
    made = Editor(loop, folder)
    made.start()
    yield made
    made.stop()
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
