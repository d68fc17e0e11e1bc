"""Reasoning modules: what happens between the inputs and the answer."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mlsig.reasoning.modules import ChainOfThought, Predict, Reasoning

REASONING: Final[Mapping[str, type[Reasoning]]] = MappingProxyType(
    {"Predict": Predict, "ChainOfThought": ChainOfThought}
)
"""By the name that a configuration uses."""

__all__ = ["REASONING", "ChainOfThought", "Predict", "Reasoning"]
