"""Resources: how they hang together, and what may be done with them."""

from __future__ import annotations

import pytest
from mlsig_compiler import model
from mlsig_compiler.front import analyse
from mlsig_compiler.resolve.resources.transitions import unreachable

from tests.compiler.reading import messages, module, source
from tests.compiler.test_programs import findings

ENUMS = "enum Status { draft, active, optimizing, archived }\nenum Kind { predict, react }\n"
OTHERS = """
resource VariableSpace { name: str  has_many programs: Program(on_delete=nullify) }
resource OptimizationRun { belongs_to program: Program  score: float = 0.0  done: bool = false }
resource Execution { ok: bool }
"""
PROGRAM = """
resource Program "what is run" {
  name: str(max_length=255)
  kind: Kind
  status: Status = draft { draft -> active | archived, active -> optimizing | archived, optimizing -> active }
  belongs_to space: VariableSpace?
  has_many runs: OptimizationRun(on_delete=restrict)
  calculate optimization_count: int = len(runs)
  action execute(inputs: json, configuration: json = {}) -> Execution
    = python("mlsig.resources.actions:execute")
  before update = python("mlsig.resources.hooks:stamp")
}
"""


def resource(members: str, others: str = "") -> model.Resource:
    found = module(f"{ENUMS}{others}\nresource Job {{ {members} }}").declarations[-1]
    assert isinstance(found, model.Resource)
    return found


def of_a_resource(members: str, others: str = "") -> list[str]:
    return messages(f"{ENUMS}resource Job {{ {members} }}\n{others}")


# What is right


def test_the_resource_of_the_language_page() -> None:
    found = module(ENUMS + OTHERS + PROGRAM).declarations[-1]
    assert isinstance(found, model.Resource)
    assert [attribute.field.name for attribute in found.attributes] == ["name", "kind", "status"]
    status = found.attributes[2]
    assert status.field.default == model.EnumMember("Status", "draft", "case")
    assert status.transitions == (
        model.Transition(source="draft", targets=("active", "archived")),
        model.Transition(source="active", targets=("optimizing", "archived")),
        model.Transition(source="optimizing", targets=("active",)),
    )
    (space,), (runs,) = found.belongs_to, found.has_many
    assert (space.resource, space.module, space.optional) == ("VariableSpace", "case", True)
    assert (runs.resource, runs.inverse, runs.on_delete) == ("OptimizationRun", "program", "restrict")
    (execute,) = found.actions
    assert execute.returns == model.ResourceType("Execution", "case")
    assert [parameter.name for parameter in execute.parameters] == ["inputs", "configuration"]
    assert [(hook.moment, hook.event) for hook in found.hooks] == [("before", "update")]
    assert found.description == "what is run"


def test_an_attribute_may_change_freely_or_never() -> None:
    found = resource("a: Status = draft  b: Status = draft { }")
    assert [attribute.transitions for attribute in found.attributes] == [None, ()]


def test_an_attribute_may_vary_or_be_deprecated() -> None:
    found = resource('@variable a: int(1..5) = 2  @deprecated("use `a`") b: str?')
    first, second = (attribute.field for attribute in found.attributes)
    assert (first.variable, second.deprecated) == (True, "use `a`")


def test_calculations_read_attributes_relationships_and_what_every_resource_has() -> None:
    members = """
      belongs_to parent: Job?
      has_many children: Job
      has_many runs: Run
      status: Status = draft
      calculate depth: int = 1 if parent != null else 0
      calculate label: str = parent.label2 if parent != null else id
      calculate label2: str = "x"
      calculate finished: bool = all(run.done for run in runs if run.weight > 0)
      calculate old: bool = version > 3 or status == Status.archived
      calculate many: int = len(children) + len(runs) + depth
      calculate first: float? = runs[0].weight
      calculate score: float = python("jobs:score")
      calculate when: datetime = created_at
    """
    run = "resource Run { belongs_to job: Job  done: bool  weight: float = 1.0 }"
    found = resource(members, run)
    assert len(found.calculations) == 9
    assert isinstance(found.calculations[-2].value, model.PythonRef)


def test_an_action_returns_a_type_a_resource_or_nothing() -> None:
    found = resource(
        'action a() = python("m:f")  action b() -> Job? = python("m:f")  '
        'action c() -> list[Job] = python("m:f")  action d() -> map[int] = python("m:f")'
    )
    job = model.ResourceType("Job", "case")
    assert [action.returns for action in found.actions] == [
        None,
        model.OptionalType(job),
        model.ListType(job),
        model.MapType(model.ScalarType("int")),
    ]


