"""Module options of spaces, as the classes that they name: built in, or the user's own by reference.

    load("adapter", "JSON")                   ->  mlsig.adapters.JSON
    load("adapter", "acme.layouts:Terse")     ->  the class `Terse` of `acme.layouts`

A class of the user's is imported when it is first used, and held against what its role asks for. Only what a
`.mlsig` file lists can be chosen: a reference never comes from a configuration alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

from mlsig.adapters import ADAPTERS
from mlsig.errors import Issue, ValidationError
from mlsig.reasoning import REASONING
from mlsig.spelling import nearest

BUILT_IN: Final[Mapping[str, Mapping[str, Any]]] = {"adapter": ADAPTERS, "reasoning": REASONING}
"""By role, which is the name of the variable, and then by the name that a configuration uses."""

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {"adapter": ("messages", "read"), "reasoning": ("run",)}
"""The methods of `mlsig.adapters.Layout`, which an adapter makes, and of `mlsig.reasoning.Reasoning`."""


@lru_cache(maxsize=1024)
def load(role: str, name: str) -> Any:
    """Return the class of a module option.

    Args:
        role: What it is for: `adapter`, `reasoning`, or any other variable, whose classes can be anything.
        name: The option.

    Raises:
        ValidationError: There is no such class, or it is not what its role asks for.
    """
    if ":" in name:
        return _fitting(role, name, _imported(role, name))
    known = BUILT_IN.get(role, {**ADAPTERS, **REASONING})
    if name in known:
        return known[name]
    near = nearest(name, known)
    hint = f"did you mean `{near}`?" if near else f"there are {', '.join(known)}"
    raise _wrong(role, "unknown_option", f"no {role} called `{name}`; {hint}")


def _imported(role: str, name: str) -> Any:
    home, _, attribute = name.partition(":")
    try:
        found: Any = import_module(home)
        for part in attribute.split("."):
            found = getattr(found, part)
    except ImportError as error:
        raise _wrong(role, "import", f"`{name}` cannot be imported: {error}") from error
    except AttributeError as error:
        raise _wrong(role, "import", f"`{home}` has no `{attribute}`") from error
    return found


def _fitting(role: str, name: str, found: Any) -> Any:
    if not isinstance(found, type):
        raise _wrong(role, "type", f"`{name}` is no class")
    missing = [method for method in NEEDED.get(role, ()) if not callable(getattr(found, method, None))]
    if role == "reasoning" and not isinstance(getattr(found, "lead", None), tuple):
        missing.append("lead")
    if missing:
        lacks = " and ".join(f"`{word}`" for word in missing)
        protocol = {"adapter": "mlsig.adapters.Layout"}.get(role, "mlsig.reasoning.Reasoning")
        raise _wrong(role, "protocol", f"`{name}` has no {lacks}, as `{protocol}` asks of every {role}")
    return found


def _wrong(role: str, code: str, message: str) -> ValidationError:
    return ValidationError("CallSettings", [Issue(role, code, message)])
