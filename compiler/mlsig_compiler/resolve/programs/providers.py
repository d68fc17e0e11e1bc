"""Providers: who serves which models, under which limits.

provider local { protocol: openai  base_url: "http://127.0.0.1:8080/v1"  model "small" { context_window: 2_048
} }
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label, replacing
from mlsig_compiler.findings.nearest import correction, listed
from mlsig_compiler.resolve import annotated
from mlsig_compiler.resolve.records.fields import text
from mlsig_compiler.resolve.scope import Scope
from mlsig_compiler.source import Span

PROTOCOLS: Final = ("openai", "openai_responses", "anthropic", "google")
PLACES: Final[dict[type, str]] = {
    syntax.Setting: "setting",
    syntax.Limits: "limits",
    syntax.ProviderModel: "model",
}
SETTINGS: Final = ("protocol", "base_url", "key")
LIMITS: Final = ("requests_per_minute", "tokens_per_minute", "concurrency")
MODEL_COUNTS: Final = ("context_window", "max_output")
MODEL_COSTS: Final = ("input_cost", "output_cost")
MODEL_SETTINGS: Final = (*MODEL_COUNTS, *MODEL_COSTS, "supports")
ABILITIES: Final = (
    "json_mode",  # answers that are JSON, of any shape
    "json_schema",  # answers that are forced into a JSON Schema
    "tools",
    "vision",
    "audio",
    "documents",
    "streaming",
    "reasoning",  # it thinks before it answers
    "logprobs",
    "seed",
    "caching",  # of the beginning of prompts
    "batch",
    "fine_tuning",
)


def read(node: syntax.Provider, scope: Scope) -> model.Provider:
    """Return a provider; settings that are wrong are reported and left out."""
    name = node.head.name
    _annotations(node, scope)
    settings = _settings(
        (m for m in node.members if isinstance(m, syntax.Setting)), SETTINGS, "a provider", scope
    )
    limits: dict[str, int] = {}
    models: list[model.ProviderModel] = []
    for member in node.members:
        if isinstance(member, syntax.Limits):
            for limit, value in _settings(member.settings, LIMITS, "`limits`", scope).items():
                count = _count(limit, value, scope, least=1)
                if count is not None:
                    limits[limit] = count
        elif isinstance(member, syntax.ProviderModel):
            models.append(_model(member, models, scope))
    given = {member.name.text for member in node.members if isinstance(member, syntax.Setting)}
    examples = {"protocol": "protocol: openai", "base_url": 'base_url: "https://…"'}
    missing = [key for key in examples if key not in settings]
    # an unknown setting is probably one of these misspelt
    if missing and not node.broken and given <= set(SETTINGS):
        message = f"provider `{name.text}` has no {' and no '.join(f'`{key}`' for key in missing)}"
        help = f"add {' and '.join(f'`{examples[key]}`' for key in missing)}"
        scope.report("MLS0606", name.span, message, help=help)
    made = model.Provider(
        name=name.text,
        protocol=_protocol(settings.get("protocol"), scope),
        base_url=_address(settings.get("base_url"), scope),
        key=_secret(settings.get("key"), scope),
        requests_per_minute=limits.get("requests_per_minute"),
        tokens_per_minute=limits.get("tokens_per_minute"),
        concurrency=limits.get("concurrency"),
        models=tuple(models),
        description=text(node.head.description),
        span=name.span,
    )
    scope.origins.put(made, node)
    return made


def _annotations(node: syntax.Provider, scope: Scope) -> None:
    """Report annotations: none can stand before a provider or inside it."""
    annotated.read(node.annotations, "provider", scope)
    for member in node.members:
        annotated.read(member.annotations, PLACES[type(member)], scope)


def _settings(
    nodes: Iterable[syntax.Setting], known: tuple[str, ...], owner: str, scope: Scope
) -> dict[str, syntax.Value]:
    found: dict[str, syntax.Value] = {}
    first: dict[str, Span] = {}
    for name, value, *_ in nodes:
        if name.text in first:
            scope.twice(name, first[name.text], f"`{name.text}`")
        elif name.text not in known:
            lead = correction(name.text, name.span, known, f"it has {listed(known)}")
            scope.report("MLS0306", name.span, f"{owner} has no setting `{name.text}`", **lead)
        else:
            found[name.text] = value
        first.setdefault(name.text, name.span)
    return found


def _wrong(span: Span, message: str, scope: Scope, code: str = "MLS0608", **more: Any) -> None:
    scope.report(code, span, message, **more)


def _protocol(node: syntax.Value | None, scope: Scope) -> str:
    if node is None:
        return PROTOCOLS[0]
    word = node.path[0] if isinstance(node, syntax.Reference) and len(node.path) == 1 else ""
    if isinstance(node, syntax.Literal) and node.value in PROTOCOLS:
        word = str(node.value)
        help = f"write `{word}`, without quotes"
        fix = replacing(node.span, word)
        _wrong(node.span, "a protocol is a name", scope, "MLS0607", help=help, fix=fix)
    elif word not in PROTOCOLS:
        lead = correction(word, node.span, PROTOCOLS, f"there are {listed(PROTOCOLS)}")
        _wrong(node.span, "this is not a protocol", scope, "MLS0607", **lead)
    return word


def _address(node: syntax.Value | None, scope: Scope) -> str | model.EnvRef:
    if isinstance(node, syntax.Literal) and isinstance(node.value, str):
        _web(node.value, node.span, scope)
        return node.value
    if isinstance(node, syntax.Call):
        found = _env(node, scope)
        if found and found.fallback is not None:
            _web(found.fallback, node.arguments[1].value.span, scope)
        return found or ""
    if node is not None:
        _wrong(node.span, 'an address is a string, or `env("NAME", "…")`', scope)
    return ""


def _web(url: str, span: Span, scope: Scope) -> None:
    scheme, _, rest = url.partition("://")
    if scheme not in ("http", "https") or not rest.strip("/") or any(char.isspace() for char in url):
        _wrong(span, "an address begins with `http://` or `https://` and a host", scope)


def _secret(node: syntax.Value | None, scope: Scope) -> model.EnvRef | None:
    if node is None:
        return None
    if isinstance(node, syntax.Call):
        found = _env(node, scope)
        if found and found.fallback is not None:
            fallback = node.arguments[1].value.span
            scope.source.hide(fallback)
            _wrong(fallback, "a key has no place in a file: name the variable only", scope)
        return found
    scope.source.hide(node.span)
    _wrong(node.span, 'a key has no place in a file: write `env("NAME")`', scope)
    return None


def _env(node: syntax.Call, scope: Scope) -> model.EnvRef | None:
    words: list[str] = []
    for name, value in node.arguments:
        if name is None and isinstance(value, syntax.Literal) and isinstance(value.value, str):
            words.append(value.value)
    good = node.function.text == "env" and len(words) == len(node.arguments) and len(words) in (1, 2)
    if not good or not words[0].isidentifier() or not words[0].isascii():
        _wrong(node.span, 'write `env("NAME")` or `env("NAME", "fallback")`', scope)
        return None
    return model.EnvRef(name=words[0], fallback=words[1] if len(words) == 2 else None)


def _count(key: str, node: syntax.Value, scope: Scope, least: int) -> int | None:
    if isinstance(node, syntax.Literal) and type(node.value) is int and node.value >= least:
        return node.value
    _wrong(node.span, f"`{key}` is a whole number, {least} or more", scope)
    return None


def _cost(key: str, node: syntax.Value, scope: Scope) -> float:
    if isinstance(node, syntax.Literal) and type(node.value) in (int, float) and float(node.value or 0) >= 0:
        return float(node.value or 0)
    _wrong(node.span, f"`{key}` is a number, 0 or more: US dollars per million tokens", scope)
    return 0.0


def _model(
    node: syntax.ProviderModel, earlier: list[model.ProviderModel], scope: Scope
) -> model.ProviderModel:
    for other in earlier:
        if other.name == node.name.text:
            name = syntax.Name(node.name.text, node.name.span)
            scope.twice(name, other.span, f"model `{node.name.text}`")
    if not node.name.text.strip():
        _wrong(node.name.span, "a model needs a name", scope)
    settings = _settings(node.settings, MODEL_SETTINGS, "a model", scope)
    counts = {key: _count(key, settings[key], scope, least=1) for key in MODEL_COUNTS if key in settings}
    costs = {key: _cost(key, settings[key], scope) for key in MODEL_COSTS if key in settings}
    made = model.ProviderModel(
        name=node.name.text,
        context_window=counts.get("context_window"),
        max_output=counts.get("max_output"),
        input_cost=costs.get("input_cost", 0.0),
        output_cost=costs.get("output_cost", 0.0),
        supports=_abilities(settings.get("supports"), scope),
        description=text(node.description),
        span=node.name.span,
    )
    window, most = made.context_window, made.max_output
    if window is not None and most is not None and most > window:
        labels = (Label(settings["context_window"].span, "the window is declared here"),)
        message = f"`max_output` is larger than the context window, {window}"
        _wrong(settings["max_output"].span, message, scope, labels=labels)
    return made


def _abilities(node: syntax.Value | None, scope: Scope) -> tuple[str, ...]:
    if node is None:
        return ()
    if not isinstance(node, syntax.ListValue):
        _wrong(node.span, "`supports` is a list of names, such as `[json_schema, tools]`", scope)
        return ()
    found: dict[str, None] = {}
    for item in node.items:
        word = item.path[0] if isinstance(item, syntax.Reference) and len(item.path) == 1 else ""
        if word not in ABILITIES:
            lead = correction(word, item.span, ABILITIES, f"there are {listed(ABILITIES, most=20)}")
            _wrong(item.span, "this is not an ability of a model", scope, **lead)
        elif word in found:
            _wrong(item.span, f"`{word}` is listed twice", scope)
        found[word] = None
    return tuple(found)
