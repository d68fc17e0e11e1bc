"""Pipelines: what steps call and with what, the types between them, and what comes out."""

from __future__ import annotations

import pytest
from mlsig_compiler import model
from mlsig_compiler.front import analyse

from tests.compiler.reading import messages, module, source
from tests.compiler.test_programs import findings

BASE = """
enum Verdict { supported, refuted, unknown }
schema Passage { id: str  text: str  parent: Passage? }
signature Plan { input question: str  output query: str  output queries: list[str]  output size: float? }
signature Review { input passages: list[Passage]  input ask: Verdict = unknown  output verdict: Verdict }
signature Answer { input question: str  input passages: list[Passage]  output answer: str }
provider openai { protocol: openai  base_url: "http://h/v1"  model "m" {} }
space Tuning { var provider: provider(openai)  var model: model(provider) }
program QA { signature: Answer  space: Tuning }
tool search(query: str, k: int(1..50) = 5) -> list[Passage] = python("corpus:search")
tool first(passage: Passage) -> str = python("corpus:first")
tool maybe(text: str?) -> str? = python("corpus:maybe")
tool mixed(x: float, level: "low" | "high" = "low", any: json = {}) -> int | str = python("m:f")
"""


def pipeline(steps: str, returns: str = "json", parameters: str = "question: str") -> model.Pipeline:
    found = module(f"{BASE}pipeline P({parameters}) -> {returns} {{ {steps} }}").declarations[-1]
    assert isinstance(found, model.Pipeline)
    return found


def of_steps(steps: str, returns: str = "json") -> list[str]:
    return messages(f"{BASE}pipeline P(question: str, limit: int = 3) -> {returns} {{ {steps} }}")


def types(steps: str) -> dict[str, model.Type]:
    return {step.name: step.type for step in pipeline(f"{steps}  return question").steps if step.name}


PASSAGES = model.ListType(model.SchemaType("Passage", "case"))


# What is right


def test_the_pipeline_of_the_language_page() -> None:
    found = pipeline(
        """
        plan    = Plan(question=question)
        docs    = search(query=plan.query)            retry 2 timeout 10s
        checked = Review(passages=docs)               on_error continue
        return QA(question=question, passages=docs)
        """,
        returns="Answer",
    )
    plan, docs, checked, result = found.steps
    assert [(step.callee, step.depends) for step in found.steps] == [
        ("Plan", ("question",)),
        ("search", ("plan",)),
        ("Review", ("docs",)),
        ("QA", ("question", "docs")),
    ]
    assert plan.type == model.OutputType("Plan", "case")
    assert (docs.type, docs.retry, docs.timeout, docs.on_error) == (PASSAGES, 2, 10.0, "fail")
    assert checked.type == model.OptionalType(model.OutputType("Review", "case"))
    assert checked.on_error == "continue"
    assert result.name == ""
    assert result.type == found.returns == model.OutputType("Answer", "case")


def test_a_step_may_go_through_a_list() -> None:
    found = pipeline(
        """
        plan = Plan(question=question)
        many = [search(query=q, k=limit) for q in plan.queries if len(q) > limit] concurrency 8
        return many
        """,
        returns="list[list[Passage]]",
        parameters="question: str, limit: int = 3",
    )
    step = found.steps[1]
    assert step.mapped is not None
    assert (step.mapped.variable, step.concurrency, step.type) == ("q", 8, model.ListType(PASSAGES))
    assert step.mapped.condition is not None
    assert step.depends == ("limit", "plan")


def test_options_of_a_step_that_goes_through_a_list_are_those_of_each_call() -> None:
    found = types("many = [search(query=q) for q in [question]] on_error continue")
    assert found["many"] == model.ListType(model.OptionalType(PASSAGES))


def test_what_a_condition_tells_is_known_in_the_call() -> None:
    text = """
    many = [search(query=q) for q in [question]] on_error continue
    kept = [x for x in many if x != null]
    texts = [first(passage=x[0]) for x in many if x != null]
    """
    assert types(text)["kept"] == model.ListType(PASSAGES)