def test_hooks_may_be_several() -> None:
    found = resource(
        'before create = python("m:f")  before create = python("m:g")  after delete = python("m:h")'
    )
    assert [(hook.moment, hook.event, hook.python.attribute) for hook in found.hooks] == [
        ("before", "create", "f"),
        ("before", "create", "g"),
        ("after", "delete", "h"),
    ]


def test_by_tells_two_relationships_apart() -> None:
    found = resource(
        "has_many sent: Message(by=sender)  has_many received: Message(by=receiver, on_delete=cascade)",
        "resource Message { belongs_to sender: Job  belongs_to receiver: Job }",
    )
    assert [(one.inverse, one.on_delete) for one in found.has_many] == [
        ("sender", "restrict"),
        ("receiver", "cascade"),
    ]


def test_a_resource_may_belong_to_one_of_another_file() -> None:
    found = findings(
        spaces="resource Space { name: str }",
        main="from spaces import Space as Room\n"
        "resource Job { belongs_to room: Room  calculate where: str = room.name\n"
        '  action move(name: str) -> Room? = python("m:f") }',
    )
    assert found == {"spaces": [], "main": []}


def test_many_of_another_file_have_no_way_back() -> None:
    found = findings(
        spaces="resource Space { name: str }",
        main="from spaces import Space\nresource Job { has_many spaces: Space }",
    )
    assert found["main"] == ["MLS0653 `Space` has no `belongs_to` to `Job`"]


def test_one_database_has_one_table_of_a_name() -> None:
    found = findings(
        people="resource Person { name: str }",
        work="from people import Person\nresource Task { belongs_to owner: Person }",
        other="from people import Person as Human\n"
        "resource Person { at: int }\nspace S { var more: bool = true }",
        near="from people import Person as Human\nresource PERSON { belongs_to one: Human }",
        far="from work import Task\nresource Job { belongs_to task: Task }\nresource Person { at: int }",
        both="from people import Person\nfrom other import Person as Another\n"
        "resource Pair { belongs_to one: Person  belongs_to other: Another }",
    )
    assert found == {
        "people": [],
        "work": [],
        "other": [],  # nothing of this file belongs to the one of the other
        "near": ["MLS0660 `Person` of `people` would be stored in the same table as `PERSON`"],
        "far": ["MLS0660 `Person` of `people` would be stored in the same table as `Person`"],
        "both": ["MLS0660 `Person` of `other` would be stored in the same table as `Person` of `people`"],
    }


