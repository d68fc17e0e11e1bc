"""What can be tuned about the signatures, programs, pipelines and resources of one module.

Tunable(module, library, modules).spaces()  ->  {"Answer": Space("Answer.Variables", …), …}
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from mlsig_compiler import model
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.plan.foreign import searched, served
from mlsig_compiler.resolve import Library
from mlsig_compiler.resolve.spaces import membership
from mlsig_compiler.variables import Own, extract, of_pipeline, of_program, of_resource, own


class Tunable:
    """The variables of one module.

    Args:
        module: The module, which need not be free of errors yet.
        library: The modules that it imports from, without itself.
        modules: Their models, for what can be tuned about the signatures and programs that it imports.
    """

    def __init__(
        self, module: model.Module, library: Library, modules: Mapping[str, model.Module | None]
    ) -> None:
        self._module = module
        self._library = library
        self._modules = modules
        self._declared = {node.name: node for node in module.declarations}
        self._imported = {found.local: (found.module, found.name) for found in module.imports}
        self._own: dict[tuple[str, str], Own] = {}

    def check(self, diagnostics: Diagnostics) -> None:
        """Report names that mean two things in a signature, and values of inputs that these cannot have."""
        for node in self._module.declarations:
            if isinstance(node, model.Program):
                self._check_program(node, diagnostics)
            if isinstance(node, model.Signature):
                for clash in self._brought(node).clashes:
                    what = f"two things of the signature `{node.name}` are called `{clash.name}`"
                    help = f"one is of {clash.first}, one of {clash.second}: rename one of them"
                    if not clash.first.startswith("the fields"):
                        help += (
                            f", or `tune {clash.name}` in the signature, of the same kind, to say what it is"
                        )
                    diagnostics.report("MLS0430", node.span, what, help=help)

    def _check_program(self, node: model.Program, diagnostics: Diagnostics) -> None:
        """Report what a program's space lets an input be that varies, and that it cannot be."""
        signature, space = self._declaration(node.signature), self._declaration(node.space)
        if not isinstance(signature, model.Signature) or not isinstance(space, model.Space):
            return
        brought = self._brought(signature, self._imported.get(node.signature, ("", ""))[0])
        inputs = {each.name: each for each in brought.variables if each.name in brought.inputs}
        for variable in space.variables:
            if variable.name in inputs and not fits(variable, inputs[variable.name]):
                message = (
                    f"the space of program `{node.name}` lets `{variable.name}` be what the input cannot be"
                )
                help = f"`{variable.name}` of space `{node.space}` has to be one of the input's values"
                diagnostics.report("MLS0514", node.span, message, help=help)

    def spaces(self) -> dict[str, model.Space]:
        """Return the space of each signature, program, pipeline and resource, by name; the module is right.

        A resource has one where an attribute of it is marked `@variable`.
        """
        found: dict[str, model.Space] = {}
        nodes = self._module.declarations
        signatures = [node for node in nodes if isinstance(node, model.Signature)]
        programs = [node for node in nodes if isinstance(node, model.Program)]
        pipelines = {node.name: node for node in nodes if isinstance(node, model.Pipeline)}
        visible = self._library.visible(self._module) if signatures else []
        providers = [node for node in visible if isinstance(node, model.Provider)]
        for node in signatures:
            found[node.name] = extract(node, providers, self._brought(node))
        if programs:
            spaces, known = searched(self._module, self._library), served(self._module, self._library)
            for program in programs:
                signature, space = self._declaration(program.signature), spaces.get(program.space)
                if isinstance(signature, model.Signature) and space is not None:
                    home = self._imported.get(program.signature, ("", ""))[0]
                    brought = self._brought(signature, home)
                    found[program.name] = of_program(program, signature, brought, space, known)

        def callee(name: str) -> model.Space | None:
            if name in pipelines and name not in found:
                found[name] = of_pipeline(pipelines[name], callee)
            if name in found:
                return found[name]
            home, there = self._imported.get(name, ("", ""))
            module = self._modules.get(home)
            return module.variables.get(there) if module else None

        for name in pipelines:
            callee(name)
        for resource in nodes:
            varied = of_resource(resource, self._enum) if isinstance(resource, model.Resource) else None
            if varied is not None:
                found[resource.name] = varied
        return {node.name: found[node.name] for node in nodes if node.name in found}

    def _brought(self, signature: model.Signature, home: str = "") -> Own:
        key = home, signature.name
        if key not in self._own:
            self._own[key] = own(signature, self._schema, self._enum)
        return self._own[key]

    def _declaration(self, name: str) -> model.Declaration | None:
        """Return what a name of the module means."""
        if name in self._declared:
            return self._declared[name]
        return self._in(*self._imported.get(name, ("", "")))

    def _in(self, home: str, name: str) -> model.Declaration | None:
        if home == self._module.name:
            return self._declared.get(name)
        exports = self._library.get(home)
        return exports.declarations.get(name) if exports else None

    def _schema(self, type_: model.SchemaType) -> model.Schema | None:
        found = self._in(type_.module, type_.name)
        return found if isinstance(found, model.Schema) else None

    def _enum(self, type_: model.EnumType) -> model.Enum | None:
        found = self._in(type_.module, type_.name)
        return found if isinstance(found, model.Enum) else None


def fits(variable: model.Variable, field: model.Variable) -> bool:
    """Say whether every value of a variable is one that a field can have."""
    if variable.kind != field.kind:
        return False
    for domain in (variable.domain, *(branch.domain for branch in variable.branches)):
        ends = domain.options if isinstance(domain, model.OptionsDomain) else (domain.low, domain.high)
        if any(membership.refusal(end, field.domain) for end in ends) or not _on_steps(domain, field.domain):
            return False
    return True


def _on_steps(domain: model.Domain, within: model.Domain) -> bool:
    """Say whether the steps of a range are among those of another, which has its ends."""
    if isinstance(domain, model.OptionsDomain) or isinstance(within, model.OptionsDomain):
        return True
    if within.step is None:
        return True
    if domain.step is None or membership.off_grid(domain.low, within) is not None:
        return False
    return (Fraction(str(domain.step)) / Fraction(str(within.step))).denominator == 1
