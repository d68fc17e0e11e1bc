"""A simulated model that reads prompts as they are: those of mlsig, of DSPy, of GEPA and of MIPROv2.

Frozen: a test keeps the hash of this file and of `frozen.py`.

A case is `Case 17: a note about parcels and tolls, marked amber.` and has one right label, which follows from
what it is about and from its mark. What a prompt shows (advice in words, worked examples, settings) gives the
probability of a right answer, by a landscape. Every task request notes that probability, so that the true
score of a prompt is known without noise; the answer itself is drawn. At temperature 0 the same prompt gets
the same answer, and else a new one for each seed.

Whatever asks for no label asks for advice. It is right with the landscape's `insight`, and about one of the
cases that the request tells of; an instruction that is written anew keeps the advice that the request shows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise
from statistics import NormalDist
from typing import Any, Final

CASE: Final = re.compile(r"Case (\d+): a note about (\w+) and (\w+), marked (\w+)\.")
ADVICE: Final = re.compile(r"note is about (\w+), go by its (mark|length)")
SETTING: Final = re.compile(r"^(\w+): ([\w.]+) \(", re.MULTILINE)
WANTED: Final = re.compile(r"\[\[ ## (\w+) ## \]\]")
NAMED: Final = re.compile(r"`(\w+)`")
JUNK: Final = "Read every note with great care and think twice."
KEPT: Final = 0.9
"""How likely a piece of advice survives when an instruction is written anew."""


def uniform(*parts: object) -> float:
    """Return a number in [0, 1) that depends on every part."""
    raw = blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(raw, "big") / 2**64


@dataclass(frozen=True)
class Case:
    """One note; `difficulty` is in logits, about 0."""

    number: int
    about: tuple[str, str]
    mark: str
    label: str
    difficulty: float

    @property
    def text(self) -> str:
        """The note as the prompt shows it."""
        return f"Case {self.number}: a note about {self.about[0]} and {self.about[1]}, marked {self.mark}."


@dataclass(frozen=True)
class Seen:
    """What a prompt shows beside the case that it asks about.

    Attributes:
        advice: What right advice is about, in order; `wrong` counts wrong and empty advice.
        demos: What right worked examples are about; `spoiled` counts those with a wrong label.
        block: Whether the examples stand in one message with the case.
        words: How long the prompt is.
    """

    case: Case
    advice: tuple[str, ...]
    wrong: int
    demos: tuple[tuple[str, str], ...]
    spoiled: int
    block: bool
    words: int
    settings: dict[str, Any]


@dataclass(frozen=True)
class Landscape:
    """A task, and how well a prompt does it.

    Attributes:
        source: The program as a `.mlsig` file, called `Notes`.
        chance: The probability of a right answer.
        unreadable: The probability that an answer cannot be read at all.
        insight: The probability that advice is right.
        temperature: What is asked with where nobody says.
    """

    name: str
    subjects: tuple[str, ...]
    marks: tuple[str, ...]
    labels: tuple[str, ...]
    instruction: str
    source: str
    chance: Callable[[Seen], float]
    unreadable: Callable[[Seen], float]
    insight: float
    temperature: float
    spread: float

    def case(self, number: int) -> Case:
        """Return the case of a number: subjects in turn, the rest by its hash."""
        first = self.subjects[number % len(self.subjects)]
        others = [subject for subject in self.subjects if subject != first]
        second = others[int(uniform(self.name, number, "second") * len(others))]
        mark = self.marks[int(uniform(self.name, number, "mark") * len(self.marks))]
        quantile = min(0.999, max(0.001, uniform(self.name, number, "difficulty")))
        return Case(
            number,
            (first, second),
            mark,
            self.labels[int(uniform(self.name, first, mark, "label") * len(self.labels))],
            self.spread * NormalDist().inv_cdf(quantile),
        )

    def cases(self, count: int, start: int = 0) -> list[Case]:
        """Return so many cases."""
        return [self.case(number) for number in range(start, start + count)]


@dataclass
class Model:
    """Answers prompts by a landscape.

    Attributes:
        calls: All calls; `reflections` are those that ask for no label.
        chances: The probability of a right answer of each task request, in order.
    """

    landscape: Landscape
    salt: int = 0
    calls: int = 0
    reflections: int = 0
    chances: list[float] = field(default_factory=list)

    def answer(self, messages: Sequence[tuple[str, str]], settings: dict[str, Any], seed: object) -> str:
        """Return the answer to messages of (role, text); `settings` has what goes beside them."""
        self.calls += 1
        last = messages[-1][1]
        whole = "\n".join(text for _, text in messages)
        if not _is_task(last):
            self.reflections += 1
            return self._reflect(last, whole, (self.salt, seed, self.calls, whole))
        seen = self._seen(messages, whole, settings)
        broken = self.landscape.unreadable(seen)
        chance = (1 - broken) * self.landscape.chance(seen)
        self.chances.append(chance)
        fresh = seed if seen.settings["temperature"] > 0 else None
        key = (self.salt, fresh, whole, settings.get("model"))
        if uniform(*key, "read") < broken:
            return "as was said above"
        right = seen.case.label
        wrong = [label for label in self.landscape.labels if label != right]
        drawn = uniform(*key, "right") < chance / (1 - broken)
        said = right if drawn else wrong[int(uniform(*key, "which") * len(wrong))]
        return _formatted(last, whole, said)

    def _seen(self, messages: Sequence[tuple[str, str]], whole: str, settings: dict[str, Any]) -> Seen:
        found = list(CASE.finditer(whole))
        shown: list[tuple[str, str]] = []
        spoiled = 0
        for mention, following in pairwise(found):
            demo = self.landscape.case(int(mention[1]))
            between = whole[mention.end() : following.start()]
            first = min(
                (label for label in self.landscape.labels if label in between),
                key=between.find,
                default=None,
            )
            if first == demo.label:
                shown.append(demo.about)
            elif first is not None:
                spoiled += 1
        advice = ADVICE.findall(whole)
        right = tuple(dict.fromkeys(subject for subject, way in advice if way == "mark"))
        said = dict(SETTING.findall(messages[0][1]))
        known = {"temperature": self.landscape.temperature, "model": "small", **said, **settings}
        if known["temperature"] is None:
            known["temperature"] = self.landscape.temperature
        return Seen(
            case=self.landscape.case(int(found[-1][1])),
            advice=right,
            wrong=sum(way == "length" for _, way in advice) + whole.count(JUNK),
            demos=tuple(shown),
            spoiled=spoiled,
            block=len(messages) <= 2 and bool(shown),
            words=len(whole.split()),
            settings=known,
        )

    def _reflect(self, last: str, whole: str, key: tuple[object, ...]) -> str:
        told = [mention[2] for mention in CASE.finditer(whole)]
        new = JUNK
        if told:
            subject = told[int(uniform(*key, "subject") * len(told))]
            draw = uniform(*key, "insight")
            way = "mark" if draw < self.landscape.insight else "length"
            if draw < self.landscape.insight or draw < (1 + self.landscape.insight) / 2:
                new = f"When the note is about {subject}, go by its {way}."
        kept = [
            f"When the note is about {subject}, go by its {way}."
            for subject, way in dict.fromkeys(ADVICE.findall(whole))
            if uniform(*key, "kept", subject, way) < KEPT
        ]
        rewritten = " ".join([self.landscape.instruction, *dict.fromkeys([*kept, new])])
        if "```" in last and "[[ ##" not in last:
            return f"```\n{rewritten}\n```"
        _, found, asked = last.rpartition("Respond with ")
        if not found:
            return rewritten if "new instruction" in last else new
        as_object = asked.startswith("a JSON object")
        parts: dict[str, str] = {}
        for name in dict.fromkeys((NAMED if as_object else WANTED).findall(asked)):
            if name == "module_advice":
                parts[name] = json.dumps(dict.fromkeys(_modules(whole), new))
            elif name != "completed":
                parts[name] = rewritten if "instruction" in name else new
        if as_object:
            return json.dumps(parts)
        shown = [f"[[ ## {name} ## ]]\n{text}" for name, text in parts.items()]
        return "\n\n".join([*shown, "[[ ## completed ## ]]"])


def _is_task(last: str) -> bool:
    """Tell whether a message asks for the label of a case."""
    if not CASE.search(last):
        return False
    _, asked, fields = last.rpartition("Respond with ")
    if asked:
        return "label" in fields
    return last.rstrip().endswith("label:") or last.rstrip().endswith('."}')


def _formatted(last: str, whole: str, label: str) -> str:
    if "[[ ## label ## ]]" in last:
        return f"[[ ## label ## ]]\n{label}\n\n[[ ## completed ## ]]"
    if "JSON object" in whole:
        return json.dumps({"label": label})
    return label


def _modules(whole: str) -> list[str]:
    found = re.search(r"\[\[ ## module_names ## \]\]\s*(\[[^\]]*\])", whole)
    return list(json.loads(found[1])) if found else ["self"]
