"""The words of prompts: texts with slots, in files that people can read, and what a user puts in their place.

Wording(rule="* {rule}")                            # for every layout
Wording.of("XML", system="{instructions} …")        # for one
Wording.read("wording")                             # files as in `mlsig/adapters/wordings`: what differs
program.with_wording(Wording.read("wording"))
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Final, Self

from mlsig.adapters.template import Template
from mlsig.errors import Issue, ValidationError
from mlsig.spelling import nearest

SHARED: Final = "shared"
LAYOUTS: Final = ("Chat", "JSON", "Markdown", "XML")
"""The layouts that have words of their own; a user's adapter takes those of the one that it extends."""

NEEDED: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "system": frozenset({"instructions", "rules", "knobs", "fields", "form"}),
        "user": frozenset({"inputs", "cue"}),
    }
)
"""Slots that a text cannot do without; of all others, a text needs those that it has as it is delivered."""

SPARED: Final[Mapping[tuple[str, str], frozenset[str]]] = MappingProxyType(
    {("system", "Chat"): frozenset({"form"})}
    | {("user", layout): frozenset({"cue"}) for layout in LAYOUTS if layout != "Chat"}
)
"""What a text of one layout can do without after all."""

_KNOWN: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {"system": NEEDED["system"] | {"checks"}, "user": NEEDED["user"]}
)


class Words:
    """The texts of one layout, by name."""

    __slots__ = ("_templates",)

    def __init__(self, templates: Mapping[str, Template]) -> None:
        self._templates = dict(templates)

    def __getitem__(self, name: str) -> Template:
        return self._templates[name]

    def say(self, text: str, /, **values: str) -> str:
        """Return a text with its slots filled."""
        return self._templates[text].fill(**values)


class Wording:
    """Texts that stand in the place of those that are delivered. It never changes; `|` joins two.

    Args:
        texts: By name, for every layout that has a text of the name.

    Attributes:
        texts: By layout, or under `shared`, and then by name.

    Raises:
        ValidationError: There is no such text, or a slot is unknown or missing; all issues at once.
    """

    __slots__ = ("_key", "texts")
    NOTHING: ClassVar[Wording]

    def __init__(self, /, **texts: str) -> None:
        self._keep({SHARED: texts})

    @classmethod
    def of(cls, layout: str, /, **texts: str) -> Self:
        """Return texts for one layout, by the name that a configuration uses.

        Raises:
            ValidationError: As for all texts, or there is no such layout.
        """
        return cls._made({layout: texts})

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read a folder with any of `shared.toml`, `chat.toml`, `json.toml`, `markdown.toml`, `xml.toml`.

        Raises:
            ValidationError: A file cannot be read, has another name, or its texts are wrong.
        """
        folder = Path(path)
        names = {name.lower(): name for name in (SHARED, *LAYOUTS)}
        found: dict[str, Mapping[str, Any]] = {}
        issues: list[Issue] = []
        for file in sorted(folder.glob("*.toml")):
            name = names.get(file.stem)
            if name is None:
                issues.append(Issue(file.name, "unknown_file", f"is none of {_files()}"))
                continue
            try:
                found[name] = _table(file.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                issues.append(Issue(file.name, "unreadable", f"cannot be read: {error}"))
        if not found and not issues:
            issues.append(Issue("", "not_found", f"the folder {str(folder)!r} has none of {_files()}"))
        if issues:
            raise ValidationError(cls.__name__, issues)
        return cls._made(found)

    def words(self, layout: str) -> Words:
        """Return all texts of a layout: one of a layout's own goes before one for all."""
        return _words(self, layout)

    def __or__(self, other: Wording) -> Wording:
        """Return both; where both have a text, the other's."""
        texts = {layout: dict(mine) for layout, mine in self.texts.items()}
        for layout, theirs in other.texts.items():
            texts[layout] = texts.get(layout, {}) | theirs
        return Wording._made(texts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wording) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        said = [f"{layout}.{name}" for layout, texts in self.texts.items() for name in texts]
        return f"<Wording: {', '.join(said) or 'as delivered'}>"

    @classmethod
    def _made(cls, texts: Mapping[str, Mapping[str, Any]]) -> Self:
        made = cls.__new__(cls)
        made._keep(texts)
        return made

    def _keep(self, texts: Mapping[str, Mapping[str, Any]]) -> None:
        issues = [issue for layout, own in texts.items() for issue in _issues(layout, own)]
        if issues:
            raise ValidationError("Wording", issues)
        self.texts = {layout: dict(own) for layout, own in texts.items() if own}
        self._key = frozenset(
            (layout, name, text) for layout, own in self.texts.items() for name, text in own.items()
        )


