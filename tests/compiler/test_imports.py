"""Imports between files: what they bring, what is wrong with them, and which one is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlsig_compiler import front, model
from mlsig_compiler.bugs import FailedOn
from mlsig_compiler.diagnostics import Diagnostic, Diagnostics
from mlsig_compiler.findings.fixes import applied
from mlsig_compiler.front import Analysis, analyse_all
from mlsig_compiler.resolve import Resolved, importing
from mlsig_compiler.source import Source, Unreadable


def source(module: str, text: str) -> Source:
    return Source(Path(*module.split(".")).with_suffix(".mlsig"), module, text)


def analysed(files: dict[str, str], elsewhere: dict[str, str] | None = None) -> Analysis:
    """Analyse files; those elsewhere are found when they are imported."""
    hidden = {name: source(name, text) for name, text in (elsewhere or {}).items()}
    return analyse_all([source(name, text) for name, text in files.items()], hidden.get)


def said(files: dict[str, str], elsewhere: dict[str, str] | None = None) -> list[str]:
    found = analysed(files, elsewhere)
    return [f"{one.source.module} {one.code} {one.message}" for one in found]


def only(files: dict[str, str]) -> Diagnostic:
    (found,) = analysed(files)
    return found


def fixed(files: dict[str, str]) -> str:
    """Return the text of the one file that has a finding, with its fix made."""
    found = only(files)
    assert found.fix is not None
    text, _ = applied(found.source.text, [found.fix])
    assert said(files | {found.source.module: text}) == []
    return text


TOPIC = "enum Topic { news, sport }\n"


# What an import brings


def test_a_name_means_what_the_other_file_declares() -> None:
    found = analysed({"a": "from b.c import Topic as T\nschema X { t: T = news }", "b.c": TOPIC})
    assert found.errors == 0
    module = found.modules["a"]
    assert module is not None
    (schema,) = module.declarations
    assert isinstance(schema, model.Schema)
    assert schema.fields[0].type == model.EnumType("Topic", "b.c")
    (imported,) = module.imports
    assert (imported.module, imported.name, imported.local, imported.kind) == ("b.c", "Topic", "T", "enum")


def test_the_order_of_files_does_not_matter() -> None:
    files = {"a": "from b import X\nschema A { x: X }", "b": "from c import Y\nschema X { y: Y }", "c": TOPIC}
    files["c"] = "enum Y { one }"
    for order in (files, dict(reversed(files.items()))):
        found = analysed(order)
        assert found.errors == 0
        assert list(found.modules) == ["c", "b", "a"]


def test_a_diamond_is_fine_and_each_file_is_read_once() -> None:
    files = {
        "a": "from b import B\nfrom c import C\nschema A { b: B  c: C }",
        "b": "from d import D\nschema B { d: D }",
        "c": "from d import D\nschema C { d: D }",
    }
    found = analysed(files, {"d": "enum D { one }"})
    assert found.errors == 0
    assert list(found.modules) == ["d", "b", "c", "a"]


def test_files_that_nobody_named_are_read_and_checked() -> None:
    files = {"a": "from far import X\nschema A { x: X }"}
    assert said(files, {"far": "enum X { one }\nschema Y { z: strr }"}) == ["far MLS0301 unknown type `strr`"]


def test_a_module_of_std_is_read_with_the_compilers_own_front_end() -> None:
    assert said({"a": "from std.standard import Standard\nspace T { include Standard }"}) == []


def test_a_long_chain_of_files_is_no_recursion() -> None:
    files = {f"m{n}": f"from m{n + 1} import E{n + 1}\nschema E{n} {{ x: E{n + 1}? }}" for n in range(2000)}
    assert said(files | {"m2000": "enum E2000 { one }"}) == []


# What is wrong with one


def test_an_unknown_module_has_near_names() -> None:
    files = {"a": "from artcles import Topic\nschema X { t: Topic }", "articles": TOPIC}
    assert only(files).message == "there is no module `artcles`"
    assert fixed(files).startswith("from articles import Topic\n")


def test_an_unknown_module_says_which_file_it_would_be() -> None:
    assert only({"a": "from b.c import X"}).label == "no source root has a file `b/c.mlsig`"


def test_a_folder_is_no_module() -> None:
    files = {"b.c": TOPIC, "b.d": TOPIC}
    assert only({"a": "from b import Topic", **files}).help == "`b` is a folder; it has `b.c` and `b.d`"
    help = "`b.c` is a module: write `from b.c import` and the names that you need"
    assert only({"a": "from b import c", **files}).help == help


def test_an_unknown_module_of_std_lists_those_that_there_are() -> None:
    found = only({"a": "from std.quantum import X"})
    assert "`std.standard`" in found.help
    assert found.help.startswith("the library that comes with mlsig has ")


def test_an_unknown_name_has_near_names() -> None:
    files = {"a": "from b import Topc as T\nschema X { t: T }", "b": TOPIC}
    assert only(files).message == "`b` declares no `Topc`"
    assert fixed(files).startswith("from b import Topic as T\n")


def test_an_unknown_name_that_is_a_module() -> None:
    found = only({"a": "from b import inner", "b": TOPIC, "c": "", "b.inner": TOPIC})
    assert found.help == "`b.inner` is a module: write `from b.inner import` and the names that you need"


def test_an_unknown_name_that_the_module_only_imports() -> None:
    files = {
        "a": "from b import Topic\nschema X { t: Topic }",
        "b": "from c import Topic\nschema Y { t: Topic }",
        "c": TOPIC,
    }
    assert only(files).help == "`b` has it from `c`: import it from there"
    assert fixed(files).startswith("from c import Topic\n")


def test_an_unknown_name_that_another_file_declares() -> None:
    files = {"a": "from b import Topic\nschema X { t: Topic }", "b": "enum Other { one }", "c": TOPIC}
    assert only(files).help == "`c` declares it"
    assert fixed(files).startswith("from c import Topic\n")
    assert only(files | {"d": TOPIC}).help == "`c` and `d` declare it"


def test_an_unknown_name_of_a_module_with_nothing_alike() -> None:
    assert only({"a": "from b import Zebra", "b": TOPIC}).help == "it has `Topic`"
    assert only({"a": "from b import Zebra", "b": ""}).help == "it declares nothing"


def test_a_name_may_be_imported_once() -> None:
    twice = only({"a": "from b import Topic\nfrom b import Topic\nschema X { t: Topic }", "b": TOPIC})
    assert (twice.code, twice.message, twice.help) == ("MLS0310", "`Topic` is imported twice", "delete it")
    assert [label.message for label in twice.labels] == ["first imported here"]
    other = only(
        {"a": "from b import Topic\nfrom c import Topic\nschema X { t: Topic }", "b": TOPIC, "c": TOPIC}
    )
    assert other.help == "give one another name: `Topic as …`"


def test_a_name_may_not_be_imported_and_declared() -> None:
    found = only({"a": f"from b import Topic\n{TOPIC}", "b": TOPIC})
    assert (found.code, found.message) == ("MLS0310", "`Topic` is imported and declared")
    assert found.source.text[found.span.start : found.span.end] == "Topic"
    assert found.help == "delete the import, or give it another name: `Topic as …`"


@pytest.mark.parametrize(
    ("alias", "message"),
    [
        ("_T", "what is imported cannot begin with an underscore: those names belong to the generated code"),
        ("class", "what is imported cannot be called `class`, which is a word of Python"),
        ("str", "what is imported cannot be called `str`, which is a type of the language"),
    ],
)
def test_an_imported_name_is_a_name_in_python_too(alias: str, message: str) -> None:
    assert only({"a": f"from b import Topic as {alias}", "b": TOPIC}).message == message


def test_a_file_may_not_import_itself() -> None:
    assert only({"a": f"from a import Topic\n{TOPIC}"}).message == "this file imports itself"


def test_a_circle_is_reported_once_with_its_places() -> None:
    files = {
        "c": "from a import A\nschema C { a: A? }",
        "b": "# first\nfrom c import C\nschema B { c: C? }",
        "a": "from b import B\nschema A { b: B? }",
        "d": "from a import A\nschema D { a: A }",
    }
    for order in (files, dict(reversed(files.items()))):
        found = only(order)
        assert (found.source.module, found.code) == ("a", "MLS0322")
        assert found.message == "these files import each other: a -> b -> c -> a"
        assert found.label == (
            "`a` imports `b` (a.mlsig:1); `b` imports `c` (b.mlsig:2); `c` imports `a` (c.mlsig:1)"
        )


def test_a_large_circle_counts_its_files() -> None:
    files = {f"m{n}": f"from m{(n + 1) % 6} import X\nenum Y {{ one }}" for n in range(6)}
    found = [one for one in analysed(files) if one.code == "MLS0322"]
    assert [one.label for one in found] == ["the circle has 6 files"]


# One mistake, one message


def test_names_of_an_unknown_module_are_not_complained_about() -> None:
    text = "from gone import X, Y\nschema A { x: X = 3  y: list[Y] = [z] }\nspace T { include X }"
    assert said({"a": text}) == ["a MLS0320 there is no module `gone`"]


@pytest.mark.parametrize(
    "wrong",
    [
        "schema X { y: strr }",  # a member of it is wrong
        "schema X { y: str(min_length=3) = 'a' }",
        "schema X { y: ",  # it cannot be read to its end
        "space X { var n: int(3..1) }",
        "schema X extends Gone { y: str }",
    ],
)
def test_a_name_whose_declaration_is_wrong_is_poisoned(wrong: str) -> None:
    found = said(
        {"a": "from b import X\nschema A { x: X = { z: 3 } }\nschema B extends X { y: int }", "b": wrong}
    )
    assert found
    assert {line[0] for line in found} == {"b"}


def test_a_mistake_in_one_file_hides_none_in_another() -> None:
    files = {"a": "from b import X\nschema A { x: X  y: strr }", "b": "enum X { one }\nschema Y { z: intt }"}
    assert said(files) == ["b MLS0301 unknown type `intt`", "a MLS0301 unknown type `strr`"]
    assert [module for module, found in analysed(files).modules.items() if found] == []


def test_a_file_that_cannot_be_read_is_no_unknown_module() -> None:
    found = analyse_all([source("a", "from b import X\nschema A { x: X = 3 }")], lambda _: Unreadable())
    assert list(found) == []


# The import that is missing


def test_a_missing_import_is_added_to_one_of_its_module() -> None:
    files = {"a": "from b import Topic\nschema X { t: Topic  k: Kind }", "b": TOPIC + "enum Kind { one }"}
    assert only(files).help == "add `from b import Kind`"
    assert fixed(files).startswith("from b import Topic, Kind\n")


def test_a_missing_import_is_put_after_the_others() -> None:
    files = {"a": "from c import C\nschema X { t: Topic  c: C }", "b": TOPIC, "c": "enum C { one }"}
    assert fixed(files).startswith("from c import C\nfrom b import Topic\nschema X")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("schema X { t: Topic }", "from b import Topic\n\nschema X { t: Topic }"),
        ("# Of X.\nschema X { t: Topic }", "from b import Topic\n\n# Of X.\nschema X { t: Topic }"),
        ("# File.\n\nschema X { t: Topic }", "# File.\n\nfrom b import Topic\n\nschema X { t: Topic }"),
    ],
)
def test_a_first_import_stands_after_the_comment_of_the_file(text: str, expected: str) -> None:
    assert fixed({"a": text, "b": TOPIC}) == expected


def test_where_a_file_begins() -> None:
    assert importing.after_preamble("") == 0
    assert importing.after_preamble("# only\n# comments") == 0
    assert importing.after_preamble("\ufeff# first\n\nenum A { x }") == len("\ufeff# first\n\n")


def test_a_name_of_std_is_suggested_too() -> None:
    files = {"a": "signature S { input a: str  output b: str }\nprogram P { signature: S  space: Standard }"}
    (first, *_) = analysed(files)
    assert (first.code, first.help) == ("MLS0304", "add `from std.standard import Standard`")


def test_a_name_of_another_kind_is_not_suggested() -> None:
    assert only({"a": "schema X { t: Topic }", "b": "space Topic { var n: int }"}).help == ""


def test_what_only_looks_like_a_declaration_is_not_suggested() -> None:
    found = only({"a": "schema X { t: Topic }", "b": '# enum Topic {}\nschema Y "a type Topic" { x: str }'})
    assert found.help == ""


def test_two_homes_are_named_and_none_is_chosen() -> None:
    found = only({"a": "schema X { t: Topic }", "b": TOPIC, "c": TOPIC})
    assert (found.help, found.fix) == ("`from b import Topic` or `from c import Topic`", None)


def test_a_name_of_many_files_is_not_one_that_an_import_is_missing_for() -> None:
    assert only({"a": "schema X { t: Topic }"} | {f"b{n}": TOPIC for n in range(20)}).help == ""


def test_an_import_that_would_close_a_circle_is_not_suggested() -> None:
    files = {
        "a": "schema X { t: Topic }",
        "b": f"from c import Y\n{TOPIC}schema Z {{ y: Y }}",
        "c": "from a import X\nschema Y { x: X }",
    }
    found = only(files)
    assert found.help == "`b` declares it and imports this file: move it to a file that both import"
    assert found.fix is None


def test_a_near_name_of_this_file_is_suggested_where_no_other_has_it() -> None:
    text = "signature Sort { input a: str  output b: str }\nspace Tuning { var n: int }\n"
    files = {"a": f"{text}program P {{ signature: Sort  space: Tunign }}"}
    found = next(one for one in analysed(files) if one.code == "MLS0304")
    assert found.help == "did you mean `Tuning`?"
    assert found.fix is not None


# Ourselves


def test_a_failure_names_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    real = front.check

    def check(resolved: Resolved, diagnostics: Diagnostics) -> None:
        if resolved.module.name == "b":
            raise ZeroDivisionError
        real(resolved, diagnostics)

    monkeypatch.setattr(front, "check", check)
    with pytest.raises(FailedOn, match=r"b\.mlsig") as caught:
        analysed({"a": TOPIC, "b": TOPIC})
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_misspelt_import_is_mended_once_with_what_uses_it() -> None:
    files = {"a": "from b import Topc\nschema X { t: Topic }", "b": TOPIC}
    assert only(files).code == "MLS0321"
    assert fixed(files).startswith("from b import Topic\n")


def test_an_enum_in_an_expression_may_be_one_that_an_import_is_missing_for() -> None:
    files = {"a": "from b import X\nschema Y extends X { check c: mood != Mood.good }"}
    files["b"] = "enum Mood { good, bad }\nschema X { mood: Mood }"
    assert (only(files).code, only(files).help) == ("MLS0304", "add `from b import Mood`")
    assert fixed(files).startswith("from b import X, Mood\n")


@pytest.mark.parametrize(
    ("returns", "steps"),
    [
        ("Ask", "return Look(q=q)"),
        ("list[Ask]", "return [Look(q=x) for x in [q]]"),
        ("Ask?", "return Look(q=q)"),
    ],
)
def test_what_a_pipeline_returns_may_be_missing_an_import(returns: str, steps: str) -> None:
    files = {
        "a": f"from b import Look\npipeline P(q: str) -> {returns} {{ {steps} }}",
        "b": "signature Ask { input q: str  output a: str }\n"
        "program Look { signature: Ask  space: T }\n"
        'provider p { protocol: openai  base_url: "http://h/v1"  model "m" {} }\n'
        "space T { var provider: provider(p)  var model: model(provider) }",
    }
    assert (only(files).message, only(files).help) == ("unknown type `Ask`", "add `from b import Ask`")
    assert fixed(files).startswith("from b import Look, Ask\n")
