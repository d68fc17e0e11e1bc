"""Types: aliases, unions, those of machine learning and media, and the values that each takes."""

from __future__ import annotations

import pytest
from mlsig_compiler import model

from compiler.reading import messages, schema

DECLARED = """
enum E { a, b }
enum F { c, d }
schema Cat { kind: "cat"  lives: int }
schema Dog { kind: "dog"  name: str }
schema Found { text: str }
schema Failed { reason: str  code: int = 0 }
type Slug = str(pattern="^[a-z]+$")
type Pet = Cat | Dog
type Maybe = Slug?
type Word = "x" | "y"
"""
SLUG = model.ScalarType("str", model.Constraints(pattern="^[a-z]+$"))
CAT, DOG = model.SchemaType("Cat", "case"), model.SchemaType("Dog", "case")
STR, INT = model.ScalarType("str"), model.ScalarType("int")


def field(written: str) -> model.Field:
    return schema(f"{DECLARED} schema A {{ x: {written} }}").fields[0]


def findings(written: str) -> list[str]:
    return messages(f"{DECLARED} schema A {{ x: {written} }}")


def codes(text: str) -> list[str]:
    return [message.partition(" ")[0] for message in messages(text)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Slug", SLUG),
        ("list[Slug](unique)", model.ListType(SLUG, model.Constraints(unique=True))),
        ("Maybe", model.OptionalType(SLUG)),
        ("Maybe?", model.OptionalType(SLUG)),
        ("Pet", model.UnionType((CAT, DOG))),
        ("Pet?", model.OptionalType(model.UnionType((CAT, DOG)))),
        ("Pet | int", model.UnionType((CAT, DOG, INT))),
        ("Cat? | Dog", model.OptionalType(model.UnionType((CAT, DOG)))),
        ("Cat | Dog?", model.OptionalType(model.UnionType((CAT, DOG)))),
        ("Maybe | int", model.OptionalType(model.UnionType((SLUG, INT)))),
        ("Word", model.LiteralType(("x", "y"))),
        ('Word | "z" | 1', model.LiteralType(("x", "y", "z", 1))),
        (
            'int | "x" | E | "y"',
            model.UnionType((INT, model.LiteralType(("x", "y")), model.EnumType("E", "case"))),
        ),
        ("embedding(384)", model.EmbeddingType(384)),
        ("tensor(64)", model.TensorType((64,))),
        ("tensor(64, _, dtype=int8)", model.TensorType((64, None), "int8")),
        ("tensor(_, _)", model.TensorType((None, None), "float32")),
        ("token_list", model.BuiltinType("token_list")),
        ("token_list(max_length=5)", model.BuiltinType("token_list", model.Constraints(max_length=5))),
        (
            "reasoning_chain(min_length=1)",
            model.BuiltinType("reasoning_chain", model.Constraints(min_length=1)),
        ),
        ("attention_weights", model.BuiltinType("attention_weights")),
        ("image?", model.OptionalType(model.BuiltinType("image"))),
        ("list[api_key]", model.ListType(model.BuiltinType("api_key"))),
        ("map[audio]", model.MapType(model.BuiltinType("audio"))),
    ],
)
def test_a_type_is_read(written: str, expected: model.Type) -> None:
    assert field(written).type == expected


