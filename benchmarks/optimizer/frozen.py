"""The landscape that nothing was tuned on: everything must be right at once.

Frozen before the work on the optimiser began: a test keeps the hash of this file and of `simulated.py`.

A case needs both of its subjects to be understood, as products of probabilities; only the last advice is
remembered; examples beyond a few distract; some heat helps; and settings only help together.
"""

from __future__ import annotations

from math import exp
from typing import Final

from benchmarks.optimizer.simulated import Landscape, Seen

INSTRUCTION: Final = "Say whether the clause that the note quotes is valid."
REMEMBERED: Final = 5
SOURCE: Final = """
enum Finding { valid, void, open }

signature Judge {
  \"\"\"Say whether the clause that the note quotes is valid.\"\"\"
  input  note: str      "a note on a contract"
  output label: Finding "what holds"
}

provider sim {
  protocol: openai
  base_url: "http://127.0.0.1:9/v1"
  model "small" { context_window: 16_384, max_output: 512, input_cost: 0.1, output_cost: 0.4 }
  model "steady" { context_window: 16_384, max_output: 512, input_cost: 0.5, output_cost: 1.5 }
  model "wild" { context_window: 16_384, max_output: 512, input_cost: 0.5, output_cost: 1.5 }
}

space Tuning {
  var provider: provider(sim) = sim
  var model: model(provider) = "small"
  var adapter: module(Chat, JSON) = Chat
  var temperature: float(0.0..1.0, step=0.05) = 0.3 {
    when model == "wild": (0.4..1.0) = 0.6
    else: (0.0..1.0) = 0.3
  }
  var max_tokens: int(8..96, step=8) = 24
  var demos: int(0..6) = 4
  var demo_layout: choice("turns", "block") = "turns"
  var stance: choice("strict", "lenient", "neutral", "doubting") = "neutral" "how to read a clause"
  var weight: float(0.0..1.0) = 0.2 "how much its mark counts"
  var passes: int(1..4) = 1 "how often to read it"
  forbid stance == "doubting" and passes > 3
  constraint form: adapter != JSON or max_tokens >= 24 "an object needs room"
}

program Notes {
  signature: Judge
  space: Tuning
  metric accuracy = python("notes_metric:exact")
  maximize accuracy
}
"""


def chance(seen: Seen) -> float:
    """Multiply what is understood of each subject, and of the clause as a whole."""
    remembered = seen.advice[-REMEMBERED:]
    shown = [subject for about in seen.demos for subject in about]
    understood = 1.0
    for place, subject in enumerate(seen.case.about):
        skill = 0.62 + 0.08 * place
        if subject in remembered:
            skill += 0.26
        if subject in shown:
            skill += 0.14 if subject in remembered else 0.2
        understood *= min(0.985, skill)
    understood *= 0.93**seen.wrong * 0.9**seen.spoiled * 0.97 ** max(0, len(seen.demos) - 4)
    settings = seen.settings
    heat = float(settings["temperature"])
    best = {"small": 0.3, "steady": 0.1, "wild": 0.8}[settings["model"]]
    reading = exp(-1.5 * (heat - best) ** 2)
    stance = settings.get("stance", "neutral")
    passes = int(settings.get("passes", 1))
    weight = float(settings.get("weight", 0.2))
    reading *= {"strict": 0.9, "lenient": 0.82, "neutral": 0.86, "doubting": 0.7 + 0.1 * passes}[stance]
    reading *= exp(-0.6 * (weight - (0.75 if stance == "doubting" else 0.45)) ** 2)
    reading *= {"small": 0.95, "steady": 0.98, "wild": 1.0}[settings["model"]]
    reading *= 1.0 if seen.block == (settings["model"] == "steady") else 0.97
    plain = 1 / 3
    return plain + (0.99 - plain) * understood * reading * (1 / (1 + exp(seen.case.difficulty - 2.5)))


def unreadable(seen: Seen) -> float:
    """Break answers off, and objects that nobody enforces."""
    short = 0.4 if int(seen.settings.get("max_tokens") or 96) < 16 else 0.01
    return min(0.9, short + (0.15 if seen.settings.get("json") else 0.0))


FROZEN: Final = Landscape(
    name="clauses",
    subjects=("rent", "notice", "repairs", "sublets", "deposits", "pets"),
    marks=("oval", "square", "lozenge", "chevron"),
    labels=("valid", "void", "open"),
    instruction=INSTRUCTION,
    source=SOURCE,
    chance=chance,
    unreadable=unreadable,
    insight=0.5,
    temperature=0.3,
    spread=0.8,
)