def test_a_step_may_only_have_a_value() -> None:
    found = types(
        """
        plan = Plan(question=question)
        docs = search(query=question)
        query = plan.query
        parent = docs[0].parent
        size = plan.size
        count = len(docs) + 1
        half = count / 2
        some = count > 2 or question == "x"
        both = count if some else "none"
        verdict = Verdict.supported
        words = split(question)
        up = parent.text if parent != null else null
        pair = [1, 2.5]
        """
    )
    scalar = model.ScalarType
    assert found["query"] == scalar("str")
    assert found["parent"] == model.OptionalType(model.SchemaType("Passage", "case"))
    assert found["size"] == model.OptionalType(scalar("float"))
    assert [found[name] for name in ("count", "half", "some")] == [
        scalar("int"),
        scalar("float"),
        scalar("bool"),
    ]
    assert found["both"] == model.UnionType((scalar("int"), scalar("str")))
    assert found["verdict"] == model.EnumType("Verdict", "case")
    assert found["words"] == model.ListType(scalar("str"))
    assert found["up"] == model.OptionalType(scalar("str"))
    assert found["pair"] == model.ListType(scalar("float"))


@pytest.mark.parametrize(
    ("returns", "steps"),
    [
        ("Answer", "return QA(question=question, passages=[])"),
        ("QA", "return Answer(question=question, passages=[])"),
        ("QA?", "return QA(question=question, passages=[]) on_error continue"),
        ("list[QA]", "return [QA(question=q, passages=[]) for q in [question]]"),
        (
            "list[QA?](max_length=3)",
            "return [QA(question=q, passages=[]) for q in [question]] on_error continue",
        ),
        ("list[Passage]?", "return search(query=question)"),
        ("float", "return 3"),
        ("str | int", "return mixed(x=1)"),
        ("map[str]", "x = mixed(x=1, any=question)  return {}".replace("return {}", "return P2(q=question)")),
    ],
)
def test_what_fits_is_returned(returns: str, steps: str) -> None:
    text = f"{BASE}pipeline P(question: str) -> {returns} {{ {steps} }}\n"
    assert messages(f"{text}pipeline P2(q: str) -> map[str] {{ return lookup(q=q) }}\n{LOOKUP}") == []


LOOKUP = 'tool lookup(q: str) -> map[str] = python("m:f")'


def test_arguments_that_fit_are_taken() -> None:
    assert of_steps(
        """
        a = mixed(x=limit, level="high")
        b = mixed(x=1.5, any=search2)
        search2 = search(query="x", k=50)
        """.replace("any=search2", "any=question")
        + """
        c = maybe(text=null)
        d = maybe(text=c)
        e = first(passage=search2[0])
        f = Review(passages=search2, ask=Verdict.refuted)
        return f.verdict
        """,
        returns="Verdict",
    ) == []  # fmt: skip


def test_pipelines_call_each_other_before_they_are_declared() -> None:
    assert messages(
        f"{BASE}pipeline A(q: str) -> QA {{ docs = B(q=q)  return QA(question=q, passages=docs) }}\n"
        "pipeline B(q: str) -> list[Passage] { return search(query=q) }"
    ) == []  # fmt: skip


def test_a_variable_hides_a_step_only_in_its_own_step() -> None:
    found = pipeline(
        """
        docs = search(query=question)
        texts = [first(passage=docs) for docs in docs]
        return docs
        """,
        returns="list[Passage]",
    )
    assert found.steps[1].depends == ("docs",)


def test_what_is_called_may_come_from_another_file() -> None:
    found = findings(
        parts=f"{BASE}pipeline Sub(q: str) -> QA {{ return QA(question=q, passages=[]) }}",
        main="from parts import QA as Ask, search as find, Sub, Review\n"
        "pipeline P(q: str) -> Ask {\n"
        "  docs = find(query=q)\n  one = Sub(q=q)\n  two = Review(passages=docs)\n"
        "  text = one.answer\n  verdict = two.verdict\n  return Ask(question=text, passages=docs)\n}",
    )
    assert found == {"parts": [], "main": []}


