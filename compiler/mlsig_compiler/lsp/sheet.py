"""A file as one question finds it: its text with places, its syntax, what its names mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from lsprotocol import types
from pygls import uris

from mlsig_compiler import syntax
from mlsig_compiler.lsp.binding import Bound, World
from mlsig_compiler.lsp.places import Encoding, Places
from mlsig_compiler.lsp.workspace import Workspace
from mlsig_compiler.source import Source, Span


@dataclass
class Sheet:
    """One module of a workspace; it may be one of `std`."""

    workspace: Workspace
    source: Source
    encoding: Encoding = "utf-16"

    @property
    def module(self) -> str:
        """The name of its module."""
        return self.source.module

    @property
    def text(self) -> str:
        """Its text."""
        return self.source.text

    @cached_property
    def places(self) -> Places:
        """Offsets as lines and columns."""
        return Places(self.source.text, self.encoding)

    @cached_property
    def tree(self) -> syntax.File:
        """Its syntax."""
        return self.workspace.tree(self.module) or syntax.File((), ())

    @cached_property
    def bound(self) -> Bound:
        """What its names mean."""
        return self.workspace.bound(self.module)

    @cached_property
    def world(self) -> World:
        """What its names may lead to."""
        return World(self.workspace)

    def other(self, module: str) -> Sheet | None:
        """Return another module."""
        if module == self.module:
            return self
        source = self.workspace.source(module)
        return Sheet(self.workspace, source, self.encoding) if source else None

    @property
    def uri(self) -> str:
        """What the editor calls the file."""
        path = self.workspace.path(self.module) or self.source.path
        return uris.from_fs_path(str(path)) or ""

    def range(self, span: Span) -> types.Range:
        """Return the lines and columns of a span."""
        return self.places.range(span)

    def location(self, span: Span) -> types.Location:
        """Return where a span is, with the file."""
        return types.Location(self.uri, self.range(span))
