"""Reasoning modules: what happens between the inputs and the answer."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mlsig.reasoning.asking import Asking
from mlsig.reasoning.modules import ChainOfThought, Predict, Reasoning
from mlsig.reasoning.program_of_thought import ProgramOfThought
from mlsig.reasoning.react import ReAct
from mlsig.reasoning.sampling import BestOfN, SelfConsistency
from mlsig.reasoning.steps import Together, Wanted, Work

REASONING: Final[Mapping[str, type[Reasoning]]] = MappingProxyType(
    {
        "Predict": Predict,
        "ChainOfThought": ChainOfThought,
        "ProgramOfThought": ProgramOfThought,
        "ReAct": ReAct,
        "BestOfN": BestOfN,
        "SelfConsistency": SelfConsistency,
    }
)
"""By the name that a configuration uses."""

__all__ = [
    "REASONING",
    "Asking",
    "BestOfN",
    "ChainOfThought",
    "Predict",
    "ProgramOfThought",
    "ReAct",
    "Reasoning",
    "SelfConsistency",
    "Together",
    "Wanted",
    "Work",
]
