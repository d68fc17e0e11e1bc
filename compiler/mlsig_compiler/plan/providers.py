"""Providers as the expression of a `Provider` constant."""

from __future__ import annotations

from dataclasses import dataclass

from mlsig_compiler.literals import docstring, identifier, literal
from mlsig_compiler.model import EnvRef, Provider, ProviderModel
from mlsig_compiler.plan.layout import WIDTH, Atom, Expression, Text, call, lay, sequence, tuple_of
from mlsig_compiler.plan.names import Names


@dataclass(frozen=True, slots=True)
class ProviderUnit:
    """A constant, for `provider.py.j2`: `name: Final = value`, and the docstring under it (or empty)."""

    name: str
    final: str
    value: str
    doc: str


def plan_provider(provider: Provider, names: Names) -> ProviderUnit:
    """Return the constant of a provider."""
    keywords: dict[str, Expression] = {
        "name": Text(provider.name),
        "protocol": Text(provider.protocol),
        "base_url": _address(provider.base_url, names),
    }
    if provider.key is not None:
        keywords["key"] = _address(provider.key, names)
    limits = _given(
        requests_per_minute=provider.requests_per_minute,
        tokens_per_minute=provider.tokens_per_minute,
        concurrency=provider.concurrency,
    )
    if limits:
        keywords["limits"] = call(names("Limits"), keywords=limits)
    if provider.models:
        keywords["models"] = tuple_of(_model(model, names) for model in provider.models)
    final = names("Final")
    name = identifier(provider.name)
    return ProviderUnit(
        name=name,
        final=final,
        value=lay(call(names("Provider"), keywords=keywords), 0, len(f"{name}: {final} = ")),
        doc=docstring(provider.description, WIDTH) if provider.description else "",
    )


def _address(where: str | EnvRef, names: Names) -> Expression:
    if isinstance(where, str):
        return Text(where)
    fallback = () if where.fallback is None else (Text(where.fallback),)
    return call(names("Env"), Text(where.name), *fallback)


def _model(model: ProviderModel, names: Names) -> Expression:
    keywords: dict[str, Expression] = {"name": Text(model.name)}
    keywords |= _given(context_window=model.context_window, max_output=model.max_output)
    costs = {"input_cost": model.input_cost, "output_cost": model.output_cost}
    keywords |= {word: Atom(literal(float(cost))) for word, cost in costs.items() if cost}
    if model.supports:
        words = sequence(Text(word) for word in sorted(model.supports))
        keywords["supports"] = call(names("frozenset"), words)
    return call(names("Model"), keywords=keywords)


def _given(**numbers: int | None) -> dict[str, Expression]:
    return {word: Atom(literal(number)) for word, number in numbers.items() if number is not None}
