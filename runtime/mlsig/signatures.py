"""What an LLM step takes and returns: what generated signatures and their examples are built on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from mlsig import shapes
from mlsig.errors import Issue, ValidationError
from mlsig.readings import Reading
from mlsig.records import Record
from mlsig.records.rules import broken
from mlsig.spelling import nearest
from mlsig.types.jsonlike import is_object
from mlsig.types.shown import kind_of

InputT = TypeVar("InputT", bound=Record)
ExpectedT = TypeVar("ExpectedT", bound=Record)
OutputT = TypeVar("OutputT", bound=Record)
_In = TypeVar("_In", bound=Record)
_Exp = TypeVar("_Exp", bound=Record)


class Example(msgspec.Struct, Generic[InputT, ExpectedT], frozen=True, kw_only=True, omit_defaults=True):
    """Inputs, and what is known of the right answer to them.

    Attributes:
        inputs: A complete `Input` of the signature.
        expected: An `Expected` of the signature; outputs that nobody stated are unset.
        reasoning: How to get there, for demonstrations of programs that reason before they answer.
    """

    inputs: InputT
    expected: ExpectedT
    reasoning: str = ""

    @property
    def id(self) -> str:
        """A short hash of the content: equal examples have equal ids, in every process, on every platform."""
        canonical = msgspec.json.encode(self.to_dict(), order="sorted")
        return hashlib.blake2b(canonical, digest_size=8).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-like data that `from_dict` reads back."""
        data: dict[str, Any] = {"inputs": self.inputs.to_dict(), "expected": self.expected.to_dict()}
        if self.reasoning:
            data["reasoning"] = self.reasoning
        return data

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from mlsig.records import pydantic_types  # noqa: PLC0415  (pydantic is there: it is asking)

        return pydantic_types.example(source, handler)

    @staticmethod
    def from_dict(data: object, inputs: type[_In], expected: type[_Exp]) -> Example[_In, _Exp]:
        """Read what `to_dict` wrote.

        Raises:
            ValidationError: The data is no example, or does not fit the two records.
        """
        if not is_object(data):
            raise ValidationError("Example", [Issue("", "type", "must be an object")])
        unknown = sorted(data.keys() - _PARTS)
        issues = [Issue(key, "unknown_field", "is not part of an example") for key in unknown]
        reasoning = data.get("reasoning", "")
        if not isinstance(reasoning, str):
            issues.append(Issue("reasoning", "type", "must be a string"))
        left = _side("inputs", inputs, data.get("inputs"), issues)
        right = _side("expected", expected, data.get("expected", {}), issues)
        if left is None or right is None or issues:
            raise ValidationError("Example", issues)
        return Example(inputs=left, expected=right, reasoning=reasoning)

    @staticmethod
    def read(row: Mapping[str, Any], inputs: type[_In], expected: type[_Exp]) -> Example[_In, _Exp]:
        """Read a flat row of data: every required input, and any of the outputs.

        Raises:
            ValidationError: A key is neither an input nor an output, or a value does not fit; all issues at
                once.
        """
        if not isinstance(row, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  (callers may not be typed)
            message = f"a row must be a mapping of names to values, not {kind_of(row)}"
            raise ValidationError("Example", [Issue("", "type", message)])
        given = _names(inputs)
        wanted = _names(expected)
        left = {key: value for key, value in row.items() if key in given}
        right = {key: value for key, value in row.items() if key in wanted}
        issues = [_unknown(str(key), given + wanted) for key in row if key not in given and key not in wanted]
        if not issues:
            try:
                return Example(inputs=inputs.validate(left), expected=expected.validate(right))
            except ValidationError:
                pass  # say everything that is wrong, not only the first half
        issues += inputs.check(left)
        issues += expected.check(right)
        raise ValidationError("Example", issues)


_PARTS = {"inputs", "expected", "reasoning"}


class Signature:
    """The base of generated signatures: an instruction, an input record, an output record, examples."""

    Input: type[Record]
    Output: type[Record]
    Expected: type[Record]
    instructions: ClassVar[str] = ""
    examples: ClassVar[tuple[Example[Any, Any], ...]] = ()

    @classmethod
    def read(cls, text: str, output: type[OutputT]) -> OutputT:
        """Read a model's answer, whether it is JSON (bare, fenced or inside prose) or `name: value` lines.

        Raises:
            ParseError: No value could be found for a field, or the values do not fit; `issues` names the
                fields.
            TypeError: It is no text.
        """
        if not isinstance(text, str | bytes):  # pyright: ignore[reportUnnecessaryIsInstance]  (callers may not be typed)
            raise TypeError(f"a model's answer is text, not {kind_of(text)}")
        from mlsig.parsing import parse  # noqa: PLC0415  (signatures are imported by every generated module)

        return parse(text, output)

    @classmethod
    def reading(cls, text: str) -> Reading[Any]:
        """Read a model's answer as `parse` does, and say what was mended: `.output`, `.repairs`.

        Raises:
            ParseError: As of `parse`.
        """
        return cls._reading(text, cls.Output)

    @staticmethod
    def _reading(text: str, output: type[OutputT]) -> Reading[OutputT]:
        from mlsig.parsing import read  # noqa: PLC0415

        return read(text, output)

    @classmethod
    def disagreements(cls, inputs: Record, outputs: Record) -> list[Issue]:
        """Return each check of inputs and outputs together that does not hold; both are valid alone."""
        checks = cls._checks()
        return broken(checks, "", inputs, outputs) if checks else []

    @classmethod
    def checked(cls) -> tuple[str, ...]:
        """Return what must hold of inputs and outputs together, as the checks say it."""
        return tuple(check.message for check in cls._checks())

    @classmethod
    def _checks(cls) -> tuple[shapes.Check, ...]:
        """Return what must hold of inputs and outputs together."""
        return ()

    @classmethod
    def _validated(
        cls, inputs: Any, outputs: Any, given: type[InputT], made: type[OutputT], fail_fast: bool = False
    ) -> tuple[InputT, OutputT]:
        """Return both sides, validated alone and together; paths begin with the side."""
        issues: list[Issue] = []
        left = _side("inputs", given, inputs, issues, fail_fast)
        right = None if fail_fast and issues else _side("outputs", made, outputs, issues, fail_fast)
        if left is not None and right is not None:
            issues = cls.disagreements(left, right)
            if not issues:
                return left, right
        if given.shape().secret or made.shape().secret:  # either side may hold the other's key by mistake
            issues = [Issue(issue.path, issue.code, issue.message) for issue in issues]
        raise ValidationError(cls.__qualname__, issues[:1] if fail_fast else issues)


def _names(record: type[Record]) -> tuple[str, ...]:
    fields = record.shape().fields
    return (*(field.name for field in fields), *(field.alias for field in fields if field.alias))


def _side(
    side: str, record: type[_In], data: Any, issues: list[Issue], fail_fast: bool = False
) -> _In | None:
    """Return the record of one side, or add what is wrong with it, with paths that name the side."""
    try:
        return record.validate(data, fail_fast)
    except ValidationError as error:
        issues += [
            Issue(".".join(filter(None, (side, issue.path))), issue.code, issue.message, issue.value)
            for issue in error.issues
        ]
    return None


def _unknown(key: str, known: tuple[str, ...]) -> Issue:
    near = nearest(key, known)
    hint = f"did you mean `{near}`?" if near else "there are " + ", ".join(f"`{name}`" for name in known)
    return Issue(key, "unknown_field", f"is neither an input nor an output; {hint}")
