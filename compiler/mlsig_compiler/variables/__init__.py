"""What can be tuned about a signature, a program and a pipeline, found out at compile time.

    extract(signature, providers) -> Space("Answer.Variables", variables=(provider, model, tone, adapter, …))
    of_program(program, signature, own, space, served)      the space, and what it leaves out
    of_pipeline(pipeline, callee)                           each step's, as `step.variable`
    of_resource(resource, enum)                             its attributes marked `@variable`

A signature brings its `tune` members, its inputs marked `@variable`, and what the schemas that it reaches
have of both (`own`). The standard variables that fit its outputs and the providers come with them
(`fitting`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from mlsig_compiler import model
from mlsig_compiler.bugs import InternalError
from mlsig_compiler.source import Span
from mlsig_compiler.variables.fitting import fitting, is_provider
from mlsig_compiler.variables.moving import moved
from mlsig_compiler.variables.own import Clash, Own, own
from mlsig_compiler.varying import EnumOf, attributes

__all__ = ["Clash", "Own", "extract", "of_pipeline", "of_program", "of_resource", "own"]


def extract(
    signature: model.Signature, providers: Sequence[model.Provider], brought: Own | None = None
) -> model.Space:
    """Return the space of everything about a signature that can be tuned.

    Args:
        signature: The signature.
        providers: Those of its file, which `provider` chooses among when they have models; the first of a
            name counts.
        brought: What it brings itself; its `tune` members where nothing is said. They take the place of the
            standard variables of their names.
    """
    span = signature.span
    mine = signature.tunes if brought is None else brought.variables
    tuned = {variable.name: variable for variable in mine}
    known: dict[str, model.Provider] = {}
    for provider in providers:
        known.setdefault(provider.name, provider)
    choice = _choice_of_model(known, tuned, span)
    chosen = _chosen((*choice, *mine), known)
    outputs = {field.name for field in signature.outputs}
    standard = fitting(outputs, tuned, chosen, span)
    added = [variable for variable in (*choice, *standard) if variable.name not in tuned]
    return model.Space(
        name=f"{signature.name}.Variables",
        variables=_in_order([*added, *mine]),
        declared=(*tuned, *(variable.name for variable in added)),
        description=f"What can be tuned about `{signature.name}`.",
        span=span,
    )


def of_program(
    program: model.Program,
    signature: model.Signature,
    brought: Own,
    space: model.Space,
    served: Mapping[str, model.Provider],
) -> model.Space:
    """Return a program's space with what its signature brings and the standard variables that fit.

    What the space has already is as the space has it; it is returned itself where it has everything.
    """
    span = program.span
    taken = {*space.declared, *(composite.name for composite in space.composites)}
    mine = [variable for variable in brought.variables if variable.name not in taken]
    taken |= {variable.name for variable in mine}
    chosen = _chosen(space.variables, served)
    standard = fitting({field.name for field in signature.outputs}, taken, chosen, span)
    added = [*(moved(variable, span) for variable in mine), *standard]
    if not added:
        return space
    return model.Space(
        name=f"{program.name}.Variables",
        variables=_in_order([*space.variables, *added]),
        declared=(*space.declared, *(variable.name for variable in added)),
        constraints=space.constraints,
        preferences=space.preferences,
        composites=space.composites,
        description=f"What can be tuned about `{program.name}`.",
        span=span,
    )


def of_pipeline(pipeline: model.Pipeline, callee: Callable[[str], model.Space | None]) -> model.Space:
    """Return the variables of every step, named `step.variable`; those of what it returns `return.variable`.

    Args:
        pipeline: The pipeline.
        callee: Gives what can be tuned about a program, signature or pipeline by its name; None for a tool.
    """
    parts: list[model.Space] = []
    for step in pipeline.steps:
        space = callee(step.callee) if step.callee else None
        if space is not None:
            parts.append(_within(step.name or "return", space, step.span))
    return model.Space(
        name=f"{pipeline.name}.Variables",
        variables=tuple(each for part in parts for each in part.variables),
        declared=tuple(name for part in parts for name in part.declared),
        constraints=tuple(each for part in parts for each in part.constraints),
        preferences=tuple(each for part in parts for each in part.preferences),
        composites=tuple(each for part in parts for each in part.composites),
        description=f"What can be tuned about the steps of `{pipeline.name}`.",
        span=pipeline.span,
    )


def of_resource(resource: model.Resource, enum: EnumOf) -> model.Space | None:
    """Return the space of the attributes that are marked `@variable`; None where none is."""
    found = attributes(resource, enum)
    if not found:
        return None
    return model.Space(
        name=f"{resource.name}.Variables",
        variables=found,
        declared=tuple(each.name for each in found),
        description=f"What varies about `{resource.name}`.",
        span=resource.span,
    )


def _within(step: str, space: model.Space, span: Span) -> model.Space:
    """Return a space whose names begin with that of a step."""
    own = [*(each.name for each in space.variables), *(each.name for each in space.composites)]
    names = {name: f"{step}.{name}" for name in own}
    here = moved(space, span, names)
    return replace(
        here,
        declared=tuple(names[name] for name in space.declared),
        variables=tuple(
            replace(each, name=names[each.name], depends=tuple(names[name] for name in each.depends))
            for each in here.variables
        ),
        composites=tuple(
            replace(each, name=names[each.name], depends=tuple(names[name] for name in each.depends))
            for each in here.composites
        ),
        constraints=tuple(replace(each, name=f"{step}.{each.name}") for each in here.constraints),
    )


def _chosen(
    variables: Sequence[model.Variable], providers: Mapping[str, model.Provider]
) -> list[model.Provider]:
    """Return the providers that a variable called `provider` can choose, with the models that `model` can."""
    options, models = _options(variables, "provider"), _options(variables, "model")
    found: list[model.Provider] = []
    for name in options:
        provider = providers.get(str(name))
        if provider is not None:
            known = tuple(each for each in provider.models if each.name in models)
            found.append(replace(provider, models=known))
    return found


def _options(variables: Sequence[model.Variable], name: str) -> tuple[model.Scalar, ...]:
    """Return the options of a variable; none of one that has no options, or is not there."""
    found = {variable.name: variable.domain for variable in variables}
    domain = found.get(name)
    return domain.options if isinstance(domain, model.OptionsDomain) else ()


def _choice_of_model(
    providers: Mapping[str, model.Provider], tuned: Mapping[str, model.Variable], span: Span
) -> list[model.Variable]:
    """Return `provider` over all providers that have models, and `model` over those of the chosen one."""
    models = {name: tuple(known.name for known in provider.models) for name, provider in providers.items()}
    names = tuple(name for name, known in models.items() if known)
    default: model.Scalar = names[0] if names else None
    if "provider" in tuned:
        chosen = tuned["provider"]
        options = chosen.domain.options if isinstance(chosen.domain, model.OptionsDomain) else ()
        names = tuple(name for name in names if name in options)
        default = chosen.default
    if not names or default not in names:
        return []
    branches = tuple(_models_of(name, models[name], span) for name in names)
    first = next(branch for branch, name in zip(branches, names, strict=True) if name == default)
    every = tuple(dict.fromkeys(known for name in names for known in models[name]))
    only = len(names) == 1
    return [
        model.Variable(
            name="provider",
            kind="provider",
            domain=model.OptionsDomain(options=names),
            default=default,
            description="who serves the model",
            span=span,
        ),
        model.Variable(
            name="model",
            kind="model",
            domain=model.OptionsDomain(options=every),
            default=first.default,
            branches=() if only else branches,
            depends=() if only else ("provider",),
            description="which model answers",
            span=span,
        ),
    ]


def _models_of(provider: str, models: tuple[str, ...], span: Span) -> model.Branch:
    return model.Branch(
        condition=is_provider(provider, span),
        domain=model.OptionsDomain(options=models),
        default=models[0],
        text=f"provider == {provider}",
        span=span,
    )


def _in_order(variables: list[model.Variable]) -> tuple[model.Variable, ...]:
    """Return each variable after those that it depends on, otherwise in the given order."""
    names = {variable.name for variable in variables}
    found: dict[str, model.Variable] = {}
    waiting = list(variables)
    while waiting:
        # what else it depends on is a composite, which is computed as soon as it can be
        ready = (one for one in waiting if all(name in found for name in one.depends if name in names))
        variable = next(ready, None)
        if variable is None:
            raise InternalError("the variables of a signature depend on each other in a circle")
        found[variable.name] = variable
        waiting.remove(variable)
    return tuple(found.values())