@pytest.mark.parametrize(
    "written",
    [
        "str | int",
        "bool | int | str | list[str] | map[str]",
        "Found | Failed",
        "E | F",
        'E | "none"',
        "E | 1",
        "list[Pet?]",
        "embedding(3) | str",
        "api_key | int",
        "image | int",
        "Pet | Found | str",
    ],
)
def test_options_that_can_be_told_apart(written: str) -> None:
    assert findings(written) == []


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("str | Slug", "MLS0424"),
        ("date | datetime", "MLS0424"),
        ("int | probability", "MLS0424"),
        ("json | int", "MLS0424"),
        ("token_list | list[str]", "MLS0424"),
        ("map[str] | Cat", "MLS0424"),
        ("model_response | Cat", "MLS0424"),
        ("document | Cat", "MLS0424"),
        ("api_key | str", "MLS0424"),
        ("Word | E | str", "MLS0424"),
        ("list[str | Word]", "MLS0424"),
        ("Cat | Cat", "MLS0407"),
        ('Word | "x"', "MLS0407"),
        ("Pet | Dog", "MLS0407"),
        ("str | null", "MLS0404"),
        ("null", "MLS0404"),
        ("0.5", "MLS0404"),
        ("str[int]", "MLS0404"),
        ("Cat[int]", "MLS0404"),
        ("embedding", "MLS0404"),
        ("embedding(3, 4)", "MLS0404"),
        ("embedding(size=3)", "MLS0404"),
        ("embedding(0)", "MLS0401"),
        ("embedding(1.5)", "MLS0401"),
        ("embedding(1_000_001)", "MLS0401"),
        ("embedding(1..3)", "MLS0401"),
        ("tensor", "MLS0404"),
        ("tensor(dtype=int8)", "MLS0404"),
        ("tensor(1, 1, 1, 1, 1, 1, 1, 1, 1)", "MLS0404"),
        ("tensor(0)", "MLS0401"),
        ("tensor(x)", "MLS0401"),
        ("tensor(2, dtype=float)", "MLS0401"),
        ("tensor(2, dtype=complex64)", "MLS0401"),
        ('tensor(2, dtype="int8")', "MLS0401"),
        ("tensor(2, dtype=3)", "MLS0401"),
        ("tensor(2, dtype=int8, dtype=int8)", "MLS0407"),
        ("tensor(2, order=3)", "MLS0405"),
        ("bool(1..2)", "MLS0405"),
        ("image(3)", "MLS0405"),
        ("api_key(min_length=3)", "MLS0405"),
        ("token_list(unique)", "MLS0405"),
        ("Slug(max_length=3)", "MLS0405"),
        ("Cat(1..3)", "MLS0405"),
        ("nothing", "MLS0301"),
        ("Union[str, int]", "MLS0301"),
    ],
)
def test_a_type_is_refused(written: str, code: str) -> None:
    assert codes(f"{DECLARED} schema A {{ x: {written} }}") == [code]


def test_a_union_may_have_only_so_many_options() -> None:
    names = [f"S{index}" for index in range(70)]
    declared = "".join(f'schema {name} {{ kind: "{name}" }}' for name in names)
    assert codes(f"{declared} schema A {{ x: {' | '.join(names)} }}") == ["MLS0404"]


def test_aliases_of_aliases_stay_small() -> None:
    steps = "".join(f"type A{index} = list[A{index - 1}] | map[A{index - 1}]\n" for index in range(1, 60))
    assert codes(f"type A0 = str\n{steps}schema S {{ x: A59 }}") == ["MLS0108"]
    nested = "".join(f"type A{index} = list[A{index - 1}]\n" for index in range(1, 2000))
    assert codes(f"type A0 = str\n{nested}schema S {{ x: A1999 }}") == ["MLS0108"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("type A = A", ["MLS0423 `A` stands for itself"]),
        (
            "type A = list[B]\ntype B = A?\nschema S { a: A  b: B = 3 }",
            ["MLS0423 these types stand for each other in a circle: `A` -> `B` -> `A`"],
        ),
        ("type A = B\nschema S { a: A = 3 }", ["MLS0301 unknown type `B`"]),
        ("type A = map[str]\ntype A = int", ["MLS0310 `A` is declared twice"]),
        ("type str = int", ["MLS0312 this type cannot be called `str`, which is a type of the language"]),
    ],
)
def test_what_is_wrong_with_an_alias_is_said_once(text: str, found: list[str]) -> None:
    assert messages(text) == found


