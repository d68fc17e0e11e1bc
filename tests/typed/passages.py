"""What editors know of records: what is made, what is read from it, and what is a mistake."""

from datetime import date
from typing import Any, assert_type

from everything import Moments, Passage, Tree, Verdict, When
from mlsig import Issue
from unions import Box, Cat, Dog, Failed, Found

data: dict[str, Any] = {}

passage = Passage.validate(data)
reveal_type(passage)  # reveals: everything.Passage / Passage
assert_type(passage, Passage)
assert_type(Passage.check(data), list[Issue])
assert_type(Passage.from_json("{}"), Passage)
assert_type(Passage.from_msgpack(b""), Passage)
assert_type(passage.to_json(), bytes)
assert_type(passage.to_msgpack(), bytes)
assert_type(passage.to_dict(), dict[str, Any])
assert_type(Passage.json_schema(), dict[str, Any])
assert_type(passage.id, str)
assert_type(passage.weight, float | None)
assert_type(passage.rank, int)
assert_type(passage.tags, list[str])
assert_type(passage.date, date)
reveal_type(passage.kind)  # reveals: Literal['note'] | Literal['mail'] / Literal['note', 'mail']
reveal_type(passage.seen)  # reveals: everything.Meta / Meta

tree = Tree(label="a", children=[Tree(label="b")])
assert_type(tree.children[0].named["c"].next, Tree | None)
assert_type(When.validate(data).one.hours, list[int])
assert_type(Verdict("refuted"), Verdict)
assert_type(Verdict.refuted == "refuted", bool)

box = Box(pet=Cat(kind="cat", lives=9))
reveal_type(box.pet)  # reveals: unions.Cat | unions.Dog / Cat | Dog
reveal_type(box.result)  # reveals: unions.Found | unions.Failed | None / Found | Failed | None
match box.pet:
    case Cat(lives=lives):
        assert_type(lives, int)
    case Dog(name=name):
        assert_type(name, str)
if isinstance(box.result, Found):
    assert_type(box.result, Found)
elif box.result is not None:
    assert_type(box.result, Failed)

Passage(id="a", text="b")  # error: mypy=call-arg pyright=reportCallIssue
Passage(id="a", text="b", weight=1.0, wieght=2.0)  # error: mypy=call-arg pyright=reportCallIssue
Passage("a", text="b", weight=None)  # error: mypy=call-arg pyright=reportCallIssue
Passage(id="a", text=None, weight=None)  # error: mypy=arg-type pyright=reportArgumentType
Passage(id="a", text="b", weight=None, kind="letter")  # error: mypy=arg-type pyright=reportArgumentType
Passage(id="a", text="b", weight="1")  # error: mypy=arg-type pyright=reportArgumentType
Passage(id="a", text="b", weight=None, tags=[1])  # error: mypy=list-item pyright=reportArgumentType
Moments(born=tree)  # error: mypy=arg-type pyright=reportArgumentType
Box(pet=Found(at="here"))  # error: mypy=arg-type pyright=reportArgumentType
Passage.validate()  # error: mypy=call-arg pyright=reportCallIssue
passage.id = "b"  # error: mypy=misc pyright=reportAttributeAccessIssue
passage.ident  # error: mypy=attr-defined pyright=reportAttributeAccessIssue,reportUnknownMemberType
passage.weight + 1  # error: mypy=operator pyright=reportOptionalOperand
box.pet.lives  # error: mypy=union-attr pyright=reportAttributeAccessIssue,reportUnknownMemberType
Verdict.perhaps  # error: mypy=attr-defined pyright=reportAttributeAccessIssue,reportUnknownMemberType
wrong: int = passage.score  # error: mypy=assignment pyright=reportAssignmentType
