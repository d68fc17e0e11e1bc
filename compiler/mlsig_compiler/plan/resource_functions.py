"""The user's functions that a resource calls: imported, and checked, when they are first used.

    action execute(inputs: json) -> Execution = python("app.programs:execute")

becomes a `Protocol` that says how the function is called, and a method that imports it as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mlsig_compiler import model
from mlsig_compiler.literals import docstring, dotted, identifier
from mlsig_compiler.plan.calls import function_of
from mlsig_compiler.plan.layout import WIDTH, Atom, lay
from mlsig_compiler.plan.resource_spelling import WIDE, MethodUnit, ProtocolUnit, Spelling
from mlsig_compiler.plan.types import annotation


class Functions:
    """The functions of one resource; `protocols` grows while its `methods` are read."""

    def __init__(self, spelling: Spelling) -> None:
        self._of = spelling
        self.protocols: list[ProtocolUnit] = []

    def methods(self) -> Iterator[MethodUnit]:
        """Yield a method for each function, which imports it."""
        resource, scope = self._of.resource, self._of.scope
        row = f"{self._of.resources}.Session, {scope.own(self._of.name)}"
        for one in resource.calculations:
            if isinstance(one.value, model.PythonRef):
                kind = lay(annotation(one.type, scope, bare=True), 0, WIDE)
                type_ = f"{scope('Callable')}[[{row}], {kind}]"
                yield self._function(f"_function_of_{identifier(one.name)}", one.value, type_, one.name)
        for action in resource.actions:
            type_ = f"{self._of.name}.{self._protocol(action)}"
            yield self._function(f"_function_of_{identifier(action.name)}", action.python, type_, action.name)
        for number, hook in enumerate(resource.hooks, 1):
            change = f"{self._of.resources}.Change[{scope.own(self._of.name)}]"
            taken = f"{self._of.resources}.Session, {change}"
            type_ = f"{scope('Callable')}[[{taken}], {scope('object')}]"
            yield self._function(f"_hook_{number}", hook.python, type_, f"{hook.moment} {hook.event}")

    def _function(self, method: str, python: model.PythonRef, type_: str, what: str) -> MethodUnit:
        imported, source = function_of(python, "function")
        return MethodUnit(
            decorator=self._of.scope("staticmethod"),
            head=f"def {method}() -> {type_}:",
            doc=docstring(f"Import what `{what}` is done by.", WIDTH - 8),
            body=(
                f"from {dotted(python.module)} import {imported}",
                "",
                f"checked: {type_} = {source}",
                "return checked",
            ),
        )

    def _protocol(self, action: model.Action) -> str:
        """Note what an action's function is called like, and return the name of that class."""
        words = "".join(word[:1].upper() + word[1:] for word in action.name.split("_"))
        name = stem = f"_{words}Function"
        number = 1
        while any(one.name == name for one in self.protocols):
            number += 1
            name = f"{stem}{number}"
        # A function is handed every argument: it may have defaults of its own, and needs none.
        plain = [replace(field, default=model.REQUIRED) for field in action.parameters]
        params = [self._of.parameter(field) for field in plain]
        first = f"session: {self._of.resources}.Session, row: {self._of.scope.own(self._of.name)}"
        python = action.python
        told = action.description or f"Do what `{action.name}` says."
        self.protocols.append(
            ProtocolUnit(
                name=name,
                base=self._of.scope("Protocol"),
                doc=docstring(f"What `{python.module}:{python.attribute}` is called like.", WIDTH - 8),
                head=self._of.head(
                    "def __call__",
                    params,
                    Atom(self._of.result(action.returns, self._of.scope)),
                    f"self, {first}",
                    8,
                ),
                call_doc=docstring(told, WIDTH - 12),
            )
        )
        return name
