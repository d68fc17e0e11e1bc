"""A space of ConfigSpace as the draft of one: hyperparameters, conditions and forbidden clauses.

It comes as what `ConfigurationSpace.to_json` writes, format 0.4. A hyperparameter whose parent is not active
is not active either, and a clause about it does not hold: conditions say so with `!= null`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from mlsig_compiler.check.names import CONFIG, SPACE
from mlsig_compiler.drafting.domains import choice, number, scalar
from mlsig_compiler.drafting.draft import Draft, Space, Tuned
from mlsig_compiler.drafting.naming import field_names
from mlsig_compiler.drafting.printing import value_text
from mlsig_compiler.drafting.problems import NotImported

SIGNS: Final = {"EQ": "==", "NEQ": "!=", "LT": "<", "GT": ">"}
CLAUSES: Final = {"EQUALS": "==", "CLAUSE_LT": "<", "CLAUSE_LE": "<=", "CLAUSE_GT": ">", "CLAUSE_GE": ">="}
RELATIONS: Final = {
    "RELATION_EQ": "==",
    "RELATION_LT": "<",
    "RELATION_LE": "<=",
    "RELATION_GT": ">",
    "RELATION_GE": ">=",
}


def read(found: object, name: str) -> Draft:
    """Draft a space.

    Args:
        found: A ConfigurationSpace, or what its JSON has.
        name: What to call the space, where it has no name.

    Raises:
        NotImported: It is neither.
    """
    serialised = getattr(found, "to_serialized_dict", None)
    data: Any = serialised() if serialised is not None else found
    if not isinstance(data, Mapping) or not isinstance(data.get("hyperparameters"), list):  # pyright: ignore[reportUnknownMemberType]
        raise NotImported("this is no space of ConfigSpace: it has no list of `hyperparameters`")
    try:
        return _Reading(cast("Mapping[str, Any]", data), name).draft
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotImported(f"this is no space of ConfigSpace that can be read: {error!r}") from None


class _Reading:
    """Turns the parts of one space into members."""

    def __init__(self, data: Mapping[str, Any], name: str) -> None:
        self.draft = Draft()
        space = Space(name=name)
        self.draft.declarations.append(space)
        parts = {part["name"]: part for part in data["hyperparameters"]}
        self._names = field_names(parts, CONFIG | SPACE)
        self._conditions: dict[str, list[Any]] = {}
        for condition in data.get("conditions") or ():
            self._conditions.setdefault(condition["child"], []).append(condition)
        self._nullable = {key for key, part in parts.items() if None in (part.get("choices") or ())}
        self._members: dict[str, Tuned] = {}
        waiting = list(parts)
        while waiting:
            ready = [key for key in waiting if self._parents(key) <= set(self._members)]
            if not ready:
                raise NotImported(f"the conditions of {', '.join(waiting)} go round in a circle")
            for key in ready:
                waiting.remove(key)
                self._members[key] = self._member(key, parts[key])
        space.members += self._members.values()
        for place, clause in enumerate(data.get("forbiddens") or (), start=1):
            self._forbid(space, clause, f"forbiddens/{place}")

    def _parents(self, key: str) -> set[str]:
        found: set[str] = set()
        waiting = list(self._conditions.get(key, ()))
        for condition in waiting:  # grows while it is read
            waiting += condition.get("conditions", ())
            if "parent" in condition:
                found.add(condition["parent"])
        return found

    def _member(self, key: str, part: Mapping[str, Any]) -> Tuned:
        member = Tuned(name=self._names[key], origin=key)
        if member.name != key:
            member.comments.append(f"called {key} there")
        default = part.get("default_value", part.get("value"))
        member.domain = f"{self._domain(member, part)} = {value_text(default)}"
        texts = [self._condition(condition) for condition in self._conditions.get(key, ())]
        member.when = " and ".join(texts)
        member.reads = frozenset(self._names[parent] for parent in self._parents(key))
        return member

    def _domain(self, member: Tuned, part: Mapping[str, Any]) -> str:
        kind = part["type"]
        if kind in ("categorical", "ordinal", "constant"):
            options = part.get("choices") or part.get("sequence") or [part.get("value")]
            if not all(map(scalar, options)):
                raise NotImported(f"`{member.origin}` has options that are no plain values")
            if kind == "ordinal":
                self.draft.warn(member, "not carried over: that the options have an order")
            return choice(options, part.get("weights"))
        family, _, sort = kind.partition("_")
        if family not in ("uniform", "normal", "beta") or sort not in ("int", "float"):
            raise NotImported(f"`{member.origin}` is a {kind}, which is not known")
        words = ["log"] if part.get("log") else []
        if family == "normal" and sort == "float" and not words:
            words.append(f"normal({value_text(float(part['mu']))}, {value_text(float(part['sigma']))})")
        elif family != "uniform":
            shape = ("mu", "sigma") if family == "normal" else ("alpha", "beta")
            said = ", ".join(f"{word} {part[word]}" for word in shape)
            self.draft.warn(member, f"not carried over: the {family} prior with {said}")
        cast_to = int if sort == "int" else float
        return number(sort, cast_to(part["lower"]), cast_to(part["upper"]), *words)

    def _condition(self, condition: Mapping[str, Any]) -> str:
        kind = condition["type"]
        if kind in ("AND", "OR"):
            return f"({f' {kind.lower()} '.join(map(self._condition, condition['conditions']))})"
        if kind == "IN":
            return self._about(condition["parent"], "in", list(condition["values"]))
        return self._about(condition["parent"], SIGNS[kind], condition["value"])

    def _about(self, key: str, sign: str, value: Any) -> str:
        return self._there([key], f"{self._names[key]} {sign} {value_text(value)}")

    def _there(self, keys: list[str], text: str) -> str:
        """Return a condition together with that what it reads is there."""
        guards: list[str] = []
        for key in keys:
            member = self._members[key]
            if member.when:
                guards.append(member.when if key in self._nullable else f"{member.name} != null")
        return f"({' and '.join([*guards, text])})" if guards else text

    def _forbid(self, space: Space, clause: Mapping[str, Any], origin: str) -> None:
        reads: set[str] = set()
        text = self._clause(clause, reads)
        rule = Tuned(name=text, reads=frozenset(reads), origin=origin)
        if not text:
            rule.left_out = True
            self.draft.warn(rule, f"not carried over: a forbidden clause of type {clause['type']}")
        space.members.append(rule)

    def _clause(self, clause: Mapping[str, Any], reads: set[str]) -> str:
        """Return a clause as a condition; empty for one that is not known."""
        kind = clause["type"]
        if kind in ("AND", "OR"):
            texts = [self._clause(part, reads) for part in clause["clauses"]]
            if not all(texts):
                return ""
            joined = f" {kind.lower()} ".join(texts)
            return joined if kind == "AND" else f"({joined})"
        if kind in RELATIONS:
            keys = [clause["left"], clause["right"]]
            reads.update(self._names[key] for key in keys)
            return self._there(keys, f"{self._names[keys[0]]} {RELATIONS[kind]} {self._names[keys[1]]}")
        if kind == "IN":
            reads.add(self._names[clause["name"]])
            return self._about(clause["name"], "in", list(clause["values"]))
        if kind not in CLAUSES:
            return ""
        reads.add(self._names[clause["name"]])
        return self._about(clause["name"], CLAUSES[kind], clause["value"])