# What is wrong


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ("a: strng", "MLS0301 unknown type `strng`"),
        ('a: int = "x"', 'MLS0410 "x" is not an `int`'),
        ("a: int  a: str", "MLS0310 `a` is declared twice"),
        ("a: int  belongs_to a: Job?", "MLS0310 `a` is declared twice"),
        ('a: int  action a() = python("m:f")', "MLS0310 `a` is declared twice"),
        (
            "id: str",
            "MLS0312 an attribute cannot be called `id`, which is a name that every resource has already",
        ),
        (
            "belongs_to version: Job?",
            "MLS0312 a relationship cannot be called `version`, "
            "which is a name that every resource has already",
        ),
        (
            'action delete() = python("m:f")',
            "MLS0312 an action cannot be called `delete`, which is a method of every resource",
        ),
        (
            "calculate class: int = 1",
            "MLS0311 a calculation cannot be called `class`, which is a word of Python",
        ),
        ("@open a: str", "MLS0421 `@open` cannot stand before an attribute"),
        ("@variable belongs_to a: Job?", "MLS0421 `@variable` cannot stand before a relationship"),
        (
            "@variable a: str",
            "MLS0426 `a` cannot be varied: it is a `str`, and there is no fixed set of those to choose from",
        ),
        ("key: api_key", "MLS0659 `key` would be stored, and an `api_key` never is"),
        ("keys: map[api_key?]", "MLS0659 `keys` would be stored, and an `api_key` never is"),
        ("key: str | list[api_key]", "MLS0659 `key` would be stored, and an `api_key` never is"),
        ("a: Status = draft { draft -> actve }", "MLS0303 `Status` has no member `actve`"),
        ("a: Status = draft { drft -> active }", "MLS0303 `Status` has no member `drft`"),
        ("a: Status { draft -> draft }", "MLS0651 `draft -> draft` is no change"),
        ("a: Status { draft -> active | active }", "MLS0651 `active` is listed twice"),
        (
            "a: Status { draft -> active, draft -> archived }",
            "MLS0651 the transitions from `draft` are listed twice",
        ),
        ("a: int { }", "MLS0650 transitions are between the members of an enum, and `a` is an `int`"),
        ("a: Status? { draft -> active }", "MLS0650 `a` has transitions, so it cannot be null"),
        ("a: strng { draft -> active }", "MLS0301 unknown type `strng`"),
        ("belongs_to a: Nope", "MLS0304 there is no resource `Nope` in this file"),
        ("belongs_to a: Status", "MLS0305 `Status` is an enum, and a resource is needed here"),
        ("belongs_to a: list[Job]", "MLS0652 `belongs_to` names one resource"),
        ('belongs_to a: "x"', "MLS0652 `belongs_to` names one resource"),
        ("belongs_to a: Job(by=b)", "MLS0652 `belongs_to` names one resource"),
        ("has_many a: Nope", "MLS0304 there is no resource `Nope` in this file"),
        (
            "has_many a: Job?",
            "MLS0652 `has_many` names the resource of its items: there may be none, one or many",
        ),
        (
            "has_many a: Job | Status",
            "MLS0652 `has_many` names the resource of its items: there may be none, one or many",
        ),
        ("has_many a: Job", "MLS0653 `Job` has no `belongs_to` to `Job`"),
        ("belongs_to b: Job?  has_many a: Job(by=c)", "MLS0653 `Job` has no `belongs_to c: Job`"),
        ('belongs_to b: Job?  has_many a: Job(by="b")', "MLS0652 `by` is the name of a `belongs_to`"),
        ("belongs_to b: Job?  has_many a: Job(cascade)", "MLS0652 an argument of `has_many` has a name"),
        ("belongs_to b: Job?  has_many a: Job(max=3)", "MLS0652 `has_many` takes no `max`"),
        ("belongs_to b: Job?  has_many a: Job(by=b, by=b)", "MLS0407 `by` is said twice"),
        ("belongs_to b: Job?  has_many a: Job(on_delete=drop)", "MLS0654 this is not a rule for deleting"),
        ("belongs_to b: Job?  has_many a: Job(on_delete=1..2)", "MLS0654 this is not a rule for deleting"),
        (
            "belongs_to b: Job?  belongs_to c: Job?  has_many a: Job",
            "MLS0653 `Job` belongs to `Job` in 2 ways",
        ),
        (
            "belongs_to b: Job?  has_many a: Job  has_many c: Job",
            "MLS0655 `c` would have the same items as `a`",
        ),
        ("belongs_to b: Job", "MLS0656 no `Job` can ever be created, because it needs another `Job`"),
        ("calculate a: str = 1", "MLS0625 calculation `a` is a `str`, and this is an `int`"),
        ("calculate a: int = b", "MLS0302 there is no attribute `b` here"),
        ("calculate a: strng = 1", "MLS0301 unknown type `strng`"),
        ("calculate a: int = a", "MLS0657 `a` reads itself"),
        ('calculate a: int = python("m")', "MLS0605 this does not name a Python callable"),
        ("belongs_to b: Job?  calculate a: int = b.version", "MLS0460 `b` may be null"),
        (
            "belongs_to b: Job?  calculate a: int = b.c if b != null else 0",
            "MLS0463 a `Job` has no field `c`",
        ),
        ('action a(x: int, x: int) = python("m:f")', "MLS0310 parameter `x` is declared twice"),
        (
            'action a(class: int) = python("m:f")',
            "MLS0311 a parameter cannot be called `class`, which is a word of Python",
        ),
        ('action a() -> Job(x=1) = python("m:f")', "MLS0405 `Job` is not a type that takes constraints"),
        ("action a() = 3", 'MLS0605 write `python("package.module:callable")`'),
        ('before updates = python("m:f")', "MLS0658 nothing is called `updates` that happens to a resource"),
        ('after save = python("m:f")', "MLS0658 nothing is called `save` that happens to a resource"),
    ],
)
def test_what_is_wrong_with_a_resource_is_said_once(members: str, expected: str) -> None:
    assert of_a_resource(members) == [expected]


def test_nothing_follows_from_a_relationship_that_is_wrong() -> None:
    assert of_a_resource(
        "belongs_to a: Nope  has_many b: Job  calculate c: int = len(b)  calculate d: str = a.name"
    ) == ["MLS0304 there is no resource `Nope` in this file"]