@lru_cache(maxsize=256)
def _words(wording: Wording, layout: str) -> Words:
    own, delivered = wording.texts, _delivered(layout)
    return Words(
        delivered
        | {name: Template(text) for part in (SHARED, layout) for name, text in own.get(part, {}).items()}
    )


@lru_cache(maxsize=16)
def _delivered(layout: str) -> dict[str, Template]:
    """Return the texts of a layout as they are delivered."""
    texts = _file(SHARED) | (_file(layout) if layout in LAYOUTS else {})
    return {name: Template(text) for name, text in texts.items()}


@lru_cache(maxsize=8)
def _file(name: str) -> dict[str, str]:
    from pkgutil import get_data  # noqa: PLC0415  (only where a prompt is made)

    data = get_data("mlsig.adapters", f"wordings/{name.lower()}.toml")
    if data is None:
        raise FileNotFoundError(f"the words of {name} are not part of this installation")
    return _table(data.decode())


def _table(text: str) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415  (only where a prompt is made)

    return tomllib.loads(text)


def _issues(layout: str, texts: Mapping[str, Any]) -> Iterable[Issue]:
    if layout not in (SHARED, *LAYOUTS):
        yield Issue(layout, "unknown_layout", f"has no words; {_near(layout, LAYOUTS)}")
        return
    if not texts:
        return
    concerned = LAYOUTS if layout == SHARED else (layout,)
    known: dict[str, list[str]] = {}
    for one in concerned:
        for name in _delivered(one):
            known.setdefault(name, []).append(one)
    for name, text in texts.items():
        path = name if layout == SHARED else f"{layout}.{name}"
        if name not in known:
            yield Issue(path, "unknown_text", f"is no text of a prompt; {_near(name, known)}", text)
        elif not isinstance(text, str):
            yield Issue(path, "type", "must be a text", text)
        else:
            yield from _slots(path, name, text, known[name])


def _slots(path: str, name: str, text: str, layouts: Iterable[str]) -> Iterable[Issue]:
    try:
        slots = Template(text).slots
    except ValueError as error:
        yield Issue(path, "template", f"{error}; braces of the text itself are doubled", text)
        return
    known: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()
    for layout in layouts:
        delivered = _delivered(layout)[name].slots
        known |= _KNOWN.get(name, delivered)
        needed |= NEEDED.get(name, delivered) - SPARED.get((name, layout), frozenset())
    for slot in sorted(slots - known):
        yield Issue(path, "unknown_slot", f"has no slot `{slot}`; {_near(slot, sorted(known))}", text)
    missing = sorted(needed - slots)
    if missing:
        said = ", ".join(f"{{{slot}}}" for slot in missing)
        yield Issue(path, "missing_slot", f"needs {said}: without it, the prompt would leave that out", text)


def _near(name: str, known: Collection[str]) -> str:
    by_case = {one.lower(): one for one in known}
    near = nearest(name.lower(), by_case)
    return f"did you mean `{by_case[near]}`?" if near else f"there are {', '.join(known) or 'none'}"


def _files() -> str:
    return ", ".join(f"`{name.lower()}.toml`" for name in (SHARED, *LAYOUTS))


Wording.NOTHING = Wording()
