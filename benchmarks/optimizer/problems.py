"""Test functions over spaces with conditions, options and constraints: small is good.

Branin, Hartmann and Ackley with categorical lifts, noisy OneMax, two made like the settings of a language
model (one with constraints that leave a twentieth), and ZDT1, DTLZ2 and a third of the last for fronts. What
`llm_*` give is made up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, e, exp, log10, pi, sin, sqrt
from random import Random
from typing import Any, Final

SOURCE: Final = """
space Branin {
  var x: float(-5.0..10.0) = 0.0
  var y: float(0.0..15.0) = 5.0
  var lift: choice("a", "b", "c", "d") = "a"
}
space Hartmann {
  var a: float(0.0..1.0) = 0.5
  var b: float(0.0..1.0) = 0.5
  var c: float(0.0..1.0) = 0.5
  var d: float(0.0..1.0) = 0.5
  var e: int(0..10) = 5
  var f: choice("0", "1", "2", "3", "4") = "2"
}
space Ackley {
BODY_ACKLEY
}
space OneMax {
BODY_ONEMAX
}
space Calls {
  var model: choice("small", "medium", "large") = "small"
  var reasoning: choice("direct", "steps", "programs", "tools") = "direct"
  var temperature: float(0.0..2.0) = 1.0
  var top_p: float(0.1..1.0) = 0.9
  var tokens: int(16..4096, log) = 256
  var demos: int(0..8) = 0
  var layout: choice("turns", "block") = "turns"
  when reasoning == "tools" {
    var hops: int(1..8) = 1
  }
  when reasoning == "steps" {
    var length: float(0.0..1.0) = 0.5
  }
  when model == "large" {
    var effort: choice("low", "medium", "high") = "low"
  }
}
space Tight extends Calls {
  forbid model == "small" and temperature > 0.4
  forbid reasoning == "tools" and tokens < 512
  forbid reasoning != "tools" and tokens > 256
  forbid layout == "block" and demos > 3
  forbid temperature > 1.2
  override var temperature: float(0.0..2.0) = 0.2
}
space Zdt {
BODY_ZDT
}
space Dtlz {
BODY_DTLZ
}
"""


def source() -> str:
    """Return the spaces as a `.mlsig` file."""
    ackley = [f"  var x{n}: float(-32.0..32.0) = 16.0" for n in range(5)]
    ackley += [f'  var c{n}: choice("p", "q", "r", "s") = "s"' for n in range(5)]
    bodies = {
        "BODY_ACKLEY": ackley,
        "BODY_ONEMAX": [f"  var b{n}: bool = false" for n in range(20)],
        "BODY_ZDT": [f"  var x{n}: float(0.0..1.0) = 0.5" for n in range(8)],
        "BODY_DTLZ": [f"  var x{n}: float(0.0..1.0) = 0.2" for n in range(7)],
    }
    text = SOURCE
    for name, lines in bodies.items():
        text = text.replace(name, "\n".join(lines))
    return text


@dataclass(frozen=True)
class Problem:
    """A function to make small; `reference` is the point that volumes of fronts are measured to.

    `noise` is the deviation of what an optimiser sees.
    """

    name: str
    space: str
    value: Callable[[dict[str, Any]], tuple[float, ...]]
    noise: float = 0.0
    reference: tuple[float, ...] = ()

    def seen(self, values: dict[str, Any], rng: Random) -> tuple[float, ...]:
        """Return what an optimiser is told."""
        return tuple(each + self.noise * rng.gauss(0, 1) for each in self.value(values))


def branin(v: dict[str, Any]) -> tuple[float, ...]:
    """Branin, lifted by an option that also turns it."""
    x, y = v["x"], v["y"]
    if v["lift"] in "cd":
        x, y = 5 - x, 15 - y
    bent = (y - 5.1 / (4 * pi**2) * x**2 + 5 / pi * x - 6) ** 2
    return (
        bent + 10 * (1 - 1 / (8 * pi)) * cos(x) + 10 + {"a": 9.0, "b": 3.0, "c": 0.0, "d": 5.0}[v["lift"]],
    )


_A: Final = (
    (10, 3, 17, 3.5, 1.7, 8),
    (0.05, 10, 17, 0.1, 8, 14),
    (3, 3.5, 1.7, 10, 17, 8),
    (17, 8, 0.05, 10, 0.1, 14),
)
_P: Final = (
    (0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886),
    (0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991),
    (0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650),
    (0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381),
)


def hartmann(v: dict[str, Any]) -> tuple[float, ...]:
    """Hartmann in six dimensions, of which one is an int and one an option in no order."""
    place = {"0": 0.6, "1": 0.0, "2": 1.0, "3": 0.3, "4": 0.8}[v["f"]]
    x = (v["a"], v["b"], v["c"], v["d"], v["e"] / 10, place)
    weights = (1.0, 1.2, 3.0, 3.2)
    return (
        -sum(
            weight * exp(-sum(a * (xi - p) ** 2 for a, xi, p in zip(_A[i], x, _P[i], strict=True)))
            for i, weight in enumerate(weights)
        ),
    )


def ackley(v: dict[str, Any]) -> tuple[float, ...]:
    """Ackley of five numbers, and five options of which one each is right."""
    x = [v[f"x{n}"] / 32 for n in range(5)]
    x += [{"p": 0.0, "q": 0.4, "r": -0.7, "s": 1.0}[v[f"c{n}"]] for n in range(5)]
    root = sqrt(sum(xi * xi for xi in x) / 10)
    waves = sum(cos(2 * pi * xi) for xi in x) / 10
    return ((20 * (1 - exp(-2 * root)) + (e - exp(waves))) / 7,)


def onemax(v: dict[str, Any]) -> tuple[float, ...]:
    """The share of twenty switches that are off."""
    return (sum(not on for on in v.values()) / 20,)


def _quality(v: dict[str, Any]) -> float:
    quality = {"small": 0.45, "medium": 0.55, "large": 0.6}[v["model"]]
    quality += {"direct": 0.0, "steps": 0.06, "programs": -0.05, "tools": 0.02}[v["reasoning"]]
    quality -= 0.08 * (v["temperature"] - 0.35) ** 2 + 0.05 * (v["top_p"] - 0.8) ** 2
    quality += 0.03 * min(v["demos"], 5) - 0.02 * max(0, v["demos"] - 5)
    quality -= 0.04 * abs(log10(v["tokens"] / 700))
    quality += 0.04 if (v["layout"] == "block") == (v["model"] == "small") else 0.0
    if v["reasoning"] == "tools":
        quality += 0.14 * exp(-(((v["hops"] - 5) / 2) ** 2))
    if v["reasoning"] == "steps":
        quality += 0.05 * sin(pi * v["length"])
    if v["model"] == "large":
        quality += {"low": 0.0, "medium": 0.05, "high": 0.02}[v["effort"]]
    return quality


def calls(v: dict[str, Any]) -> tuple[float, ...]:
    """What is missing to a perfect quality."""
    return (1 - _quality(v),)


def three(v: dict[str, Any]) -> tuple[float, ...]:
    """What is missing in quality, and the logarithms of cost and latency."""
    tokens = v["tokens"] * {"direct": 1.0, "steps": 2.5, "programs": 3.0, "tools": 4.0}[v["reasoning"]]
    tokens += 120 * v["demos"] + 200 * (v.get("hops") or 0)
    price = {"small": 1.0, "medium": 4.0, "large": 20.0}[v["model"]]
    speed = {"small": 200.0, "medium": 90.0, "large": 40.0}[v["model"]]
    effort = {"low": 1.0, "medium": 1.6, "high": 2.5}[v.get("effort") or "low"]
    cost, latency = log10(tokens * price * effort / 100), log10(0.2 + tokens * effort / speed)
    return (1 - _quality(v), cost, latency)


def zdt1(v: dict[str, Any]) -> tuple[float, ...]:
    """ZDT1 of eight variables."""
    x = list(v.values())
    g = 1 + 9 * sum(x[1:]) / 7
    return (x[0], g * (1 - sqrt(x[0] / g)))


def dtlz2(v: dict[str, Any]) -> tuple[float, ...]:
    """DTLZ2 of seven variables and three objectives."""
    x = list(v.values())
    g = 1 + sum((xi - 0.5) ** 2 for xi in x[2:])
    a, b = x[0] * pi / 2, x[1] * pi / 2
    return (g * cos(a) * cos(b), g * cos(a) * sin(b), g * sin(a))


PROBLEMS: Final = (
    Problem("branin, options", "Branin", branin),
    Problem("hartmann 6, mixed", "Hartmann", hartmann),
    Problem("ackley 5 + 5", "Ackley", ackley),
    Problem("onemax 20, noisy", "OneMax", onemax, noise=0.1),
    Problem("calls, conditions, noisy", "Calls", calls, noise=0.03),
    Problem("calls, a twentieth legal", "Tight", calls, noise=0.03),
    Problem("zdt1 8", "Zdt", zdt1, reference=(1.1, 6.0)),
    Problem("dtlz2, 3 objectives", "Dtlz", dtlz2, reference=(1.5, 1.5, 1.5)),
    Problem("calls, 3 objectives", "Calls", three, reference=(1.0, 3.5, 2.5)),
)
