"""Keys: what somebody passes for one by mistake, and the ways in which one could be shown."""

from __future__ import annotations

import copy
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlsig
import msgspec
import pytest
from mlsig.types.keys import ApiKey
from mlsig_compiler.cli import OK, main
from reference.imported import imported

SECRET = "sesame-1234"

Account: Any = mlsig.create_schema(
    "schema Account { user: str  key: api_key  spare: api_key? = null  more: list[api_key] = []"
    "  named: map[list[api_key]] = {}  note: str = '' }".replace("'", '"')
)


def test_the_constructor_makes_keys_of_texts() -> None:
    account = Account(user="ann", key=SECRET, spare=SECRET, more=[SECRET], named={"a": [SECRET]})
    for key in (account.key, account.spare, account.more[0], account.named["a"][0]):
        assert type(key) is ApiKey
        assert key.secret() == SECRET
    ways: list[Callable[[], object]] = [
        lambda: repr(account),
        account.to_json,
        account.to_dict,
        account.to_msgpack,
        lambda: msgspec.structs.asdict(account),
        lambda: copy.deepcopy(account),
        lambda: msgspec.structs.replace(account, key=SECRET + "5"),
    ]
    for way in ways:
        assert SECRET not in str(way())
    with pytest.raises(TypeError, match="a key is not stored"):
        pickle.dumps(account)
    assert Account.check(account) == []


def test_what_is_only_named_like_a_key_is_none() -> None:
    named = "enum ApiKey { yes }  schema MyApiKeys { n: int }  schema T { a: ApiKey  b: list[MyApiKeys] }"
    made: Any = mlsig.create_schema(named)
    data = {"a": "yes", "b": [{"n": 1}]}
    assert made.from_json(made.validate(data).to_json()).to_dict() == data


def test_an_error_does_not_lead_to_the_text_that_it_is_about() -> None:
    for read in (Account.from_json, Account.from_json_many):
        for text in (f'{{"key": "{SECRET}"', f'{{"key": "{SECRET}", "user": 3}}'):
            with pytest.raises(mlsig.ValidationError) as caught:
                read(text)
            error: BaseException | None = caught.value
            while error is not None:
                assert SECRET not in repr(error) + repr(vars(error)) + repr(getattr(error, "doc", ""))
                error = error.__cause__ or error.__context__


def test_a_wrong_parameter_is_said_of_the_method() -> None:
    Account.validate({"user": "ann", "key": SECRET})
    for read in (Account.validate, Account.from_json):
        with pytest.raises(TypeError, match=rf"^Account\.{read.__name__}\(\) got an unexpected"):
            read({}, failfast=True)


def test_the_constructor_checks_nothing_else() -> None:
    for odd in (None, 3, "", "  ", "********", ["", 3], {"a": None}):
        account = Account(user="ann", key=odd, more=odd)
        assert account.key is odd
        assert account.more is odd
        assert Account.check(account)
    assert Account(user="ann", key=ApiKey.env("NAME"), note=SECRET).note == SECRET


@pytest.mark.parametrize("odd", [3, None, b"sesame", ["sesame"]])
def test_a_key_is_a_string(odd: Any) -> None:
    with pytest.raises(TypeError, match=r"^a key is a string, not "):
        ApiKey(odd)
    with pytest.raises(ValueError, match="an environment variable is named with letters"):
        ApiKey.env(odd)


@pytest.mark.parametrize("name", ["", " ", "A B", "A=B", "1A", "sk-123"])
def test_a_variable_of_the_environment_has_a_name(name: str) -> None:
    with pytest.raises(ValueError, match="an environment variable is named with letters"):
        ApiKey.env(name)


def test_the_state_of_a_key_is_not_shown() -> None:
    with pytest.raises(TypeError, match=r"`secret\(\)` is the only way") as caught:
        ApiKey(SECRET).__getstate__()
    assert SECRET not in str(caught.value)


def test_neither_side_of_a_signature_shows_the_key_of_the_other(tmp_path: Path) -> None:
    source = tmp_path / "asked.mlsig"
    source.write_text("signature Ask { input key: api_key  input q: str  output a: str(max_length=3) }")
    assert main(["compile", str(source), "--out", str(tmp_path)]) == OK
    ask: Any = imported("asked_keys", (tmp_path / "asked.py").read_text()).Ask
    for outputs in ({"a": SECRET}, [SECRET], SECRET):
        with pytest.raises(mlsig.ValidationError) as caught:
            ask.validate_io({"key": SECRET, "q": 3}, outputs)
        assert SECRET not in repr(caught.value.issues) + "".join(
            traceback.format_exception_only(caught.value)
        )
        assert [issue.value for issue in caught.value.issues] == ["", ""]
