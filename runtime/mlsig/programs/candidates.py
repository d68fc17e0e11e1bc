"""One way to run a program: a configuration, learned rules, demonstrations."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from mlsig.errors import Issue, ValidationError
from mlsig.signatures import Example
from mlsig.spaces import Config, Space
from mlsig.types.jsonlike import is_array, is_object

if TYPE_CHECKING:
    from mlsig.programs.program import Program


class Candidate(msgspec.Struct, frozen=True):
    """What the optimiser varies and a program runs with.

    Attributes:
        config: A legal configuration of the program's space.
        rules: Advice in words, shown after the instruction.
        demos: Worked examples in the order in which they are shown; `demos` of the configuration may show
            fewer.
    """

    config: Config
    rules: tuple[str, ...] = ()
    demos: tuple[Example[Any, Any], ...] = ()

    def key(self) -> str:
        """Return a short hash of the content, equal for equal candidates in every process."""
        return hashlib.blake2b(self.to_json(), digest_size=8).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-like data that `from_dict` reads back."""
        return {
            "config": self.config.to_dict(),
            "rules": list(self.rules),
            "demos": [demo.to_dict() for demo in self.demos],
        }

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
        unknown = sorted(data.keys() - {"config", "rules", "demos"})
        issues = [Issue(key, "unknown_field", "is not part of a candidate") for key in unknown]
        config: Any = data.get("config")
        rules, demos = data.get("rules", []), data.get("demos", [])
        if not is_array(rules) or not all(isinstance(rule, str) for rule in rules):
            issues.append(Issue("rules", "type", "must be a list of strings"))
        if not is_array(demos):
            issues.append(Issue("demos", "type", "must be a list"))
        if not is_object(config):
            issues.append(Issue("config", "type", "must be an object"))
        if issues:
            raise ValidationError("Candidate", issues)
        signature = program.signature
        return cls(
            _space(program, config).validate(config),
            tuple(rules),
            tuple(Example.from_dict(demo, signature.Input, signature.Expected) for demo in demos),
        )


def _space(program: Program | type[Program], config: Mapping[str, Any]) -> type[Space]:
    """Return the program's space, or all that can be tuned about it where the configuration has more."""
    wider = program.variables()
    if wider is program.space:
        return wider
    beyond = wider.Config.__struct_fields__
    known = program.space.Config.__struct_fields__
    return wider if any(name in beyond and name not in known for name in config) else program.space
