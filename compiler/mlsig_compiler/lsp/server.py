"""The server: the language server protocol on one side, the functions of this package on the other.

Everything runs on one thread. An edit puts the new text into the workspace and wakes `_work`, which proves
the edited file at once, then other open files; when the editor has been quiet for a moment, it lints those,
and proves files that are not open. A question settles the file that it is about first, so answers are about
the text on the screen.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Final, Protocol, TypeVar, cast

from lsprotocol import types
from pygls import uris
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from mlsig_compiler.diagnostics import Diagnostic
from mlsig_compiler.lsp import colouring, completing, finding, hinting, hovering, mending, outlining, renaming
from mlsig_compiler.lsp.diagnosing import diagnostics
from mlsig_compiler.lsp.linting import Linting
from mlsig_compiler.lsp.places import Encoding
from mlsig_compiler.lsp.sheet import Sheet
from mlsig_compiler.lsp.workspace import Workspace
from mlsig_compiler.source import Source, Span

AnswerT = TypeVar("AnswerT")

QUIET: Final = 0.15  # seconds without a message, before files that are not open are proved
BREATH: Final = 0.01  # seconds between two of them
WATCHED: Final = ("**/*.mlsig", "**/pyproject.toml")
TRIGGERS: Final = [".", "@", "(", ":", "=", " "]


class Server(LanguageServer):
    """One editor's server."""

    def __init__(self) -> None:
        # whole texts: positions in them need not be understood, of which pygls counts other line ends
        super().__init__(  # pyright: ignore[reportUnknownMemberType]  (its other arguments)
            "mlsig", version("mlsig"), text_document_sync_kind=types.TextDocumentSyncKind.Full
        )
        self.files = Workspace()
        self.linting = Linting(self.files)
        self.encoding: Encoding = "utf-16"
        self._published: dict[str, tuple[object, ...]] = {}
        self._wake = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._last = 0.0
        self._glanced: Source | None = None

    # Files

    def begin(self, params: types.InitializeParams) -> None:
        """Note which folders the editor has opened."""
        folders = [each.uri for each in params.workspace_folders or ()] or [params.root_uri or ""]
        self.files.folders = [path for path in map(_path, folders) if path is not None and path.is_dir()]

    def look(self) -> None:
        """Look for the files of the folders."""
        encoding = self.workspace.position_encoding
        self.encoding = cast("Encoding", str(getattr(encoding, "value", encoding) or "utf-16"))
        before = set(self.files.files)
        self.files.scan()
        self.linting.forget()
        if before - set(self.files.files):
            self._clear()
        self._say_problems()
        self.wake()

    def put(self, uri: str, text: str, number: int) -> None:
        """Take the text of an open file."""
        path = _path(uri)
        if path is not None:
            module = self.files.put(path, text, number)
            if not self.files.files[module].stale:
                self._publish(module)
            self.wake()

    def drop(self, uri: str) -> None:
        """Take the text of a file from its disk again."""
        path = _path(uri)
        module = self.files.close(path) if path else None
        if module is not None and module not in self.files.files and path is not None:
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))
            self._published.pop(uri, None)
        elif module is not None:
            self.linting.forget(module)
            self._publish(module)
        self.wake()

    def sheet(self, uri: str) -> Sheet | None:
        """Return a file, one of `std` too; None of one that is not known."""
        self._last = asyncio.get_running_loop().time()
        path = _path(uri)
        module = self.files.module(path) if path else None
        if module is not None and module in self.files.files:
            return Sheet(self.files, self.files.files[module].source, self.encoding)
        return None

    def of_module(self, module: str) -> Sheet | None:
        """Return a file by its module."""
        source = self.files.source(module)
        return Sheet(self.files, source, self.encoding) if source else None

    # Proofs

    def wake(self) -> None:
        """Let the files be proved that have changed."""
        self._last = asyncio.get_running_loop().time()
        self._wake.set()
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(0)  # what came with this edit comes first
            swept = False
            while (module := self._next()) is not None:
                file = self.files.files[module]
                looked = self._glanced is file.source
                if file.stale and file.open and not looked and self._glance(module):
                    await asyncio.sleep(0)
                    continue
                if (looked or not file.open or not file.stale) and not await self._quiet():
                    continue  # an edit has come, which is first
                if not file.stale:
                    self._lint(module)
                    await asyncio.sleep(0)
                    continue
                self._prove(module)
                swept = swept or not file.open
                await asyncio.sleep(0 if file.open else BREATH)
            if swept:
                gc.freeze()  # models live as long as the server: the collector need not walk them

    def _next(self) -> str | None:
        """Return the next file that is to be proved or linted: those that are open first."""
        module = next(self.files.stale(), None)
        if module is not None and self.files.files[module].open:
            return module
        return self.linting.waiting() or module

    async def _quiet(self) -> bool:
        """Wait until nothing was said for a moment; return whether no edit has come meanwhile."""
        loop = asyncio.get_running_loop()
        while (left := self._last + QUIET - loop.time()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), left)
            if self._wake.is_set():
                self._wake.clear()
                return False
        return True

    def _prove(self, module: str) -> None:
        try:
            done = self.files.check(module)
        except Exception as error:  # a bug of the compiler must not take the editor's other files with it
            self.files.files[module].stale = False
            self._admit(module, error)
            return
        for each in done:
            self._publish(each)

    def _lint(self, module: str) -> None:
        try:
            self.linting.look(module)
        except Exception as error:  # as above
            self.linting.give_up(module)
            self._admit(module, error)
        self._publish(module)

    def _admit(self, module: str, error: Exception) -> None:
        said = types.LogMessageParams(types.MessageType.Error, f"mlsig failed on {module}: {error}")
        self.window_log_message(said)

    def _glance(self, module: str) -> bool:
        """Say what a first look at an edit finds, and whether there was one."""
        self._glanced = self.files.files[module].source
        try:
            found = self.files.glance(module)
        except Exception:  # then the proof of the whole file fails too, and says so
            return False
        if found is None:
            return False
        self._publish(module, found)
        return True

    def _publish(self, module: str, found: tuple[Diagnostic, ...] | None = None) -> None:
        file = self.files.files[module]
        found = file.found if found is None else found
        if file.open:
            found = (*found, *self.linting.said(module, found))
        sheet = Sheet(self.files, file.source, self.encoding)
        said = (file.version, *(_key(each) for each in found))
        if self._published.get(sheet.uri, (None,)) == said:
            return
        self._published[sheet.uri] = said
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(sheet.uri, diagnostics(found, sheet), file.version)
        )

    def _clear(self) -> None:
        """Take back what was said of files that are no more."""
        for uri in [uri for uri in self._published if (path := _path(uri)) and not path.exists()]:
            self._published.pop(uri)
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def _say_problems(self) -> None:
        """Publish what is wrong with files as such: their names, pyproject.toml."""
        found: dict[str, list[types.Diagnostic]] = {}
        for each in self.files.problems:
            sheet = Sheet(self.files, each.source, self.encoding)
            uri = uris.from_fs_path(str(each.source.path.absolute())) or ""
            found.setdefault(uri, []).extend(diagnostics([each], sheet))
        for uri, said in found.items():
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, said))


