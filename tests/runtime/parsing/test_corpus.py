"""All of the corpus that can be recovered is, to exactly the expected value; nothing wrong is accepted."""

from __future__ import annotations

from types import ModuleType

import msgspec
import pytest
import unread_answers
from mlsig.errors import ParseError, ValidationError
from mlsig.parsing import Reading, read, read_json

FAMILIES = unread_answers.families()


def reading(answers: ModuleType, case: unread_answers.Case) -> Reading[msgspec.Struct] | ParseError:
    try:
        return read(case.text, getattr(answers, case.schema).Output)
    except ParseError as error:
        return error


def told(case: unread_answers.Case, found: object) -> str:
    return f"{case.schema} {case.text!r} ({case.note})\n  expected {case.expected}\n  found    {found}"


@pytest.mark.parametrize("family", [name for name in FAMILIES if name != "refused"])
def test_every_case_of_a_family_is_recovered(answers: ModuleType, family: str) -> None:
    wrong: list[str] = []
    for case in FAMILIES[family]:
        found = reading(answers, case)
        made = None if isinstance(found, ParseError) else msgspec.json.decode(found.output.to_json())
        if made != case.expected:
            wrong.append(told(case, found))
    assert not wrong, f"{len(wrong)} of {len(FAMILIES[family])} in {family}:\n" + "\n".join(wrong)


def test_every_case_that_must_be_refused_is(answers: ModuleType) -> None:
    accepted = [
        told(case, found)
        for case in FAMILIES["refused"]
        if not isinstance(found := reading(answers, case), ParseError)
    ]
    assert not accepted, "\n".join(accepted)


def test_what_is_refused_says_why_and_where(answers: ModuleType) -> None:
    for case in FAMILIES["refused"]:
        found = reading(answers, case)
        assert isinstance(found, ParseError)
        assert found.text == case.text
        assert all(issue.message for issue in found.issues)


def test_clean_json_is_not_mended(answers: ModuleType) -> None:
    for case in FAMILIES["clean"]:
        found = reading(answers, case)
        assert not isinstance(found, ParseError)
        assert all(repair.code == "absent" for repair in found.repairs), told(case, found.repairs)


def test_what_is_not_json_says_what_was_mended(answers: ModuleType) -> None:
    silent: list[str] = []
    for family in FAMILIES.keys() - {"refused", "lines", "lists"}:
        for case in FAMILIES[family]:
            found = reading(answers, case)
            assert not isinstance(found, ParseError)
            assert all(str(repair) for repair in found.repairs)
            if case.text.lstrip()[:1] in "{[" and not found.repairs and not plain(answers, case):
                silent.append(told(case, found))
    assert not silent, "\n".join(silent)


def plain(answers: ModuleType, case: unread_answers.Case) -> bool:
    try:
        getattr(answers, case.schema).Output.from_json(case.text)
    except ValidationError:
        return False
    return True


def test_the_layout_of_json_recovers_what_holds_an_object(answers: ModuleType) -> None:
    for family in ("commas", "quotes", "keys", "fences", "wrapped", "prose"):
        for case in FAMILIES[family]:
            if case.text.lstrip()[:1] != "{":
                continue
            output = getattr(answers, case.schema).Output
            found = read_json(case.text, output, output.shape())
            assert msgspec.json.decode(found.output.to_json()) == case.expected, told(case, found)


def test_the_corpus_is_large_enough() -> None:
    count = sum(len(cases) for cases in FAMILIES.values())
    assert count >= 500
    assert len(FAMILIES["refused"]) >= 100
