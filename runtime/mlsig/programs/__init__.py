"""Programs: a signature, a space and providers, called like a function.

A program is a generator that yields requests and receives replies; `__call__` and `acall` drive it.
"""

from mlsig.programs.program import Program
from mlsig.settings import CallSettings, Knob, Metric, Objective

__all__ = ["CallSettings", "Knob", "Metric", "Objective", "Program"]