ENV = model.EnvRef(name="KEY")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('Pet = { kind: "dog", name: "Rex" }', {"kind": "dog", "name": "Rex"}),
        ("str | int = 3", 3),
        ('str | int = "3"', "3"),
        ("(E) = a".replace("(E)", "E | int"), model.EnumMember("E", "a", "case")),
        ("E | F = d", model.EnumMember("F", "d", "case")),
        ("E | F = F.c", model.EnumMember("F", "c", "case")),
        ('E | "none" = "none"', "none"),
        ("Cat | bool? = null", None),
        ("float | bool = 3", 3.0),
        ("list[str] | map[int] = { a: 1 }", {"a": 1}),
        ('Found | Failed = { reason: "no" }', {"reason": "no"}),
        ('api_key | int = env("KEY")', ENV),
        ('api_key = env("KEY")', ENV),
        ('list[api_key](unique) = [env("KEY")]', [ENV]),
        ("api_key? = null", None),
        ("embedding(2) = [1, 0.5]", [1.0, 0.5]),
        ("tensor(2, _, dtype=int8) = [[1, 2], [3, -4]]", [[1, 2], [3, -4]]),
        ("tensor(_) = []", []),
        ("tensor(2, dtype=bool) = [true, false]", [True, False]),
        ("attention_weights = [[1, 2], [3, 4]]", [[1.0, 2.0], [3.0, 4.0]]),
        ("attention_weights = []", []),
        ('token_list = [1, "a", 0]', [1, "a", 0]),
        ('reasoning_chain = [{ step: "s", reasoning: "r" }]', [{"step": "s", "reasoning": "r"}]),
        ('model_response = { text: "t", usage: [1] }', {"text": "t", "usage": [1]}),
        ('variable_config = { name: "n", type: "int", high: 3 }', {"name": "n", "type": "int", "high": 3}),
        ("image? = null", None),
        ("list[image] = []", []),
        ("Slug | int = 3", 3),
    ],
)
def test_a_value_is_read(written: str, expected: object) -> None:
    default = field(written).default
    assert default == expected
    assert type(default) is type(expected)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("str | int = [3]", "MLS0410 a list is not a `str` or an `int`"),
        ("str | int = 0.5", "MLS0410 0.5 is not a whole number"),
        ("str | int = null", "MLS0410 null is not a `str` or an `int`"),
        ('Pet = { kind: "dog", name: 3 }', "MLS0410 3 is not a `str`"),
        ('Pet = { kind: "dog" }', "MLS0413 `Dog` needs `name`"),
        ('Pet = { kind: "cow" }', "MLS0410 a map is not a `Cat` or a `Dog`"),
        ("Pet = 3", "MLS0410 3 is not a `Cat` or a `Dog`"),
        ("Found | Failed = { }", "MLS0410 a map is not a `Found` or a `Failed`"),
        ('Slug | int = "X"', "MLS0412 this string does not match the pattern ^[a-z]+$"),
        ("E | int = c", "MLS0303 `E` has no member `c`"),
        ("E | F = nothing", "MLS0410 `nothing` is not a member of `E` or a member of `F`"),
        ("E | F = Other.c", "MLS0410 `Other.c` is not a member of `F`"),
        ("str | int = word", "MLS0410 `word` is not a `str`"),
        ('E | "x" = "z"', 'MLS0410 "z" is not a member of `E` or "x"'),
        ('str | int = env("X")', "MLS0410 `env(…)` is not a `str` or an `int`"),
        ("embedding(2) = [1]", "MLS0412 this has 1 number, and an `embedding` of 2 numbers is needed"),
        ('embedding(1) = ["x"]', 'MLS0410 "x" is not a number'),
        ("embedding(1) = [true]", "MLS0410 true is not a number"),
        ("embedding(1) = 3", "MLS0410 3 is not an `embedding` of 1 number"),
        ("embedding(1) = [1e39]", "MLS0412 1e+39 is too large for `float32`"),
        ("tensor(2, 2) = [[1, 2], [3]]", "MLS0412 this row has 1 number, and 2 are needed"),
        ("tensor(2, _) = [[1, 2], [3]]", "MLS0412 this row has 1 number, and those before it have 2"),
        ("tensor(2, 1) = [[1]]", "MLS0412 this has 1 row, and a `tensor` of 2 × 1 is needed"),
        ("tensor(1, 1) = [3]", "MLS0410 3 is not a row, which is a list"),
        ("tensor(1, dtype=int8) = [128]", "MLS0412 128 is outside of `int8`, which goes from -128 to 127"),
        ("tensor(1, dtype=int8) = [1.5]", "MLS0410 1.5 is not a whole number, and `int8` needs one"),
        ("tensor(1, dtype=bool) = [1]", "MLS0410 1 is not true or false"),
        ("attention_weights = [[1], [2, 3]]", "MLS0412 this row has 2 numbers, and those before it have 1"),
        ("token_list = [-1]", "MLS0410 -1 is not a token"),
        ("token_list = 3", "MLS0410 3 is not a `token_list`, which is a list"),
        ("token_list(max_length=1) = [1, 2]", "MLS0412 this has 2 tokens, and 1 or fewer are allowed"),
        ('reasoning_chain = ["s"]', 'MLS0410 "s" is not a step, which has `step` and `reasoning`'),
        ('reasoning_chain = [{ step: "s" }]', "MLS0413 a step needs `reasoning`"),
        ('reasoning_chain = [{ step: 1, reasoning: "" }]', "MLS0410 1 is not a `str`"),
        ("model_response = { }", "MLS0413 a `model_response` needs `text`"),
        ('image = "cat.png"', "MLS0410 an `image` cannot be written in a file"),
        ('api_key = "sk-1"', "MLS0425 a key has no place in a file"),
        (
            'api_key = env("X", "sk-1")',
            "MLS0425 a key has no place in a file, and what stands in its place neither",
        ),
        ("api_key = env(X)", "MLS0410 this is not the name of a variable"),
        ("api_key = env()", "MLS0410 this does not name the variable that has the key"),
        ("api_key = 3", "MLS0410 this is not an `api_key`"),
        ('str = env("X")', "MLS0410 `env(…)` is not a `str`"),
    ],
)
def test_a_value_is_refused(written: str, found: str) -> None:
    assert findings(written) == [found]


