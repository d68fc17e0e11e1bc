"""One way to run a program: a configuration, learned rules, demonstrations."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mlsig.errors import Issue, ValidationError
from mlsig.signatures import Example, Signature
from mlsig.spaces import Config, Space
from mlsig.types.jsonlike import is_array, is_object

if TYPE_CHECKING:
    from mlsig.programs.program import Program


class Taught(msgspec.Struct, frozen=True):
    """What a program that is a step of a pipeline has learned; the attributes are those of `Candidate`."""

    rules: tuple[str, ...] = ()
    demos: tuple[Example[Any, Any], ...] = ()
    instructions: str = ""
    descriptions: Mapping[str, str] = {}

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-like data."""
        return {
            "rules": list(self.rules),
            "demos": [demo.to_dict() for demo in self.demos],
            **_worded(self.instructions, self.descriptions),
        }


class Candidate(msgspec.Struct, frozen=True):
    """What the optimiser varies and a program runs with.

    Attributes:
        config: A legal configuration of the program's space.
        rules: Advice in words, shown after the instruction.
        demos: Worked examples in the order in which they are shown; `demos` of the configuration may show
            fewer.
        steps: Of a pipeline, what the programs of its steps have learned, by path: `plan`, `inner.plan`. One
            that is not named has no rules, and the examples of its signature.
        instructions: Said in place of the signature's, and of those that the configuration chooses; empty for
            no change.
        descriptions: Said of fields, by name, in place of what the signature says.
    """

    config: Config
    rules: tuple[str, ...] = ()
    demos: tuple[Example[Any, Any], ...] = ()
    steps: Mapping[str, Taught] = {}
    instructions: str = ""
    descriptions: Mapping[str, str] = {}

    def key(self) -> str:
        """Return a short hash of the content, equal for equal candidates in every process."""
        return hashlib.blake2b(self.to_json(), digest_size=8).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-like data that `from_dict` reads back."""
        data: dict[str, Any] = {
            "config": self.config.to_dict(),
            "rules": list(self.rules),
            "demos": [demo.to_dict() for demo in self.demos],
            **_worded(self.instructions, self.descriptions),
        }
        if self.steps:
            data["steps"] = {path: taught.to_dict() for path, taught in self.steps.items()}
        return data

    def to_json(self) -> bytes:
        """Return canonical JSON: sorted keys, no spaces."""
        return msgspec.json.encode(self.to_dict(), order="sorted")

    @classmethod
    def from_dict(cls, program: Program | type[Program], data: Mapping[str, Any]) -> Candidate:
        """Read what `to_dict` wrote, for this program.

        The configuration is one of the program's space, or of its `variables()`.

        Raises:
            ValidationError: The configuration is not legal there, or a demonstration does not fit the
                program's signature.
        """
        leaves = program.leaves()
        unknown = sorted(data.keys() - {"config", *_LEARNED, *(("steps",) if leaves else ())})
        issues = [Issue(key, "unknown_field", "is not part of a candidate") for key in unknown]
        config: Any = data.get("config")
        steps: Any = data.get("steps", {})
        issues += _amiss("", data, program.signature)
        if not is_object(config):
            issues.append(Issue("config", "type", "must be an object"))
        if not is_object(steps):
            issues.append(Issue("steps", "type", "must be an object"))
        else:
            for path, taught in steps.items():
                issues += _amiss_in_step(path, taught, leaves)
        if issues:
            raise ValidationError("Candidate", issues)
        whole = _taught(data, program.signature)
        return cls(
            space_of(program, config).validate(config),
            whole.rules,
            whole.demos,
            {path: _taught(taught, leaves[path]) for path, taught in steps.items()},
            whole.instructions,
            whole.descriptions,
        )

    def within(self, step: str, config: Config, examples: tuple[Example[Any, Any], ...]) -> Candidate:
        """Return the share of a step of a pipeline.

        Args:
            step: Its name.
            config: Its configuration.
            examples: What it shows where nothing is said: the examples of its signature.
        """
        taught = self.steps.get(step)
        if taught is not None:
            return Candidate(
                config,
                taught.rules,
                taught.demos,
                instructions=taught.instructions,
                descriptions=taught.descriptions,
            )
        inner = f"{step}."
        steps = {
            path.removeprefix(inner): each for path, each in self.steps.items() if path.startswith(inner)
        }
        return Candidate(config, (), examples, steps)


_LEARNED: Final = ("rules", "demos", "instructions", "descriptions")


def _worded(instructions: str, descriptions: Mapping[str, str]) -> dict[str, Any]:
    """Return what is said in other words, where anything is."""
    said: dict[str, Any] = {"instructions": instructions} if instructions else {}
    return said | ({"descriptions": dict(descriptions)} if descriptions else {})


def _amiss(path: str, data: Mapping[str, Any], signature: type[Signature]) -> list[Issue]:
    """Say what is wrong with what was learned, at a first look."""
    found: list[Issue] = []
    before = f"{path}." if path else ""
    rules, demos = data.get("rules", []), data.get("demos", [])
    if not is_array(rules) or not all(isinstance(rule, str) for rule in rules):
        found.append(Issue(f"{before}rules", "type", "must be a list of strings"))
    if not is_array(demos):
        found.append(Issue(f"{before}demos", "type", "must be a list"))
    if not isinstance(data.get("instructions", ""), str):
        found.append(Issue(f"{before}instructions", "type", "must be a string"))
    described = data.get("descriptions", {})
    if not is_object(described) or not all(isinstance(text, str) for text in described.values()):
        found.append(Issue(f"{before}descriptions", "type", "must be an object of strings"))
        return found
    known = [field.name for record in (signature.Input, signature.Output) for field in record.shape().fields]
    for name in sorted(described.keys() - set(known)):
        message = f"is no field; there are {', '.join(known)}"
        found.append(Issue(f"{before}descriptions.{name}", "unknown_field", message))
    return found


def _amiss_in_step(path: str, taught: Any, leaves: Mapping[str, type[Signature]]) -> list[Issue]:
    place = f"steps.{path}"
    if path not in leaves:
        message = f"is no step that asks a model; there are {', '.join(leaves)}"
        return [Issue(place, "unknown_field", message)]
    if not is_object(taught):
        return [Issue(place, "type", "must be an object")]
    unknown = sorted(taught.keys() - set(_LEARNED))
    issues = [Issue(f"{place}.{key}", "unknown_field", "is nothing that a step learns") for key in unknown]
    return issues + _amiss(place, taught, leaves[path])


def _taught(data: Mapping[str, Any], signature: type[Signature]) -> Taught:
    demos = data.get("demos", [])
    return Taught(
        tuple(data.get("rules", [])),
        tuple(Example.from_dict(demo, signature.Input, signature.Expected) for demo in demos),
        data.get("instructions", ""),
        dict(data.get("descriptions", {})),
    )


def space_of(program: Program | type[Program], config: Mapping[str, Any]) -> type[Space]:
    """Return the program's space, or all that can be tuned about it where the configuration has more."""
    wider = program.variables()
    if wider is program.space:
        return wider
    beyond = wider.Config.__struct_fields__
    known = program.space.Config.__struct_fields__
    return wider if any(name in beyond and name not in known for name in config) else program.space
