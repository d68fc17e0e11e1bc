"""A new project that runs: what `mlsig init` writes.

    files(Start("desk", "openai"))  ->  {"pyproject.toml": …, "schemas/triage.mlsig": …, …}

One program that sorts messages, with a space to tune, a metric, rows to measure it on, a script and a test.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

# The providers of std.providers, and what holds the key of each.
KEYS: Final = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "google": "GEMINI_API_KEY",
    "groq": "GROQ_API_KEY",
    "local": "",
}
TABLE: Final = '[tool.mlsig]\nsrc = ["schemas"]\nout = "generated"\n'
PROJECT: Final = """\
[project]
name = "{name}"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["mlsig"]

"""
SCHEMA: Final = '''\
# What the program takes and gives back, what may be tuned about it, and what is good.

from std.providers import {provider}

enum Mood { calm, cross, desperate "needs an answer today" }

signature Triage {
  """Read a customer's message and decide how to handle it."""

  input  message: str(min_length=1, max_length=4_000)  "what the customer wrote"
  output mood: Mood
  output priority: int(1..5)                           "5 is the most urgent"
  output summary: str(min_length=1)                    "one sentence for whoever answers"
}

space Tuning {
  var provider: provider({provider}) = {provider}
  var model: model(provider)
  var temperature: float(0.0..1.0, step=0.1) = 0.0  "how freely the model chooses its words"
  var max_tokens: int(64..1_024, step=64) = 512     "the longest answer, in tokens"
  var demos: int(0..4) = 2                          "how many worked examples a prompt shows"
}

program Sort {
  signature: Triage
  space: Tuning
  metric right = python("scoring:right")
  maximize right weight 0.8
  minimize cost  weight 0.2
}
'''
SCORING: Final = '''\
"""How good an answer is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generated.triage import Triage


def right(example: Triage.Demo, output: Triage.Output) -> float:
    """Return 1 when mood and priority are as expected, half of it for one of them."""
    expected = example.expected
    return (output.mood == expected.mood) * 0.5 + (output.priority == expected.priority) * 0.5
'''
MAIN: Final = '''\
"""Sort one message: python main.py "My parcel has not arrived."."""

import sys

from generated.triage import Sort
from mlsig import MlsigError


def main() -> int:
    """Print what the model makes of the message, and return the exit code."""
    message = " ".join(sys.argv[1:]) or "My parcel has not arrived, and I leave tomorrow."
    try:
        answer = Sort(message=message)
    except MlsigError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{answer.mood}, priority {answer.priority}: {answer.summary}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
'''
TEST: Final = '''\
"""What the declarations promise. No model is needed."""

from generated.triage import Mood, Triage, Tuning


def test_an_answer_is_read() -> None:
    answer = Triage.parse("Mood: cross\\nPriority: 4\\nSummary: A parcel is late.")
    assert (answer.mood, answer.priority, answer.summary) == (Mood.cross, 4, "A parcel is late.")


def test_the_default_is_legal() -> None:
    assert not Tuning.check(Tuning.default().to_dict())
'''
KEYS_OF_ROWS: Final = ("message", "mood", "priority", "summary")
TRAIN: Final = (
    (
        "My parcel is two weeks late. I want my money back.",
        "cross",
        4,
        "A parcel is late; a refund is wanted.",
    ),
    ("Which sizes do you have?", "calm", 1, "A question about sizes."),
    (
        "The medicine I ordered is not here and I have none left.",
        "desperate",
        5,
        "Urgent medicine is missing.",
    ),
    ("Thank you, it fits perfectly.", "calm", 1, "Thanks."),
    ("I was charged twice! Fix this.", "cross", 4, "A customer was charged twice."),
    ("I need the tickets by tonight or I miss the flight.", "desperate", 5, "Tickets are needed tonight."),
)
HELD_OUT: Final = (
    ("Do you deliver to islands?", "calm", 1, "A question about delivery."),
    ("This is the third broken lamp you send me.", "cross", 4, "A lamp arrived broken for the third time."),
    ("My wheelchair part must come today, I cannot leave my bed.", "desperate", 5, "A part is needed today."),
    ("I would like to change my address.", "calm", 2, "A change of address."),
)
PACKAGE: Final = '"""What mlsig makes of schemas/."""\n'
IGNORED: Final = "__pycache__/\n.venv/\n*.db\n"


class Start(NamedTuple):
    """The answers to what is asked."""

    name: str
    provider: str


def files(start: Start) -> dict[str, str]:
    """Return the texts of a new project by path."""
    return {
        "pyproject.toml": PROJECT.replace("{name}", start.name) + TABLE,
        "schemas/triage.mlsig": SCHEMA.replace("{provider}", start.provider),
        "generated/__init__.py": PACKAGE,
        "scoring.py": SCORING,
        "main.py": MAIN,
        "test_triage.py": TEST,
        "train.jsonl": _rows(TRAIN),
        "test.jsonl": _rows(HELD_OUT),
        ".gitignore": IGNORED,
    }


def _rows(rows: Sequence[tuple[str | int, ...]]) -> str:
    return "".join(json.dumps(dict(zip(KEYS_OF_ROWS, row, strict=True))) + "\n" for row in rows)


def named(folder: str) -> str:
    """Return the name of a project in a folder: letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", folder.lower()).strip("-") or "project"
