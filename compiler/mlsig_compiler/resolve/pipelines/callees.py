"""What the steps of a pipeline call: programs, signatures, tools and pipelines, alike in what matters here.

    callee("search", …)   ->   Callee("search", "tool", (Field("query", …), …), ListType(…))

A pipeline may be called before it is declared, so the heads of all of them are read first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.findings.nearest import nearest
from mlsig_compiler.resolve.pipelines import outcomes
from mlsig_compiler.resolve.programs import tools
from mlsig_compiler.resolve.scope import Scope, Skip, article
from mlsig_compiler.source import Span

KINDS: Final = ("program", "signature", "tool", "pipeline")
ANY: Final = "program, signature, tool or pipeline"


@dataclass(frozen=True, slots=True)
class Callee:
    """What a step calls. An `open` one may have parameters that could not be read."""

    name: str
    kind: str
    parameters: tuple[model.Field, ...]
    returns: model.Type
    own: bool  # declared in this file
    open: bool = False


Heads: TypeAlias = dict[str, Callee]


def heads(scope: Scope) -> Heads:
    """Read the parameters and the return types of a file's pipelines."""
    found: Heads = {}
    for node in scope.of(syntax.Pipeline):
        name = node.head.name.text
        parameters = tools.parameters(node.parameters, scope)
        returns = (
            outcomes.read(node.returns, scope, "signature", "program") if node.returns else model.ANYTHING
        )
        found[name] = Callee(name, "pipeline", parameters, returns, own=True, open=node.head.broken)
    return found


def callee(name: str, span: Span, heads: Heads, scope: Scope) -> Callee:
    """Return what a step calls.

    Raises:
        Skip: It is not something that can be called, which has been reported, or nothing is known of it.
    """
    if scope.kind(name) not in KINDS:
        _refuse(name, span, scope)
        raise Skip
    if name in heads:
        return heads[name]
    declaration = scope.declaration(name)
    module, _ = outcomes.place(name, scope)
    own, open_ = module == scope.module, module == scope.module and scope.partial(name)
    match declaration:
        case model.Tool() | model.Pipeline():
            kind = "tool" if isinstance(declaration, model.Tool) else "pipeline"
            return Callee(name, kind, declaration.parameters, declaration.returns, own, open_)
        case model.Signature():
            returns = model.ANYTHING if open_ else outcomes.meaning(name, scope)
            return Callee(name, "signature", declaration.inputs, returns, own, open_)
        case model.Program():
            return _program(name, declaration, module, scope)
        case _:
            raise Skip


def _program(name: str, program: model.Program, module: str, scope: Scope) -> Callee:
    """Return a program as what is called: it takes and returns what its signature does."""
    where, signature = outcomes.signature_of(program, module, scope)
    exports = None if where == scope.module else scope.library.get(where)
    found = exports.declarations.get(signature) if exports else scope.made.get(signature)
    if not isinstance(found, model.Signature):
        raise Skip
    own = where == scope.module
    open_ = own and scope.partial(signature)
    returns = model.ANYTHING if open_ else model.OutputType(signature, where)
    return Callee(name, "program", found.inputs, returns, own, open_)


def _refuse(name: str, span: Span, scope: Scope) -> None:
    kind = scope.kind(name)
    if scope.unknowable(name):
        return
    if kind is None:
        lead = scope.lead(name, span, *KINDS)
        scope.report("MLS0304", span, f"there is no {ANY} `{name}` in this file", **lead)
        return
    where = scope.where(name)
    meant = nearest(name, scope.names(*KINDS))
    scope.report(
        "MLS0305",
        span,
        f"`{name}` is {article(kind)}, and a step calls a {ANY}",
        labels=(Label(where, "declared here"),) if where else (),
        help=f"did you mean `{meant}`?" if meant else "",
    )
