"""Types of every sort, each with a strategy for its values; None where no file can have one."""

from __future__ import annotations

from typing import Any, TypeAlias

from hypothesis import strategies as st
from mlsig_compiler import model

from compiler.random_models.naming import World, floats, integers, json_values, words

Values: TypeAlias = "st.SearchStrategy[Any] | None"
Typed: TypeAlias = tuple[model.Type, Values]

small = st.floats(-1000, 1000, width=16).map(lambda number: number + 0.0)
DTYPES: dict[str, st.SearchStrategy[Any]] = {
    "float16": small,
    "float32": st.floats(width=32, allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0),
    "float64": floats,
    "int8": st.integers(-(2**7), 2**7 - 1),
    "int16": st.integers(-(2**15), 2**15 - 1),
    "int32": st.integers(-(2**31), 2**31 - 1),
    "int64": integers,
    "uint8": st.integers(0, 255),
    "bool": st.booleans(),
}
media = st.sampled_from(["image", "audio", "document"])
STRING, NUMBER, BOOL, ARRAY, OBJECT = range(5)


@st.composite
def literals(draw: st.DrawFn) -> Typed:
    options = draw(
        st.lists(st.one_of(words, integers, st.booleans()), min_size=1, max_size=3, unique_by=repr)
    )
    return model.LiteralType(tuple(options)), st.sampled_from(options)


@st.composite
def numbers(draw: st.DrawFn) -> Typed:
    kind = draw(st.sampled_from(["int", "float", "probability", "confidence_score"]))
    shape = draw(st.sampled_from(["plain", "between", "above", "multiple"]))
    if kind == "int":
        low, high = sorted((draw(integers), draw(integers)))
        if shape == "between":
            return model.ScalarType("int", model.Constraints(ge=low, le=high)), st.integers(low, high)
        if shape == "above" and low < high:
            return model.ScalarType("int", model.Constraints(gt=low)), st.integers(low + 1, 2**63 - 1)
        if shape == "multiple":
            step = draw(st.integers(1, 50))
            bounds = model.Constraints(ge=0, multiple_of=step)
            return model.ScalarType("int", bounds), st.integers(0, 90).map(lambda k: k * step)
        return model.ScalarType("int"), integers
    if kind == "float" and shape == "between":
        low, high = sorted((draw(floats), draw(floats)))
        within = st.floats(low, high).map(lambda number: number + 0.0)
        return model.ScalarType("float", model.Constraints(ge=low, le=high)), within
    if kind == "float" and shape == "above":
        bounds = model.Constraints(gt=-1.5, lt=8.25)
        return model.ScalarType("float", bounds), st.floats(-1.25, 8.0).map(lambda number: number + 0.0)
    if kind == "float":
        return model.ScalarType("float"), floats
    if shape == "plain" or kind == "probability":
        most = 1.0 if kind == "probability" else None
        within = st.floats(0, most, allow_infinity=False).map(abs)
        return model.ScalarType(kind, model.Constraints(ge=0.0, le=most)), within
    top = draw(st.floats(1, 9))
    return model.ScalarType("confidence_score", model.Constraints(ge=0.0, le=top)), st.floats(0, top).map(abs)


@st.composite
def strings(draw: st.DrawFn) -> Typed:
    shape = draw(st.sampled_from(["plain", "lengths", "pattern", "date", "datetime"]))
    if shape == "lengths":
        least, most = sorted((draw(st.integers(0, 5)), draw(st.integers(0, 5))))
        text = st.text(st.characters(codec="utf-8"), min_size=least, max_size=most)
        return model.ScalarType("str", model.Constraints(min_length=least, max_length=most)), text
    if shape == "pattern":
        pattern = draw(st.sampled_from(["^[a-c]+$", '^"?[a-c]', "a|b|c"]))
        return model.ScalarType("str", model.Constraints(pattern=pattern)), st.text("abc", min_size=1)
    if shape == "date":
        return model.ScalarType("date"), st.dates().map(lambda day: day.isoformat())
    if shape == "datetime":
        return model.ScalarType("datetime"), st.datetimes().map(lambda moment: moment.isoformat())
    return model.ScalarType("str"), words


@st.composite
def arrays(draw: st.DrawFn) -> Typed:
    kind = draw(
        st.sampled_from(["embedding", "tensor", "attention_weights", "token_list", "reasoning_chain"])
    )
    if kind == "embedding":
        size = draw(st.integers(1, 5))
        return model.EmbeddingType(size), st.lists(DTYPES["float32"], min_size=size, max_size=size)
    if kind == "tensor":
        shape = draw(st.lists(st.none() | st.integers(1, 3), min_size=1, max_size=3))
        dtype: Any = draw(st.sampled_from(sorted(DTYPES)))
        return model.TensorType(tuple(shape), dtype), block([extent or 2 for extent in shape], DTYPES[dtype])
    if kind == "attention_weights":
        return model.BuiltinType("attention_weights"), block([2, draw(st.integers(1, 3))], floats)
    least = draw(st.integers(0, 1))
    lengths = model.Constraints(min_length=least) if least else model.Constraints()
    step = st.fixed_dictionaries({"step": words, "reasoning": words})
    items = st.integers(0, 2**40) | words if kind == "token_list" else step
    name: Any = kind
    return model.BuiltinType(name, lengths), st.lists(items, min_size=least, max_size=2)


