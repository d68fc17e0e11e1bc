"""Which variables a signature can be tuned by: its `tune` members, and the standard variables that fit it.

    extract(signature, providers) -> Space("Answer", variables=(provider, model, tone, adapter, …))

The standard variables are written in mlsig, in std/signature.mlsig, and read by this compiler's own front
end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mlsig_compiler import model, standard
from mlsig_compiler.bugs import InternalError
from mlsig_compiler.source import Span


def extract(signature: model.Signature, providers: Sequence[model.Provider]) -> model.Space:
    """Return the space of everything about a signature that can be tuned.

    A `tune` takes the place of the standard variable of its name. `reasoning` does not fit a signature that
    has an output of that name; `provider` and `model` need providers that have models.
    """
    span = signature.span
    tuned = {variable.name: variable for variable in signature.tunes}
    outputs = {field.name for field in signature.outputs}
    fitting = [*_choice_of_model(providers, tuned, span)]
    fitting += [
        replace(variable, span=span)
        for variable in _standard()
        if variable.name not in outputs & {"reasoning"}
    ]
    added = [variable for variable in fitting if variable.name not in tuned]
    return model.Space(
        name=f"{signature.name}.Variables",
        variables=_in_order([*added, *signature.tunes]),
        declared=(*tuned, *(variable.name for variable in added)),
        description=f"What can be tuned about `{signature.name}`.",
        span=span,
    )


def _choice_of_model(
    providers: Sequence[model.Provider], tuned: dict[str, model.Variable], span: Span
) -> list[model.Variable]:
    """Return `provider` over all providers that have models, and `model` over those of the chosen one."""
    models: dict[str, tuple[str, ...]] = {}
    for provider in providers:  # the file's own come first, and hide imported ones of their names
        models.setdefault(provider.name, tuple(known.name for known in provider.models))
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
    condition = model.Comparison(
        model.VariableRef("provider", span), (("==", model.Constant(provider, span)),), span
    )
    domain = model.OptionsDomain(options=models)
    return model.Branch(
        condition=condition, domain=domain, default=models[0], text=f"provider == {provider}", span=span
    )


def _in_order(variables: list[model.Variable]) -> tuple[model.Variable, ...]:
    """Return each variable after those that it depends on, otherwise in the given order."""
    found: dict[str, model.Variable] = {}
    waiting = list(variables)
    while waiting:
        ready = (variable for variable in waiting if all(name in found for name in variable.depends))
        variable = next(ready, None)
        if variable is None:
            raise InternalError("the variables of a signature depend on each other in a circle")
        found[variable.name] = variable
        waiting.remove(variable)
    return tuple(found.values())


def _standard() -> tuple[model.Variable, ...]:
    spaces = [node for node in standard.declarations("std.signature") if isinstance(node, model.Space)]
    return spaces[0].variables
