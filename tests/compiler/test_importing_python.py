"""Pydantic models and DSPy signatures as drafts, against the real packages."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlsig.errors import ValidationError
from mlsig_compiler.drafting import dspy_strings
from mlsig_compiler.drafting.draft import Draft
from mlsig_compiler.drafting.problems import NotImported
from mlsig_compiler.drafting.proving import proved
from mlsig_compiler.drafting.pydantic_models import read
from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    RootModel,
    TypeAdapter,
    WrapValidator,
    computed_field,
    create_model,
    field_validator,
    model_validator,
)
from pydantic import ValidationError as PydanticError
from typing_extensions import TypedDict

from compiler.test_inferring import schema_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", autouse=True)
def clean() -> Iterator[None]:
    yield
    sys.modules.pop("inferred_rows", None)


def draft_of(model: object, name: str | None = None) -> Draft:
    return read([("here:Root", model)], name)


def text_of(model: object) -> str:
    return proved(draft_of(model))


# Types whose strict readings are the same on both sides.
TYPES: list[Any] = [
    int, str, bool, float,
    Annotated[int, Field(ge=1, le=3)],
    Annotated[float, Field(gt=0)],
    Annotated[str, Field(min_length=1, max_length=2)],
    Annotated[str, Field(pattern=r"^[a-c]+$")],
    Literal["a", "b c"], Literal[1, 2],
    list[int], Annotated[list[str], Field(max_length=2)],
    dict[str, int], str | int, int | None, list[str | None], Literal["x y", "z"] | None,
]  # fmt: skip
VALUES = st.recursive(
    st.sampled_from([None, True, 0, 1, 2, 4, -1, 0.5, 2.0, "", "a", "b c", "abc", "x y", "z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=3,
)


@settings(max_examples=60, deadline=None)
@given(
    data=st.data(),
    types=st.lists(st.tuples(st.sampled_from(TYPES), st.booleans()), min_size=1, max_size=3),
    nested=st.booleans(),
)
def test_a_record_accepts_what_a_strict_model_accepts(
    data: st.DataObject, types: list[tuple[Any, bool]], nested: bool
) -> None:
    """Strict, since a lax model makes 1 of "1"; and what may be left out may be null for a record."""
    fields: dict[str, Any] = {
        f"f{index}": (type_ | None, None) if optional else (type_, ...)
        for index, (type_, optional) in enumerate(types)
    }
    config = ConfigDict(strict=True, extra="forbid")
    model: Any = create_model("Inner", __config__=config, **fields)
    if nested:
        inner = model
        model = create_model("Outer", __config__=config, one=(inner, ...), more=(list[inner], []))
    record = schema_of(text_of(model), "Root")
    for _ in range(4):
        row = {
            name: data.draw(VALUES) for name in fields if data.draw(st.booleans()) or fields[name][1] is ...
        }
        value: Any = {"one": row} if nested else row
        try:
            # An int is a float for both; a model that is strict takes what JSON has.
            model.model_validate(value)
            fits = True
        except PydanticError:
            fits = False
        try:
            record.validate(value)
            accepted = True
        except ValidationError:
            accepted = False
        assert accepted == fits, (text_of(model), value)


class Kind(StrEnum):
    """What kind it is."""

    retail = "retail"
    trade = "trade"


class Level(IntEnum):
    low = 1
    high = 2


def even(value: int) -> int:
    return value


class Line(BaseModel):
    sku: str = Field(pattern=r"^\d+\z", description="the code")
    parts: list[Line] = Field(default_factory=list)

    @computed_field
    def total(self) -> int:
        return 1


def made_later() -> int:
    return 3


class Order(BaseModel):
    """An order."""

    model_config = ConfigDict(str_strip_whitespace=True)
    user_name: str = Field(alias="userName")
    kind: Kind = Kind.retail
    level: Level = Level.high
    lines: list[Line] = []
    after: Annotated[int, AfterValidator(even)] = 1
    before: Annotated[int, BeforeValidator(even)] = 1
    wrap: Annotated[int, WrapValidator(lambda value, _: value)] = 1
    plain: Annotated[Any, PlainValidator(even)] = 1
    many: str = Field("x", validation_alias=AliasChoices("many", "one", "two", AliasPath("three", 0)))
    late: int = Field(default_factory=made_later)
    strange: Any = object()
    call: Any = None
    old: int = Field(0, deprecated=True, title="The Old")

    @field_validator("user_name")
    @classmethod
    def checked(cls, value: str) -> str:
        return value

    @model_validator(mode="after")
    def whole(self) -> Order:
        return self


def test_what_a_model_says() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draft = draft_of(Order)
    text = proved(draft)
    module = __name__
    for part in [
        'schema Root "An order." {',
        f"# not carried over: the validator {module}:Order.whole",
        "# not carried over: str_strip_whitespace=True",
        f'# not carried over: the validator {module}:Order.checked\n  @alias("userName")\n  user_name: str\n',
        "  kind: Kind = retail\n",
        "  level: Level = 2\n",
        "  lines: list[Line] = []\n",
        f"# not carried over: the validator {module}:even\n  after: int = 1",
        f"# not carried over: the validator {module}:even\n  before: int = 1",
        f"# not carried over: the validator {module}:<lambda>\n  wrap: int = 1",
        f"# not carried over: the validator {module}:even\n  plain: json = 1",
        '  @alias("one")\n  many: str = "x"',
        "# not carried over: the other name 'two'",
        "# not carried over: the other name AliasPath",
        "# not carried over: the default that made_later makes\n  late: int? = null",
        "# not carried over: the default, of type object, which is no JSON",
        "  call: json = null\n",
        '  @deprecated("no longer to be used")\n  old: int = 0  "The Old"',
        'enum Kind "What kind it is." { retail, trade }',
        'sku: str(pattern="^\\\\d+$")  "the code"',
        "# not carried over: the computed field total",
    ]:
        assert part in text, part
    record = schema_of(text, "Root")
    assert record.validate({"userName": "a"}).level == 2


@dataclass
class Point:
    """Where it is."""

    x: int
    y: list[int] = field(default_factory=list)


class Movie(TypedDict):
    title: str
    year: NotRequired[int]


def test_dataclasses_typed_dicts_and_root_models() -> None:
    assert text_of(Point) == '@open\nschema Root "Where it is." {\n  x: int\n  y: list[int] = []\n}\n'
    assert text_of(Movie) == "@open\nschema Root {\n  title: str\n  year: int? = null\n}\n"
    assert text_of(RootModel[list[int]]) == "type Root = list[int]\n"


def test_the_name_can_be_said() -> None:
    assert "schema Mine {" in proved(draft_of(Line, "Mine"))


def test_a_function_in_a_type_is_named_and_takes_anything() -> None:
    model = create_model("Root", call=(TypeAdapter, ...), __config__=ConfigDict(arbitrary_types_allowed=True))
    text = text_of(model)
    assert "  call: json\n" in text
    assert "has\n  # no JSON Schema\n" in text


@pytest.mark.parametrize("node", [3, "text", Order(userName="a")])
def test_what_is_no_class_is_refused(node: object) -> None:
    with pytest.raises(NotImported, match="is no class"):
        draft_of(node)


class Unfinished(BaseModel):
    later: "NobodyDefinesThis"  # type: ignore[name-defined]  # noqa: F821, UP037


class Around(BaseModel):
    inner: list[Unfinished]


@pytest.mark.parametrize("model", [Unfinished, Around])
def test_a_model_that_names_what_nobody_defines_is_refused(model: type[BaseModel]) -> None:
    with pytest.raises(NotImported, match=r"^here:M: .* name 'NobodyDefinesThis' is not defined$"):
        read([("here:M", model)], None)


def test_a_class_that_pydantic_cannot_validate_is_refused() -> None:
    class Plain: ...

    with pytest.raises(NotImported, match="no validator"):
        draft_of(Plain)


# DSPy

SIGNATURES = '''
from typing import Literal

import dspy
from pydantic import BaseModel


class Quote(BaseModel):
    text: str


class Answer(dspy.Signature):
    """Answer "it".

    With care."""

    question: str = dspy.InputField(desc="what is asked", min_length=3)
    picture: dspy.Image = dspy.InputField()
    check: int = dspy.InputField(default=3)
    quotes: list[Quote] = dspy.OutputField(max_length=4, prefix="Proof:", format=str)
    verdict: Literal["yes", "no"] = dspy.OutputField()
    score: float | None = dspy.OutputField(ge=0, le=1)


Short = dspy.Signature("a, history: dspy.History -> b: bool")
print("noise")
'''


def test_real_signatures(tmp_path: Path) -> None:
    """In a process of its own: importing DSPy is slow, and changes much of the process."""
    (tmp_path / "sigs.py").write_text(SIGNATURES, encoding="utf-8")
    (tmp_path / "read.py").write_text(
        "import sys\n"
        f"sys.path[:0] = {[str(ROOT / 'compiler'), str(ROOT / 'runtime')]!r}\n"
        "from mlsig_compiler.cli import main\n"
        "code = main(['import', 'dspy', 'sigs:Answer', 'sigs:Short', '--out', 'answer.mlsig'])\n"
        "code = code or main(['check', 'answer.mlsig'])\n"
        "code = code or main(['import', 'dspy', 'sigs:Quote']) - 1\n"
        "sys.exit(code)\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "read.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "noise" not in done.stdout
    assert "sigs:Quote: is no DSPy signature" in done.stderr
    assert (tmp_path / "answer.mlsig").read_text(encoding="utf-8") == (
        '''signature Answer {
  """
  Answer "it".

  With care.
  """

  input  question: str(min_length=3)  "what is asked"
  input  picture: image
  @alias("check")
  input  check_: int = 3
  # not carried over: format=<class 'str'>
  # not carried over: the prefix 'Proof:'
  output quotes: list[Quote](max_length=4)
  output verdict: Verdict
  output score: float(0..1)?
}

@open
schema Quote {
  text: str
}

enum Verdict { yes, no }

signature Short {
  input  a: str
  input  history: History
  output b: bool
}

schema History {
  messages: list[map[json]]
}
'''
    )


def string(text: str) -> str:
    return proved(dspy_strings.read(text, "Answer"))


def test_the_string_form() -> None:
    text = string(
        "question, passages: list[str], class_: Literal['a b', 2] | None, _x: dict[str, float] -> "
        "answer: Optional[int], picture: dspy.Image, check: typing.Literal['a', 'b'], when: datetime.date, "
        "pair: tuple[int, str], more: tuple[int, ...], any: Any, either: Union[int, str, None], "
        "tags: set[str]"
    )
    assert text == (
        """signature Answer {
  input  question: str
  input  passages: list[str]
  input  class_: Class?
  @alias("_x")
  input  x: map[float]
  output answer: int?
  output picture: image
  @alias("check")
  output check_: Check
  output when: date
  # not carried over: which of the 2 places of the tuple has which type
  output pair: list[int | str](min_length=2, max_length=2)
  output more: list[int]
  output any: json
  output either: int | str?
  output tags: list[str](unique)
}

type Class = "a b" | 2

enum Check { a, b }
"""
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a, b", "one ->"),
        ("a -> b -> c", "one ->"),
        (" -> b", "inputs are names with types"),
        ("a -> ", "outputs are names with types"),
        ("a=1 -> b", "inputs are names with types"),
        ("*a -> b", "inputs are names with types"),
        ("a): import os\ndef f(b -> c", "cannot be read"),
        ("a): pass; import os; (b -> c", "inputs cannot be read"),
        ("a b -> c", "these inputs cannot be read: a b"),
        ("a -> a", "two fields are called `a`"),
        ("a: Passage -> b", "the type `Passage` is not one of Python's own: import the signature"),
        ("a: f() -> b", "the type `f()` is not"),
        ("a: deque[int] -> b", "the type `deque[…]` is not one that is known"),
        ("a: Literal[1.5] -> b", "`1.5` cannot be one of fixed values"),
        ("a: Literal[f()] -> b", "`f()` cannot be one of fixed values"),
        ("a: " + "list[" * 3000 + " -> b", "cannot be read"),
    ],
)
def test_strings_that_are_no_signatures(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        dspy_strings.read(text, "Answer")
    assert message in str(caught.value)