def test_another_file_is_held_to_the_declarations_that_it_imports() -> None:
    found = findings(
        parts=f"{BASE}pipeline Sub(q: str) -> QA {{ return QA(question=q, passages=[]) }}",
        main="from parts import QA, Sub, Review\n"
        "pipeline P(q: str) -> Review {\n"
        "  a = Sub(query=q)\n  b = Review(passages=[], ask=refuted)\n  return QA(question=q, passages=[])\n}",
    )
    assert found["main"] == [
        "MLS0621 pipeline `Sub` takes no `query`",
        "MLS0302 there is no parameter or step `refuted` here",
        "MLS0625 pipeline `P` returns what `Review` returns, and this is what `Answer` returns",
    ]


# What is wrong


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("search(question)", "MLS0620 an argument is given by the name of its parameter"),
        ("search(x for x in [question])", "MLS0620 an argument is given by the name of its parameter"),
        ("search(qeury=question)", "MLS0621 tool `search` takes no `qeury`"),
        ("search(query=question, size=3)", "MLS0621 tool `search` takes no `size`"),
        ("search(k=3)", "MLS0622 tool `search` needs `query`"),
        ("QA()", "MLS0622 program `QA` needs `question` and `passages`"),
        ("search(query=question, query=question)", "MLS0310 argument `query` is declared twice"),
        ("search(query=limit)", "MLS0625 `query` of tool `search` is a `str`, and this is an `int`"),
        ('search(query=["a"])', "MLS0410 a list is not a `str`"),
        ("search(query=question, k=99)", "MLS0412 99 is greater than 50"),
        ('mixed(x=1, level="mid")', 'MLS0410 "mid" is not one of "low", "high"'),
        (
            "mixed(x=1, level=question)",
            'MLS0625 `level` of tool `mixed` is one of "low", "high", and this is a `str`',
        ),
        ("Review(passages=[], ask=refuted)", "MLS0302 there is no parameter or step `refuted` here"),
        ("Review(passages=[], ask=Verdict.none)", "MLS0303 `Verdict` has no member `none`"),
        (
            "serach(query=question)",
            "MLS0304 there is no program, signature, tool or pipeline `serach` in this file",
        ),
        (
            'Passage(id="x")',
            "MLS0305 `Passage` is a schema, and a step calls a program, signature, tool or pipeline",
        ),
        ("search", "MLS0305 `search` is a tool, and a value is needed here"),
        ("[search, 3]", "MLS0305 `search` is a tool, and a value is needed here"),
        ("len(search(query=question))", "MLS0624 `search` is called in the middle of an expression"),
        ("search(query=question)[0]", "MLS0624 `search` is called in the middle of an expression"),
        ('python("m:f")', "MLS0624 a pipeline calls Python through a tool"),
        ("lost", "MLS0302 there is no parameter or step `lost` here"),
        ("x", "MLS0623 `x` is used in its own definition"),
        ("search(query=later)", "MLS0623 `later` is used before it is defined"),
        (
            "[search(query=q) for q in question]",
            "MLS0509 `for` goes through a list or a map, and this is a string",
        ),
        (
            "[search(query=q) for q in [question] if q]",
            "MLS0509 what stands after `if` is true or false, and this is a string",
        ),
        ("search(query=question) retry 101", "MLS0627 `retry` is a number from 0 to 100"),
        ("search(query=question) timeout 10", "MLS0627 a timeout needs a unit"),
        ("search(query=question) timeout 1.5", "MLS0627 a timeout needs a unit"),
        ("search(query=question) timeout 0ms", "MLS0627 a timeout is longer than 0 and at most 168h"),
        ("search(query=question) timeout 169h", "MLS0627 a timeout is longer than 0 and at most 168h"),
        (
            f"search(query=question) timeout {'9' * 400}s",
            "MLS0627 a timeout is longer than 0 and at most 168h",
        ),
        ("search(query=question) on_error ignore", "MLS0627 a step cannot `ignore` on an error"),
        ("search(query=question) retry 1 retry 2", "MLS0407 `retry` is said twice"),
        (
            "search(query=question) concurrency 2",
            "MLS0628 `concurrency` has no effect here, because there is only one call",
        ),
        ("question retry 2", "MLS0628 `retry` has no effect here, because nothing is called"),
        ("[search(query=q) for q in []] concurrency 0", "MLS0627 `concurrency` is a number from 1 to 10_000"),
    ],
)
def test_what_is_wrong_with_a_step_is_said_once(step: str, expected: str) -> None:
    assert of_steps(f"x = {step}  later = limit  return later", "int") == [expected]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("question = limit  return limit", "MLS0310 `question` is already the name of a parameter"),
        ("x = limit  x = limit  return x", "MLS0310 step `x` is declared twice"),
        ("search = limit  return limit", "MLS0310 `search` is already the name of a tool"),
        ("Verdict = limit  return limit", "MLS0310 `Verdict` is already the name of an enum"),
        ("class = limit  return limit", "MLS0311 a step cannot be called `class`, which is a word of Python"),
        ("x = limit", "MLS0626 pipeline `P` returns nothing"),
        ("return limit  return limit", "MLS0626 a pipeline returns once"),
        ("return limit  x = limit", "MLS0626 step `x` stands after `return`"),
        ("return question", "MLS0625 pipeline `P` returns an `int`, and this is a `str`"),
        (
            "return search(query=question)",
            "MLS0625 pipeline `P` returns an `int`, and this is a list of `Passage`",
        ),
        ("@open x = limit  return x", "MLS0421 `@open` cannot stand before a step"),
    ],
)
def test_what_is_wrong_with_a_pipeline_is_said_once(steps: str, expected: str) -> None:
    assert of_steps(steps, "int") == [expected]