def _key(found: Diagnostic) -> object:
    return found.code, found.span, found.message, found.help


def _path(uri: str) -> Path | None:
    """Return the path of a file; of one that is not saved yet, its name."""
    if uri.startswith("file:"):
        path = uris.to_fs_path(uri)
        return Path(path) if path else None
    name = uri.partition(":")[2].strip("/")
    return Path(name) if name and "/" not in name else None


def server() -> Server:
    """Return a server that answers."""
    made = Server()
    _documents(made)
    _questions(made)
    _edits(made)
    return made


def _documents(ls: Server) -> None:
    @ls.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        ls.begin(params)

    @ls.feature(types.INITIALIZED)
    def initialized(_: types.InitializedParams) -> None:
        watch = ls.client_capabilities.workspace and ls.client_capabilities.workspace.did_change_watched_files
        if watch and watch.dynamic_registration:
            watchers = [types.FileSystemWatcher(pattern) for pattern in WATCHED]
            ls.client_register_capability(
                types.RegistrationParams(
                    [
                        types.Registration(
                            "watch",
                            types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                            types.DidChangeWatchedFilesRegistrationOptions(watchers),
                        )
                    ]
                )
            )
        ls.look()

    @ls.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        ls.put(params.text_document.uri, params.text_document.text, params.text_document.version)

    @ls.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        if params.content_changes:
            ls.put(params.text_document.uri, params.content_changes[-1].text, params.text_document.version)

    @ls.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        ls.drop(params.text_document.uri)

    @ls.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_watched(_: types.DidChangeWatchedFilesParams) -> None:
        ls.look()

    @ls.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def did_change_folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        gone = {_path(each.uri) for each in params.event.removed}
        added = [path for each in params.event.added if (path := _path(each.uri)) is not None]
        ls.files.folders = [folder for folder in [*ls.files.folders, *added] if folder not in gone]
        ls.look()


class Placed(Protocol):
    """A question about a place of a file."""

    text_document: types.TextDocumentIdentifier
    position: types.Position