def test_a_secret_inside_of_a_schema_is_stored_too() -> None:
    schemas = "schema A { b: B?  inner: list[A] }\nschema B { key: api_key? }"
    assert of_a_resource("a: A", schemas) == ["MLS0659 `a` would be stored, and an `api_key` never is"]
    assert of_a_resource("a: A", "schema A { inner: list[A] }") == []
    chain = "".join(f"schema A{i} {{ next: A{i + 1} }}\n" for i in range(2000))
    assert of_a_resource("a: A0", f"{chain}schema A2000 {{ x: int }}") == []


def test_deleting_cannot_take_away_what_is_needed() -> None:
    text = "resource A { has_many bs: B(on_delete=nullify) }\nresource B { belongs_to a: A }"
    (found,) = analyse(source(text))[1]
    assert (found.code, found.message) == (
        "MLS0654",
        "`nullify` leaves a `B` without its `a`, which it needs",
    )
    assert messages(text.replace("belongs_to a: A", "belongs_to a: A?")) == []


def test_circles_of_what_is_needed_first() -> None:
    text = "".join(f"resource R{i} {{ belongs_to next: R{(i + 1) % 20} }}\n" for i in range(20))
    (found,) = analyse(source(f"{text}resource Other {{ belongs_to one: R3 }}"))[1]
    assert found.code == "MLS0656"
    assert found.message.startswith(
        "no `R0` can ever be created, because it needs a `R1`, which needs a `R2`"
    )
    assert found.label.endswith("R11 -> … -> R0")
    assert messages(text.replace("R0 }", "R0? }")) == []


def test_circles_of_calculations_go_through_relationships() -> None:
    text = """
    resource A { belongs_to b: B?  calculate x: int = b.y if b != null else 0 }
    resource B { has_many many: A  calculate y: int = 1 if any(a.x > 0 for a in many) else 0 }
    """
    (found,) = analyse(source(text))[1]
    assert (found.code, found.label) == ("MLS0657", "A.x -> B.y -> A.x")
    many = "".join(f"calculate c{i}: int = c{(i + 1) % 20}  " for i in range(20))
    (found,) = analyse(source(f"resource A {{ {many} }}"))[1]
    assert found.label.endswith("c11 -> … -> c0")


def test_members_that_a_status_never_comes_to() -> None:
    arms = "draft -> active, active -> draft, optimizing -> archived"
    status, free, last = resource(
        f"a: Status = draft {{ {arms} }}  b: Status {{ {arms} }}  c: Status = draft {{ }}"
    ).attributes
    enum = module(ENUMS).declarations[0]
    assert isinstance(enum, model.Enum)
    assert unreachable(status, enum) == ["optimizing", "archived"]
    assert unreachable(free, enum) == unreachable(last, enum) == []


@pytest.mark.parametrize(
    ("members", "mended"),
    [
        ("belongs_to b: Job?  has_many a: list[Job]", "belongs_to b: Job?  has_many a: Job"),
        (
            'belongs_to b: Job?  has_many a: Job(on_delete="cascade")',
            "belongs_to b: Job?  has_many a: Job(on_delete=cascade)",
        ),
        (
            "belongs_to b: Job?  has_many a: Job(on_delete=nulify)",
            "belongs_to b: Job?  has_many a: Job(on_delete=nullify)",
        ),
        ("belongs_to b2: Job?  has_many a: Job(by=b1)", "belongs_to b2: Job?  has_many a: Job(by=b2)"),
        ("a: Status? { draft -> active }", "a: Status { draft -> active }"),
        ("a: Status { draft -> actve }", "a: Status { draft -> active }"),
        ('before updates = python("m:f")', 'before update = python("m:f")'),
    ],
)
def test_fixes_mend(members: str, mended: str) -> None:
    text = f"{ENUMS}resource Job {{ {members} }}"
    (found,) = analyse(source(text))[1]
    assert found.fix is not None
    (edit,) = found.fix.edits
    after = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    assert after == f"{ENUMS}resource Job {{ {mended} }}"
    assert messages(after) == []


def test_many_members_are_read_in_time() -> None:
    members = "".join(
        f"belongs_to b{i}: Job?  has_many h{i}: Job(by=b{i})  calculate c{i}: int = len(h{i})\n"
        for i in range(1500)
    )
    assert of_a_resource(members) == []