def test_an_empty_pipeline_returns_nothing() -> None:
    assert of_steps("") == ["MLS0626 pipeline `P` returns nothing"]


def test_nothing_follows_from_a_step_that_is_wrong() -> None:
    assert of_steps(
        "a = serach(query=question)  b = search(query=a.query)  c = [first(passage=p) for p in b]  "
        "d = [first(passage=p) for p in a]  return c[0]",
        "str",
    ) == ["MLS0304 there is no program, signature, tool or pipeline `serach` in this file"]


def test_nothing_follows_from_a_declaration_that_is_wrong() -> None:
    text = (
        "signature S { input q: str  input n: strng  output a: strng  output }\n"
        "pipeline P(x: strng) -> strng { s = S(q=x, m=3)  t = s.b  return s }\n"
        "pipeline Q(y: str) -> str { return P(x=y) }"
    )
    assert [found[:7] for found in messages(text)] == ["MLS0301", "MLS0103", "MLS0301", "MLS0301"]


def test_what_may_be_null_says_why() -> None:
    text = f"""{BASE}pipeline P(question: str?) -> Review {{
      docs = search(query="x") on_error continue
      review = Review(passages=docs)
      other = Review(passages=[]) on_error continue
      verdict = other.verdict
      query = search(query=question)
      deep = [d.text for d in docs]
      return other
    }}"""
    because = "because its step has `on_error continue`"
    assert messages(text) == [
        f"MLS0460 `docs` may be null, {because}, and `passages` of signature `Review` may not",
        f"MLS0460 `other` may be null, {because}",
        "MLS0460 `question` may be null, and `query` of tool `search` may not",
        f"MLS0460 `docs` may be null, {because}",
        f"MLS0460 `other` may be null, {because}, and what pipeline `P` returns may not",
    ]
    first = next(iter(analyse(source(text))[1]))
    assert [text[label.span.start : label.span.end] for label in first.labels] == [
        "on_error continue",
        "passages",
    ]


def test_items_that_may_be_null_are_told_from_lists_that_may() -> None:
    steps = "many = [maybe(text=q) for q in [question]]  x = first2(texts=many)  return x"
    text = f"{BASE}{FIRST}pipeline P(question: str) -> str {{ {steps} }}"
    assert messages(text) == ["MLS0460 an item of `many` may be null, and `texts` of tool `first2` may not"]