def _at(ls: Server, params: Placed, answer: Callable[[Sheet, int], AnswerT]) -> AnswerT | None:
    """Ask something about a place of a file; None where the file is not known."""
    sheet = ls.sheet(params.text_document.uri)
    return answer(sheet, sheet.places.offset(params.position)) if sheet else None


def _questions(ls: Server) -> None:
    @ls.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(params: types.HoverParams) -> types.Hover | None:
        return _at(ls, params, hovering.hover)

    @ls.feature(types.TEXT_DOCUMENT_DEFINITION)
    def definition(params: types.DefinitionParams) -> list[types.Location] | None:
        return _at(ls, params, finding.definition)

    @ls.feature(types.TEXT_DOCUMENT_REFERENCES)
    def references(params: types.ReferenceParams) -> list[types.Location] | None:
        declared = params.context.include_declaration
        return _at(ls, params, lambda sheet, offset: finding.references(sheet, offset, declared=declared))

    @ls.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def highlight(params: types.DocumentHighlightParams) -> list[types.DocumentHighlight] | None:
        return _at(ls, params, finding.highlights)

    @ls.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(TRIGGERS, resolve_provider=True))
    def completion(params: types.CompletionParams) -> list[types.CompletionItem] | None:
        items = _at(ls, params, completing.complete)
        for item in items or ():
            item.data = [params.text_document.uri, *(item.data or ())]
        return items

    @ls.feature(types.COMPLETION_ITEM_RESOLVE)
    def resolve(item: types.CompletionItem) -> types.CompletionItem:
        match item.data:
            case [str(uri), *rest] if (sheet := ls.sheet(uri)) is not None:
                item.data = rest
                return completing.described(sheet, item)
            case _:
                return item

    @ls.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol] | None:
        sheet = ls.sheet(params.text_document.uri)
        return outlining.symbols(sheet) if sheet else None

    @ls.feature(types.WORKSPACE_SYMBOL)
    def workspace_symbols(params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol]:
        return outlining.workspace_symbols(ls.files, params.query, ls.of_module)

    @ls.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)
    def folds(params: types.FoldingRangeParams) -> list[types.FoldingRange] | None:
        sheet = ls.sheet(params.text_document.uri)
        return outlining.folds(sheet) if sheet else None

    @ls.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, colouring.LEGEND)
    def tokens(params: types.SemanticTokensParams) -> types.SemanticTokens | None:
        sheet = ls.sheet(params.text_document.uri)
        return colouring.tokens(sheet) if sheet else None

    @ls.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    def hints(params: types.InlayHintParams) -> list[types.InlayHint] | None:
        sheet = ls.sheet(params.text_document.uri)
        return hinting.hints(sheet, _span(sheet, params.range)) if sheet else None


def _edits(ls: Server) -> None:
    @ls.feature(types.TEXT_DOCUMENT_FORMATTING)
    def formatting(params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        sheet = ls.sheet(params.text_document.uri)
        return mending.layout(sheet) if sheet else None

    @ls.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions([types.CodeActionKind.QuickFix, mending.ALL]),
    )
    def actions(params: types.CodeActionParams) -> list[types.CodeAction] | None:
        sheet = ls.sheet(params.text_document.uri)
        if sheet is None:
            return None
        ls.files.settle(sheet.module)
        only = [_kind(each) for each in params.context.only] if params.context.only else None
        found = [*ls.files.files[sheet.module].found, *ls.linting.now(sheet.module)]
        return mending.actions(sheet, found, _span(sheet, params.range), only, ls.linting.found)

    @ls.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepare(params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        def ask(sheet: Sheet, offset: int) -> types.PrepareRenamePlaceholder:
            span, name = renaming.prepared(sheet, offset)
            return types.PrepareRenamePlaceholder(sheet.range(span), name)

        return _refusing(lambda: _at(ls, params, ask))

    @ls.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    def rename(params: types.RenameParams) -> types.WorkspaceEdit | None:
        def ask(sheet: Sheet, offset: int) -> types.WorkspaceEdit:
            return renaming.renamed(sheet, offset, params.new_name)

        return _refusing(lambda: _at(ls, params, ask))


def _refusing(ask: Callable[[], AnswerT]) -> AnswerT:
    """Let the editor show why something is refused."""
    try:
        return ask()
    except renaming.Refused as refused:
        raise JsonRpcInvalidParams(message=str(refused)) from None


def _kind(each: types.CodeActionKind | str) -> str:
    return each.value if isinstance(each, types.CodeActionKind) else each


def _span(sheet: Sheet, range_: types.Range) -> Span:
    return Span(sheet.places.offset(range_.start), sheet.places.offset(range_.end))


def serve() -> None:
    """Serve on standard input and output until the editor says that it is enough."""
    server().start_io()
