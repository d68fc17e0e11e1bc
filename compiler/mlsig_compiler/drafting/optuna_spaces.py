"""Optuna's distributions as the draft of a space.

They come as JSON, `{"lr": {"name": "FloatDistribution", "attributes": {"low": 1e-5, …}}, …}`, as a dict of
distributions, or from the trials of a study. A study does not say under which condition a parameter exists
that not every trial has: that is a comment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from mlsig_compiler.check.names import CONFIG, SPACE
from mlsig_compiler.drafting.domains import choice, number, plain, scalar
from mlsig_compiler.drafting.draft import Draft, Space, Tuned
from mlsig_compiler.drafting.naming import field_names
from mlsig_compiler.drafting.printing import value_text
from mlsig_compiler.drafting.problems import NotImported


def read(found: object, name: str) -> Draft:
    """Draft a space.

    Args:
        found: A study, or distributions by name, as objects or as JSON has them.
        name: What to call the space.

    Raises:
        NotImported: It is neither.
    """
    trials = getattr(found, "trials", None)
    draft = Draft()
    rare: set[str] = set()
    if trials is not None:
        known: dict[str, Any] = {}
        for trial in trials:
            known.update(trial.distributions)
        rare = {key for key in known if any(key not in t.distributions for t in trials if t.distributions)}
        found = known
    if not isinstance(found, Mapping) or not found:
        raise NotImported("this is neither a study that has trials, nor distributions by name")
    given = cast("Mapping[str, Any]", found)
    names = field_names(map(str, given), CONFIG | SPACE)
    space = Space(name=name)
    draft.declarations.append(space)
    for key, distribution in given.items():
        member = Tuned(name=names[str(key)], domain="", origin=str(key))
        if member.name != key:
            member.comments.append(f"called {key} there")
        member.domain = _domain(member, _data(str(key), distribution), draft)
        if key in rare:
            draft.warn(member, "not carried over: not every trial has it, and the study does not say when")
        if member.domain:
            space.members.append(member)
        else:
            space.comments += member.comments
    return draft


def _data(key: str, distribution: Any) -> tuple[str, Mapping[str, Any]]:
    """Return the class of a distribution and its attributes."""
    kind: Any = type(distribution).__name__
    if isinstance(distribution, str):
        try:
            distribution = json.loads(distribution)  # what `distribution_to_json` returns
        except ValueError:
            raise NotImported(f"`{key}` is no distribution: {distribution[:60]!r}") from None
    if isinstance(distribution, Mapping):
        data = cast("Mapping[str, Any]", distribution)
        kind, attributes = data.get("name"), data.get("attributes")
    else:
        attributes = {
            word: getattr(distribution, word)
            for word in ("low", "high", "log", "step", "choices")
            if hasattr(distribution, word)
        }
    if kind not in ("FloatDistribution", "IntDistribution", "CategoricalDistribution"):
        raise NotImported(f"`{key}` is no distribution of Optuna: {kind}")
    if not isinstance(attributes, Mapping):
        raise NotImported(f"`{key}` has no attributes")
    return str(kind), cast("Mapping[str, Any]", attributes)


def _domain(member: Tuned, data: tuple[str, Mapping[str, Any]], draft: Draft) -> str:
    kind, attributes = data
    if kind == "CategoricalDistribution":
        options = [plain(option) for option in attributes.get("choices", ())]
        kept = [option for option in options if scalar(option)]
        for option in options:
            if not scalar(option):
                draft.warn(member, f"not carried over: the option {option!r}, which is no plain value")
        if not kept:
            draft.warn(member, f"not carried over: `{member.origin}`, which has no option left")
            return ""
        return choice(kept)
    try:
        read = int if kind == "IntDistribution" else float
        low, high = read(attributes["low"]), read(attributes["high"])
        step = None if attributes.get("step") is None else read(attributes["step"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise NotImported(f"`{member.origin}` has no range: {error}") from None
    words = ["log"] if attributes.get("log") else []
    if step is not None and step != (1 if kind == "IntDistribution" else 0) and low != high:
        words.insert(0, f"step={value_text(step)}")
    return number("int" if kind == "IntDistribution" else "float", low, high, *words)