FIRST = 'tool first2(texts: list[str]) -> str = python("m:f")\n'


@pytest.mark.parametrize(
    ("step", "help", "mended"),
    [
        ("search(query=plan)", "one of its fields", ""),
        ("search(query=docs[0].id, k=plan)", "", ""),
        ("first(passage=docs)", "for each of its items", ""),
        ("Review(passages=docs[0])", "a list of one is `[docs[0]]`", ""),
        ("search(query=question, k=len(question) / 2)", "`round(len(question) / 2)` makes", ""),
        ("search(question)", "write `query=question`", "search(query=question)"),
        ("search(qery=question)", "did you mean `query`?", "search(query=question)"),
        (
            "Review(passages=docs, ask=refuted)",
            "write `Verdict.refuted`",
            "Review(passages=docs, ask=Verdict.refuted)",
        ),
        ("search(query=review)", "did you mean `review.answer`?", "search(query=review.answer)"),
        (
            "search(query=question) timeout 10",
            "write `10s` for seconds",
            "search(query=question) timeout 10s",
        ),
        (
            "search(query=question) on_error contine",
            "did you mean `continue`?",
            "search(query=question) on_error continue",
        ),
    ],
)
def test_help_says_how_to_go_on(step: str, help: str, mended: str) -> None:
    before = f"""{BASE}pipeline P(question: str) -> str {{
      docs = search(query=question)
      plan = Plan(question=question)
      review = Answer(question=question, passages=docs)
      x = {step}
      return question
    }}"""
    text = before.replace("output queries: list[str]", "output other: str")
    found = list(analyse(source(text))[1])
    assert help in found[0].help
    if mended:
        assert found[0].fix is not None
        (edit,) = found[0].fix.edits
        after = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
        assert f"x = {mended}\n" in after
        assert messages(after) == []


def test_circles_are_shown_once_each() -> None:
    text = "".join(f"pipeline P{i}(q: str) -> str {{ return P{(i + 1) % 30}(q=q) }}\n" for i in range(30))
    (found,) = analyse(source(f"{text}pipeline Outside(q: str) -> str {{ return P3(q=q) }}"))[1]
    assert (found.code, found.message) == ("MLS0629", "these pipelines call each other")
    assert found.label.startswith("P0 -> P1 -> ")
    assert found.label.endswith("P11 -> … -> P0")
    assert messages("pipeline P(q: str) -> str { x = P(q=q)  return P(q=x) }") == ["MLS0629 `P` calls itself"]


def test_many_steps_are_read_in_time() -> None:
    steps = "".join(
        f"s{i} = [search(query=q) for q in [question, s{i - 1}[0][0].id]]\n" for i in range(1, 1000)
    )
    assert of_steps(f"s0 = [search(query=question) for q in [1]]\n{steps}return limit", "int") == []


@pytest.mark.parametrize(
    ("declared", "shown"),
    [
        ("list[map[str]]", "a list of maps of `str`"),
        ("map[list[Passage]]", "a map of lists of `Passage`"),
        ("list[Verdict?]", "a list of `Verdict` or null"),
        ('list["a" | "b"]', 'a list of one of "a", "b"'),
        ("embedding(3)", "an `embedding` of 3 numbers"),
        ("reasoning_chain", "a `reasoning_chain`"),
        ("Passage?", "a `Passage` or null"),
    ],
)
def test_types_are_written_out_where_two_are_set_against_each_other(declared: str, shown: str) -> None:
    tool = f'tool make() -> {declared} = python("m:f")\n'
    text = f"{BASE}{tool}pipeline P(q: str) -> int {{ x = make()  return x }}"
    assert messages(text) == [f"MLS0625 pipeline `P` returns an `int`, and this is {shown}"]


