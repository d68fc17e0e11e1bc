"""The landscape that the optimiser was tuned on: what helps adds up."""

from __future__ import annotations

from math import exp, log1p
from typing import Final

from benchmarks.optimizer.simulated import Landscape, Seen

INSTRUCTION: Final = "Say which team should read the note."
SOURCE: Final = """
enum Team { billing, technical, legal, sales }

signature Route {
  \"\"\"Say which team should read the note.\"\"\"
  input  note: str   "what somebody wrote"
  output label: Team "who should read it"
}

provider sim {
  protocol: openai
  base_url: "http://127.0.0.1:9/v1"
  model "small"  { context_window: 16_384, max_output: 512, input_cost: 0.1, output_cost: 0.4 }
  model "medium" { context_window: 16_384, max_output: 512, input_cost: 0.3, output_cost: 1.2 }
  model "large"  { context_window: 16_384, max_output: 512, input_cost: 2.0, output_cost: 8.0 }
}

space Tuning {
  var provider: provider(sim) = sim
  var model: model(provider) = "small"
  var adapter: module(Chat, JSON) = Chat
  var temperature: float(0.0..1.5, step=0.1) = 0.5
  var max_tokens: int(8..64, step=8) = 16
  var demos: int(0..8) = 4
  var demo_layout: choice("turns", "block") = "turns"
  var tone: choice("terse", "friendly", "formal") = "friendly" "how to read the note"
  var depth: int(1..5) = 1 "how closely to read it"
  when tone == "formal" {
    var order: choice("first", "last") = "first" "which subject counts"
  }
  constraint room: adapter != JSON or max_tokens >= 16 "an object needs room"
}

program Notes {
  signature: Route
  space: Tuning
  metric accuracy = python("notes_metric:exact")
  maximize accuracy
}
"""


def chance(seen: Seen) -> float:
    """Add up what helps, in logits."""
    subject = seen.case.about[0]
    settings = seen.settings
    like = sum(subject == about[0] for about in seen.demos)
    logit = -0.8 - seen.case.difficulty
    logit += 1.5 if subject in seen.advice else 0.0
    logit -= 0.35 * seen.wrong + 0.08 * max(0, len(seen.advice) + seen.wrong - 6)
    logit += (1.1 if like else 0.0) + 0.3 * max(0, min(like, 3) - 1)
    logit += 0.35 * log1p(len(seen.demos)) - 0.6 * seen.spoiled - 0.05 * max(0, len(seen.demos) - 6)
    logit -= 0.6 * max(0.0, float(settings["temperature"]) - 0.2)
    logit += {"small": 0.0, "medium": 0.5, "large": 0.7}[settings["model"]]
    logit += 0.2 if seen.block else 0.0
    tone = settings.get("tone", "friendly")
    logit += {"terse": 0.25, "friendly": 0.0, "formal": -0.2}[tone]
    if tone == "formal" and settings.get("order", "first") == "last":
        logit += 0.8
    depth = int(settings.get("depth", 1))
    logit += 0.15 * (depth - 1) if seen.advice else -0.1 * (depth - 1)
    return 0.02 + 0.96 / (1 + exp(-logit))


def unreadable(seen: Seen) -> float:
    """Cut answers off where there is no room for them."""
    return 0.3 if int(seen.settings.get("max_tokens") or 64) < 16 else 0.02


TUNED: Final = Landscape(
    name="teams",
    subjects=("parcels", "tolls", "refunds", "logins", "leases", "quotes", "seats", "labels"),
    marks=("amber", "tartan", "cobalt", "ivory", "russet"),
    labels=("billing", "technical", "legal", "sales"),
    instruction=INSTRUCTION,
    source=SOURCE,
    chance=chance,
    unreadable=unreadable,
    insight=0.6,
    temperature=0.5,
    spread=0.9,
)