def test_a_key_is_never_shown() -> None:
    found = findings('list[api_key | int] = ["sk-secret", env("A", "sk-secret")]')
    assert len(found) == 2
    assert "secret" not in "".join(found)


def test_unions_in_unions_are_read_once_each() -> None:
    deep = '{ kind: "b", next: ' * 30 + "3" + " }" * 30
    text = 'schema A { kind: "a"  next: A | B | bool }\nschema B { kind: "b"  next: A | B | bool }'
    assert messages(f"{text}\nschema C {{ x: B = {deep} }}") == ["MLS0410 3 is not an `A`, a `B` or a `bool`"]


@pytest.mark.parametrize(
    ("text", "endless"),
    [
        ("schema A { a: A | B }\nschema B { a: A }", True),
        ("schema A { a: A | str }", False),
        ("schema A { a: list[A | str](min_length=1) }", False),
        ("type Next = A\nschema A { a: Next }", True),
        ("type Next = A?\nschema A { a: Next }", False),
        ("schema A { a: map[A](min_length=1) }", True),
        ("schema A extends B { x: int }\nschema B { a: A }", True),
        ("schema A { a: embedding(3)  b: A? }", False),
    ],
)
def test_schemas_that_contain_themselves(text: str, endless: bool) -> None:
    assert ("MLS0415" in codes(text)) is endless


def test_a_long_chain_of_schemas_is_quick() -> None:
    chain = "".join(f"schema A{index} {{ a: A{index + 1} }}\n" for index in range(1000))
    assert messages(f"{chain}schema A1000 {{ x: int }}") == []


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("float(multiple_of=0.1) = 0.3", []),
        ("float(multiple_of=0.1) = 1", []),
        ("float(ge=0.3, le=0.3, multiple_of=0.1)", []),
        ("float(multiple_of=0.1) = 0.55", ["MLS0412 0.55 is not a multiple of 0.1"]),
    ],
)
def test_multiples_are_those_of_the_decimals_that_are_written(written: str, found: list[str]) -> None:
    assert findings(written) == found