def test_values_that_only_expressions_have_get_types_too() -> None:
    tool = 'tool make() -> map[embedding(3)] = python("m:f")\ntool grid() -> tensor(2, 2) = python("m:f")\n'
    steps = 'm = make()  v = m["a"]  g = grid()  row = g[0]  keys = [k for k in m]  none = null  return 1'
    found = module(f"{BASE}{tool}pipeline P(q: str) -> int {{ {steps} }}").declarations[-1]
    assert isinstance(found, model.Pipeline)
    made = {step.name: step.type for step in found.steps}
    floats = model.ListType(model.ScalarType("float"))
    assert (made["v"], made["row"]) == (floats, floats)
    assert made["keys"] == model.ListType(model.ScalarType("str"))
    assert made["none"] == model.ScalarType("json")


def test_what_takes_nothing_is_given_nothing() -> None:
    tool = 'tool now() -> str = python("m:f")\n'
    (found,) = analyse(source(f"{BASE}{tool}pipeline P(q: str) -> str {{ return now(q) }}"))[1]
    assert (found.code, found.help) == ("MLS0620", "tool `now` takes no arguments")
    (found,) = analyse(source(f"{BASE}{tool}pipeline P(q: str) -> str {{ return now(zone=q) }}"))[1]
    assert (found.code, found.help) == ("MLS0621", "it takes no arguments")


def test_a_member_of_an_enum_that_is_not_imported_says_where_it_is() -> None:
    sources = {
        "parts": BASE,
        "main": "from parts import Review\n"
        "pipeline P(q: str) -> Review { return Review(passages=[], ask=refuted) }",
    }
    assert findings(**sources)["main"] == ["MLS0302 there is no parameter or step `refuted` here"]
    mended = sources["main"].replace("import Review", "import Review, Verdict as V").replace("=ref", "=V.ref")
    assert findings(parts=BASE, main=mended)["main"] == []


def test_nothing_is_said_of_a_program_whose_parts_are_lost() -> None:
    text = "program Lost { signature: S  space: T }\npipeline P(q: str) -> Lost { return Lost(q=q, x=1) }"
    assert [found[:7] for found in messages(text)] == ["MLS0304", "MLS0304"]
    other = "signature S { input q: str  output }\npipeline P(q: str) -> S { x = S(w=q)  return x }"
    assert [found[:7] for found in messages(other)] == ["MLS0103"]


def test_types_nested_beyond_reason_are_refused() -> None:
    returns = "list[" * 3000 + "QA" + "]" * 3000
    text = f"{BASE}pipeline P(q: str) -> {returns} {{ return QA(question=q, passages=[]) }}"
    assert [found[:7] for found in messages(text)] == ["MLS0108"]


def test_steps_cannot_wrap_each_other_without_end() -> None:
    steps = "".join(f"s{i} = [s{i - 1}]\n" for i in range(1, 2000))
    assert [found[:7] for found in of_steps(f"s0 = limit\n{steps}return limit", "int")] == ["MLS0108"]


def test_a_misspelt_rule_for_errors_costs_one_message() -> None:
    text = (
        "signature S { input q: str  output a: str }\n"
        "pipeline P(q: str) -> str { s = S(q=q) on_error skip  return s.a if s != null else q }"
    )
    assert messages(text) == ["MLS0627 a step cannot `skip` on an error"]


def test_what_a_pipeline_is_judged_by() -> None:
    found = pipeline(
        'metric right = python("m:right") "the same answer"  metric = question  return metric'
        "  maximize right weight 0.7  minimize cost",
        returns="str",
    )
    assert [(one.name, one.python.attribute, one.description) for one in found.metrics] == [
        ("right", "right", "the same answer")
    ]
    assert [(one.direction, one.name, one.weight) for one in found.objectives] == [
        ("maximize", "right", 0.7),
        ("minimize", "cost", 1.0),
    ]
    assert [step.name for step in found.steps] == ["metric", ""]


def test_a_pipeline_aims_at_what_it_measures() -> None:
    assert of_steps("maximize wrong  return question", returns="str") == [
        "MLS0603 `wrong` is neither a metric of this pipeline nor `cost` or `latency`"
    ]
    assert of_steps('metric cost = python("m:f")  return question', returns="str") == [
        "MLS0312 a metric cannot be called `cost`, which is measured of every program"
    ]