def block(shape: list[int], numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    found = numbers
    for extent in reversed(shape):
        found = st.lists(found, min_size=extent, max_size=extent)
    return found


@st.composite
def others(draw: st.DrawFn) -> Typed:
    """Return a type that is written by a word of its own."""
    kind = draw(st.sampled_from(["bool", "json", "media", "api_key", "model_response", "variable_config"]))
    if kind == "bool":
        return model.ScalarType("bool"), st.booleans()
    if kind == "json":
        return model.ScalarType("json"), json_values
    if kind == "media":
        return model.BuiltinType(draw(media)), None
    if kind == "api_key":
        return model.BuiltinType("api_key"), st.sampled_from(["A_KEY", "_k"]).map(
            lambda name: model.EnvRef(name=name)
        )
    needed: dict[str, Any] = {"text": words} if kind == "model_response" else {"name": words, "type": words}
    name: Any = kind
    return model.BuiltinType(name), st.fixed_dictionaries(needed, optional={"more": json_values})


plain = st.one_of(numbers(), strings(), others(), arrays(), literals())


def declared(draw: st.DrawFn, world: World, *kinds: type) -> Typed | None:
    """Return a type that the file knows by name: an enum, a schema, or what an alias stands for."""
    known = [each for each in world.known if isinstance(each.node, kinds)]
    if not known:
        return None
    found = draw(st.sampled_from(known))
    if isinstance(found.node, model.Enum):
        type_ = model.EnumType(found.node.name, found.module)
        return type_, st.sampled_from(world.members(type_))
    values = world.values[found.module, found.node.name]
    if isinstance(found.node, model.Alias):
        return found.node.type, values
    return model.SchemaType(found.node.name, found.module), values


@st.composite
def types(draw: st.DrawFn, world: World, depth: int = 2) -> Typed:
    """Return a type; enums, schemas and aliases are those that the file knows."""
    every = ["plain", "declared"]
    shape = draw(st.sampled_from([*every, "list", "map", "optional", "union"] if depth else every))
    if shape == "plain":
        return draw(plain)
    if shape == "declared":
        return declared(draw, world, model.Enum, model.Schema, model.Alias) or draw(plain)
    if shape == "union":
        return draw(unions(world))
    inner, values = draw(types(world, depth - 1))
    if shape == "optional":
        return optional(inner, values, world)
    least = draw(st.integers(0, 1)) if values is not None else 0
    most = draw(st.sampled_from([None, 5]))
    lengths = model.Constraints(min_length=least or None, max_length=most)
    items = st.nothing() if values is None else values
    if shape == "map":
        found = (
            st.dictionaries(words, items, min_size=least, max_size=2) if values is not None else st.just({})
        )
        return model.MapType(inner, lengths), found
    if draw(st.booleans()):
        lengths = model.Constraints(min_length=least or None, max_length=most, unique=True)
        return model.ListType(inner, lengths), st.lists(
            items, min_size=least, max_size=0 if values is None else 1
        )
    return model.ListType(inner, lengths), st.lists(
        items, min_size=least, max_size=0 if values is None else 2
    )


def optional(inner: model.Type, values: Values, world: World) -> Typed:
    """Return the optional of a type, where it can be written: of literals only by an alias."""
    if isinstance(inner, model.OptionalType):
        return inner, values
    if isinstance(inner, model.LiteralType) and not any(
        repr(known.node.type) == repr(inner) for known in world.of(model.Alias)
    ):
        return inner, values
    return model.OptionalType(inner), st.none() if values is None else st.one_of(st.none(), values)


@st.composite
def unions(draw: st.DrawFn, world: World) -> Typed:
    """Return a union whose options are told apart by the kind of their JSON."""
    enum = declared(draw, world, model.Enum)
    schema = declared(draw, world, model.Schema)
    every: dict[int, Typed] = {
        STRING: enum or draw(strings()),
        NUMBER: draw(numbers()),
        BOOL: (model.ScalarType("bool"), st.booleans()),
        ARRAY: draw(arrays()),
        OBJECT: schema or (model.MapType(model.ScalarType("int")), st.dictionaries(words, integers)),
    }
    if draw(st.booleans()):
        kind = draw(st.sampled_from([STRING, NUMBER]))
        text = draw(st.lists(words if kind == STRING else integers, min_size=1, max_size=2, unique=True))
        every[kind] = model.LiteralType(tuple(text)), st.sampled_from(text)
    chosen = draw(st.lists(st.sampled_from(sorted(every)), min_size=2, max_size=4, unique=True))
    whole = model.UnionType(tuple(every[kind][0] for kind in chosen))
    options = [values for kind in chosen if (values := every[kind][1]) is not None]
    if draw(st.booleans()):
        return model.OptionalType(whole), st.one_of(st.none(), *options)
    return whole, st.one_of(*options)
